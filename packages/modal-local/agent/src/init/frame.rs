//! Frames between the engine and the agent: a 12-byte header and a payload. PROTOCOL.md describes them.

use std::fmt;

pub const VERSION: u32 = 1;
pub const HEADER_SIZE: usize = 12;
pub const MAX_PAYLOAD: usize = 1 << 20;
/// Bytes of one stream that the engine may send before the agent has returned credit.
pub const WINDOW_TO_AGENT: usize = 256 << 10;
/// Bytes of one stream that the agent may send before the engine has returned credit.
pub const WINDOW_TO_ENGINE: u32 = 512 << 10;

pub const START: u8 = 0x01;
pub const DATA: u8 = 0x02;
pub const END: u8 = 0x03;
pub const CREDIT: u8 = 0x04;
pub const SIGNAL: u8 = 0x05;
pub const RESIZE: u8 = 0x06;
pub const DIAL: u8 = 0x07;
pub const CLOSE: u8 = 0x08;
pub const HELLO: u8 = 0x80;
pub const STARTED: u8 = 0x81;
pub const EXITED: u8 = 0x82;
pub const CONNECTED: u8 = 0x83;
pub const FAILED: u8 = 0x84;
pub const RELEASED: u8 = 0x85;

/// Streams: what goes into a process or connection, its output, and a process's standard error.
pub const INPUT: u8 = 0;
pub const OUTPUT: u8 = 1;
pub const ERROR: u8 = 2;

#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub kind: u8,
    pub stream: u8,
    pub id: u32,
    pub payload: &'a [u8],
}

/// The engine broke the protocol. There is no way on but to end.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation(pub &'static str);

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "the engine broke the frame protocol: {}", self.0)
    }
}

pub fn header(kind: u8, stream: u8, id: u32, length: usize) -> [u8; HEADER_SIZE] {
    let mut header = [0; HEADER_SIZE];
    header[..4].copy_from_slice(&(length as u32).to_le_bytes());
    header[4] = kind;
    header[5] = stream;
    header[8..].copy_from_slice(&id.to_le_bytes());
    header
}

/// The first frame in `bytes` and its length on the wire; `None` while it is incomplete.
pub fn decode(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Violation> {
    if bytes.len() < HEADER_SIZE {
        return Ok(None);
    }
    let length = number(bytes, 0) as usize;
    if length > MAX_PAYLOAD {
        return Err(Violation("a payload longer than 1 MiB"));
    }
    let total = HEADER_SIZE + length;
    if bytes.len() < total {
        return Ok(None);
    }
    let frame = Frame { kind: bytes[4], stream: bytes[5], id: number(bytes, 8), payload: &bytes[HEADER_SIZE..total] };
    Ok(Some((frame, total)))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Reads a payload's fields in order.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Violation> {
        if length > self.0.len() {
            return Err(Violation("a payload shorter than its fields"));
        }
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(bytes)
    }

    pub fn u8(&mut self) -> Result<u8, Violation> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    pub fn u16(&mut self) -> Result<u16, Violation> {
        self.bytes(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    pub fn u32(&mut self) -> Result<u32, Violation> {
        self.bytes(4).map(|bytes| number(bytes, 0))
    }

    /// Bytes preceded by their length.
    pub fn string(&mut self) -> Result<&'a [u8], Violation> {
        let length = self.u32()? as usize;
        self.bytes(length)
    }

    pub fn finish(&self) -> Result<(), Violation> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Violation("a payload longer than its fields"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(kind: u8, stream: u8, id: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = header(kind, stream, id, payload.len()).to_vec();
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn a_frame_survives_encoding() {
        let bytes = encode(DATA, ERROR, 0xdead_beef, b"hello");
        let frame = Frame { kind: DATA, stream: ERROR, id: 0xdead_beef, payload: b"hello" };
        assert_eq!(decode(&bytes), Ok(Some((frame, 17))));
    }

    #[test]
    fn every_shorter_prefix_is_incomplete() {
        let bytes = encode(START, 0, 1, b"payload");
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Ok(None));
        }
    }

    #[test]
    fn an_oversized_payload_is_refused_before_it_arrives() {
        assert!(decode(&header(DATA, 0, 1, MAX_PAYLOAD + 1)).is_err());
    }

    #[test]
    fn fields_never_read_past_the_payload() {
        let mut fields = Fields(&[255, 255, 255, 255, 1]);
        assert!(fields.string().is_err());
        assert!(Fields(&[1]).u16().is_err());
        assert!(Fields(&[1]).finish().is_err());
    }
}
