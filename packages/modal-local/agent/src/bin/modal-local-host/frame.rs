//! Frames of zero-terminated fields.

use std::ffi::{CStr, OsStr};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;

const MAX_FRAME: usize = 1 << 20;

/// The fields of one frame. A field that is not there reads as empty.
pub struct Fields {
    bytes: Vec<u8>,
}

impl Fields {
    pub fn len(&self) -> usize {
        self.bytes.iter().filter(|byte| **byte == 0).count()
    }

    pub fn path(&self, index: usize) -> &CStr {
        self.iter().nth(index).unwrap_or_default()
    }

    /// Empty when it is not UTF-8: tokens, verbs and numbers are.
    pub fn text(&self, index: usize) -> &str {
        self.path(index).to_str().unwrap_or_default()
    }

    pub fn os(&self, from: usize) -> impl Iterator<Item = &OsStr> {
        self.iter().skip(from).map(|field| OsStr::from_bytes(field.to_bytes()))
    }

    fn iter(&self) -> impl Iterator<Item = &CStr> {
        self.bytes.split_inclusive(|byte| *byte == 0).filter_map(|field| CStr::from_bytes_with_nul(field).ok())
    }
}

/// `None` at the end of the stream. Reads not one byte more than the frame.
pub fn read(source: &mut impl Read) -> io::Result<Option<Fields>> {
    let mut length = [0; 4];
    match source.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    let mut bytes = vec![0; length];
    source.read_exact(&mut bytes)?;
    Ok(Some(Fields { bytes }))
}

pub fn write(target: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    let mut frame = vec![0; 4];
    for field in fields {
        frame.extend(field.bytes().filter(|byte| *byte != 0));
        frame.push(0);
    }
    let length = (frame.len() - 4) as u32;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    target.write_all(&frame)?;
    target.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        let mut stream = Vec::new();
        write(&mut stream, &["7", "unmount", "/a b"]).unwrap();
        stream.extend(b"more");
        let mut rest = stream.as_slice();
        let fields = read(&mut rest).unwrap().unwrap();
        assert_eq!(fields.len(), 3);
        assert_eq!((fields.text(0), fields.text(1), fields.text(2), fields.text(3)), ("7", "unmount", "/a b", ""));
        assert_eq!(rest, b"more");
    }

    #[test]
    fn ends_quietly_and_refuses_a_frame_past_the_limit() {
        assert!(read(&mut [].as_slice()).unwrap().is_none());
        assert!(read(&mut [0xff, 0xff, 0xff, 0xff].as_slice()).is_err());
    }
}
