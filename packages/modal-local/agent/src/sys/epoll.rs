//! Level-triggered readiness of many descriptors, each known by a token.

use super::descriptor::own;
use super::ffi::{self, EpollEvent};
use super::{check, is_errno};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

pub struct Epoll {
    fd: OwnedFd,
    events: Vec<EpollEvent>,
}

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        let fd = own(unsafe { ffi::epoll_create1(ffi::O_CLOEXEC) })?;
        Ok(Epoll { fd, events: vec![EpollEvent { events: 0, data: 0 }; 128] })
    }

    pub fn add(&self, fd: RawFd, interest: u32, token: u64) -> io::Result<()> {
        self.control(ffi::EPOLL_CTL_ADD, fd, interest, token)
    }

    pub fn modify(&self, fd: RawFd, interest: u32, token: u64) -> io::Result<()> {
        self.control(ffi::EPOLL_CTL_MOD, fd, interest, token)
    }

    pub fn remove(&self, fd: RawFd) -> io::Result<()> {
        self.control(ffi::EPOLL_CTL_DEL, fd, 0, 0)
    }

    fn control(&self, operation: i32, fd: RawFd, interest: u32, token: u64) -> io::Result<()> {
        let mut event = EpollEvent { events: interest, data: token };
        check(unsafe { ffi::epoll_ctl(self.fd.as_raw_fd(), operation, fd, &mut event) }).map(drop)
    }

    /// Waits at most `timeout` milliseconds (-1: for ever) and puts `(token, readiness)` pairs into `ready`.
    pub fn wait(&mut self, timeout: i32, ready: &mut Vec<(u64, u32)>) -> io::Result<()> {
        ready.clear();
        let capacity = self.events.len() as i32;
        let result = check(unsafe { ffi::epoll_wait(self.fd.as_raw_fd(), self.events.as_mut_ptr(), capacity, timeout) });
        let count = match result {
            Err(error) if is_errno(&error, ffi::EINTR) => 0,
            other => other? as usize,
        };
        ready.extend(self.events[..count].iter().map(|event| (event.data, event.events)));
        Ok(())
    }
}
