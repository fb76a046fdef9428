//! Output of a process or connection on its way to the engine: read only as far as the engine gave credit.

use super::frame::{Violation, WINDOW_TO_ENGINE};
use super::outbox::Outbox;
use crate::sys::descriptor::set_pipe_size;
use crate::sys::epoll::Epoll;
use crate::sys::{ffi, is_errno};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::time::Instant;

const READ_SIZE: usize = 128 << 10;
/// A default pipe that is found full belongs to a flood, which a larger one makes cheaper.
const FULL_PIPE: usize = 64 << 10;
const LARGE_PIPE: i32 = 256 << 10;

pub struct Source {
    fd: OwnedFd,
    id: u32,
    stream: u8,
    token: u64,
    credit: u32,
    polled: bool,
    enlarged: bool,
    /// When output last came, or last could come.
    pub active: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Pulled {
    Some,
    Nothing,
    /// No credit, or the engine is behind with everything.
    Blocked,
    End,
    Failed(i32),
}

impl Source {
    pub fn new(fd: OwnedFd, epoll: &Epoll, id: u32, stream: u8, token: u64) -> io::Result<Source> {
        epoll.add(fd.as_raw_fd(), ffi::EPOLLIN, token)?;
        let active = Instant::now();
        Ok(Source { fd, id, stream, token, credit: WINDOW_TO_ENGINE, polled: true, enlarged: false, active })
    }

    pub fn pull(&mut self, outbox: &mut Outbox, epoll: &Epoll) -> Pulled {
        if self.credit == 0 || outbox.is_full() {
            return Pulled::Blocked;
        }
        let limit = READ_SIZE.min(self.credit as usize);
        match outbox.read_from(self.fd.as_raw_fd(), self.stream, self.id, limit) {
            Ok(0) => Pulled::End,
            Ok(count) => {
                self.credit -= count as u32;
                if count >= FULL_PIPE && !self.enlarged {
                    // Refused when the user has too many large pipes already: then it stays as it is.
                    drop(set_pipe_size(&self.fd, LARGE_PIPE));
                    self.enlarged = true;
                }
                if self.credit == 0 && epoll.remove(self.fd.as_raw_fd()).is_ok() {
                    self.polled = false;
                }
                self.active = Instant::now();
                Pulled::Some
            }
            Err(error) if is_errno(&error, ffi::EAGAIN) || is_errno(&error, ffi::EINTR) => Pulled::Nothing,
            // What a terminal's last user leaves behind.
            Err(error) if is_errno(&error, ffi::EIO) => Pulled::End,
            Err(error) => Pulled::Failed(error.raw_os_error().unwrap_or(0)),
        }
    }

    pub fn add_credit(&mut self, bytes: u32, epoll: &Epoll) -> Result<(), Violation> {
        let credit = self.credit.checked_add(bytes).filter(|credit| *credit <= WINDOW_TO_ENGINE);
        self.credit = credit.ok_or(Violation("more credit than the window holds"))?;
        if !self.polled && self.credit > 0 && epoll.add(self.fd.as_raw_fd(), ffi::EPOLLIN, self.token).is_ok() {
            self.polled = true;
            self.active = Instant::now();
        }
        Ok(())
    }

    pub fn close(self, epoll: &Epoll) -> OwnedFd {
        if self.polled {
            // Another descriptor may share the file: closing this one would then leave it in the set.
            drop(epoll.remove(self.fd.as_raw_fd()));
        }
        self.fd
    }
}
