//! What the engine sends into a process's stdin or a connection. At most one window of it waits here.

use super::frame::{Violation, WINDOW_TO_AGENT};
use crate::sys::descriptor::write;
use crate::sys::epoll::Epoll;
use crate::sys::{ffi, is_errno};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

pub struct Feed {
    fd: OwnedFd,
    token: u64,
    waiting: Vec<u8>,
    written: usize,
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
        Ok(Feed { fd, token, waiting: Vec::new(), written: 0, own: 0, ending: false, interest })
    }

    pub fn push(&mut self, bytes: &[u8], epoll: &Epoll) -> Result<Progress, Violation> {
        if self.ending {
            return Err(Violation("data after the end of a stream"));
        }
        if self.waiting.len() - self.written + bytes.len() > WINDOW_TO_AGENT {
            return Err(Violation("more data than there was credit for"));
        }
        let mut direct = Progress { taken: 0, over: false };
        if self.waiting.is_empty() {
            direct = self.write_some(bytes);
            if direct.over {
                return Ok(direct);
            }
        }
        self.waiting.extend_from_slice(&bytes[direct.taken as usize..]);
        self.watch(epoll);
        Ok(direct)
    }

    /// Nothing more will come from the engine; `last` is written before the end.
    pub fn end(&mut self, last: &[u8], epoll: &Epoll) -> Progress {
        if !self.ending {
            self.ending = true;
            self.own = last.len();
            self.waiting.extend_from_slice(last);
        }
        self.advance(0, epoll)
    }

    /// The descriptor is ready: writes what waits, or learns that nobody reads.
    pub fn advance(&mut self, readiness: u32, epoll: &Epoll) -> Progress {
        let waiting = std::mem::take(&mut self.waiting);
        let mut progress = self.write_some(&waiting[self.written..]);
        let foreign = waiting.len() - self.written - self.own.min(waiting.len() - self.written);
        self.written += progress.taken as usize;
        progress.taken = progress.taken.min(foreign as u32);
        if self.written == waiting.len() {
            self.written = 0;
            progress.over |= self.ending;
        } else {
            self.waiting = waiting;
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
