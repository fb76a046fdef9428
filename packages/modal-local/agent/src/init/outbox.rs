//! What waits to be sent to the engine. Output of processes is read straight into it, behind a frame header.

use super::frame::{self, HEADER_SIZE};
use crate::sys::descriptor::{read_onto, send};
use crate::sys::{ffi, is_errno};
use std::io;
use std::os::unix::io::RawFd;

/// With this many bytes waiting, no process's output is read: the kernel's pipes then hold the processes back.
const FULL: usize = 256 << 10;
/// Enough bytes to be worth a call at once; smaller frames wait for the end of the loop's turn.
const WORTH_SENDING: usize = 64 << 10;

pub struct Outbox {
    socket: RawFd,
    buffer: Vec<u8>,
    sent: usize,
}

impl Outbox {
    pub fn new(socket: RawFd) -> Outbox {
        Outbox { socket, buffer: Vec::with_capacity(2 * FULL), sent: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.sent == self.buffer.len()
    }

    pub fn is_full(&self) -> bool {
        self.buffer.len() - self.sent >= FULL
    }

    pub fn push(&mut self, kind: u8, stream: u8, id: u32, payload: &[u8]) {
        self.buffer.extend_from_slice(&frame::header(kind, stream, id, payload.len()));
        self.buffer.extend_from_slice(payload);
    }

    pub fn push_number(&mut self, kind: u8, stream: u8, id: u32, number: u32) {
        self.push(kind, stream, id, &number.to_le_bytes());
    }

    /// Reads at most `limit` bytes from `fd` as one data frame; `Ok(0)` is the end of the file.
    pub fn read_from(&mut self, fd: RawFd, stream: u8, id: u32, limit: usize) -> io::Result<usize> {
        let at = self.buffer.len();
        self.buffer.extend_from_slice(&[0; HEADER_SIZE]);
        let result = read_onto(fd, &mut self.buffer, limit);
        match result {
            Ok(count) if count > 0 => {
                self.buffer[at..at + HEADER_SIZE].copy_from_slice(&frame::header(frame::DATA, stream, id, count));
                if self.buffer.len() - self.sent >= WORTH_SENDING {
                    self.flush()?;
                }
            }
            _ => self.buffer.truncate(at),
        }
        result
    }

    /// Sends what the socket takes now.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.is_empty() {
            match send(self.socket, &self.buffer[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if is_errno(&error, ffi::EAGAIN) => {
                    if self.sent >= FULL {
                        self.buffer.drain(..self.sent);
                        self.sent = 0;
                    }
                    return Ok(());
                }
                Err(error) if is_errno(&error, ffi::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer.clear();
        self.sent = 0;
        Ok(())
    }
}
