//! The kernel's notes of changes, taken apart.

pub const ACCESS: u32 = 0x1;
pub const MODIFY: u32 = 0x2;
pub const ATTRIB: u32 = 0x4;
pub const CLOSE_WRITE: u32 = 0x8;
pub const CLOSE_NOWRITE: u32 = 0x10;
pub const OPEN: u32 = 0x20;
pub const MOVED_FROM: u32 = 0x40;
pub const MOVED_TO: u32 = 0x80;
pub const CREATE: u32 = 0x100;
pub const DELETE: u32 = 0x200;
pub const DELETE_SELF: u32 = 0x400;
pub const MOVE_SELF: u32 = 0x800;
pub const UNMOUNT: u32 = 0x2000;
pub const OVERFLOW: u32 = 0x4000;
pub const IGNORED: u32 = 0x8000;
pub const ONLY_DIRECTORY: u32 = 0x0100_0000;
pub const DO_NOT_FOLLOW: u32 = 0x0200_0000;
/// IN_EXCL_UNLINK
pub const NAMED_ONLY: u32 = 0x0400_0000;
pub const IS_DIRECTORY: u32 = 0x4000_0000;

const HEADER_SIZE: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    pub watch: i32,
    pub mask: u32,
    /// Joins the two halves of a move.
    pub cookie: u32,
    /// The entry of the watched directory; empty when the watched file itself is meant.
    pub name: Vec<u8>,
}

impl Note {
    pub fn is(&self, bits: u32) -> bool {
        self.mask & bits != 0
    }
}

pub fn parse(mut bytes: &[u8]) -> Vec<Note> {
    let mut notes = Vec::new();
    while bytes.len() >= HEADER_SIZE {
        let field = |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let end = (HEADER_SIZE + field(12) as usize).min(bytes.len());
        let name = bytes[HEADER_SIZE..end].split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        notes.push(Note { watch: field(0) as i32, mask: field(4), cookie: field(8), name });
        bytes = &bytes[end..];
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_with_their_padded_names() {
        let mut bytes = Vec::new();
        for (watch, mask, length) in [(7u32, CREATE, 4u32), (8, DELETE_SELF, 0)] {
            [watch, mask, 9, length].iter().for_each(|field| bytes.extend(field.to_ne_bytes()));
            bytes.extend(&b"ab\0\0"[..length as usize]);
        }
        let notes = parse(&bytes);
        assert_eq!(notes[0], Note { watch: 7, mask: CREATE, cookie: 9, name: b"ab".to_vec() });
        assert_eq!((notes.len(), notes[1].watch), (2, 8));
    }
}
