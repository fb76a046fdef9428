//! What the engine sends into a process's stdin or a connection. At most one window of it waits here.

use super::frame::{Violation, WINDOW_TO_AGENT};
use crate::sys::descriptor::write;
use crate::sys::epoll::Epoll;
use crate::sys::{ffi, is_errno};
use std::collections::VecDeque;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

pub struct Feed {
    fd: OwnedFd,
    token: u64,
    waiting: VecDeque<u8>,
    /// How many bytes at the end of what waits did not come from the engine, and so bring it no credit.
    own: usize,
    ending: bool,
    interest: u32,
}

/// How far a feed has come.
#[derive(Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken by the other side just now.
    pub taken: u32,
    /// Nothing more will be taken: all was written and the end was asked for, or nobody reads any more.
    pub over: bool,
}

impl Feed {
    /// `interest` is 0 for what can be written at once, `EPOLLOUT` for a socket that still connects.
    pub fn new(fd: OwnedFd, epoll: &Epoll, token: u64, interest: u32) -> io::Result<Feed> {
        epoll.add(fd.as_raw_fd(), interest, token)?;
        Ok(Feed { fd, token, waiting: VecDeque::new(), own: 0, ending: false, interest })
    }

    pub fn push(&mut self, bytes: &[u8], epoll: &Epoll) -> Result<Progress, Violation> {
        if self.ending {
            return Err(Violation("data after the end of a stream"));
        }
        if self.waiting.len() + bytes.len() > WINDOW_TO_AGENT {
            return Err(Violation("more data than there was credit for"));
        }
        let mut direct = Progress { taken: 0, over: false };
        if self.waiting.is_empty() {
            direct = self.write_some(bytes);
            if direct.over {
                return Ok(direct);
            }
        }
        self.waiting.extend(&bytes[direct.taken as usize..]);
        self.watch(epoll);
        Ok(direct)
    }

    /// Nothing more will come from the engine; `last` is written before the end.
    pub fn end(&mut self, last: &[u8], epoll: &Epoll) -> Progress {
        if !self.ending {
            self.ending = true;
            self.own = last.len();
            self.waiting.extend(last);
        }
        self.advance(0, epoll)
    }

    /// The descriptor is ready: writes what waits, or learns that nobody reads.
    pub fn advance(&mut self, readiness: u32, epoll: &Epoll) -> Progress {
        let foreign = self.waiting.len() - self.own.min(self.waiting.len());
        let mut progress = self.write_waiting();
        progress.taken = progress.taken.min(foreign as u32);
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
            progress.over |= self.ending;
        }
        progress.over |= readiness & (ffi::EPOLLERR | ffi::EPOLLHUP) != 0;
        if !progress.over {
            self.watch(epoll);
        }
        progress
    }

    pub fn close(self, epoll: &Epoll) -> OwnedFd {
        // Another descriptor may share the file: closing this one would then leave it in the set.
        drop(epoll.remove(self.fd.as_raw_fd()));
        self.fd
    }

    fn write_waiting(&mut self) -> Progress {
        let mut progress = Progress { taken: 0, over: false };
        // Two pieces at most: the queue is a ring.
        while !self.waiting.is_empty() {
            let piece = self.waiting.as_slices().0;
            let length = piece.len();
            let Progress { taken, over } = self.write_some(piece);
            self.waiting.drain(..taken as usize);
            progress.taken += taken;
            progress.over = over;
            if (taken as usize) < length {
                break;
            }
        }
        progress
    }

    fn write_some(&self, bytes: &[u8]) -> Progress {
        let mut taken = 0;
        while taken < bytes.len() {
            match write(self.fd.as_raw_fd(), &bytes[taken..]) {
                Ok(count) => taken += count,
                Err(error) if is_errno(&error, ffi::EINTR) => {}
                Err(error) => return Progress { taken: taken as u32, over: !is_errno(&error, ffi::EAGAIN) },
            }
        }
        Progress { taken: taken as u32, over: false }
    }

    fn watch(&mut self, epoll: &Epoll) {
        let interest = if self.waiting.is_empty() { 0 } else { ffi::EPOLLOUT };
        if interest != self.interest && epoll.modify(self.fd.as_raw_fd(), interest, self.token).is_ok() {
            self.interest = interest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::descriptor::{pipe, read_onto, set_nonblocking, Pipe};

    #[test]
    fn a_reader_that_is_always_behind_gets_everything_and_costs_one_window() {
        let epoll = Epoll::new().unwrap();
        let Pipe { read: reader, write: writer } = pipe().unwrap();
        set_nonblocking(&writer).unwrap();
        let mut feed = Feed::new(writer, &epoll, 1, 0).unwrap();
        let (mut sent, mut credit, mut read) = (0usize, WINDOW_TO_AGENT, Vec::new());
        let total = 8 * WINDOW_TO_AGENT;
        while read.len() < total {
            let bytes: Vec<u8> = (sent..total.min(sent + credit)).map(|index| (index % 251) as u8).collect();
            sent += bytes.len();
            credit -= bytes.len();
            credit += feed.push(&bytes, &epoll).unwrap().taken as usize;
            read_onto(reader.as_raw_fd(), &mut read, 10_000).unwrap();
            credit += feed.advance(0, &epoll).taken as usize;
            assert!(feed.waiting.capacity() <= 2 * WINDOW_TO_AGENT, "{} bytes are held", feed.waiting.capacity());
        }
        assert!(read.iter().enumerate().all(|(index, byte)| *byte == (index % 251) as u8));
        assert_eq!(credit, WINDOW_TO_AGENT);
    }

    #[test]
    fn what_the_engine_did_not_send_brings_no_credit() {
        let epoll = Epoll::new().unwrap();
        let pipe = pipe().unwrap();
        let mut feed = Feed::new(pipe.write, &epoll, 1, 0).unwrap();
        assert_eq!(feed.push(b"abc", &epoll).unwrap(), Progress { taken: 3, over: false });
        assert_eq!(feed.end(&[4], &epoll), Progress { taken: 0, over: true });
    }
}
