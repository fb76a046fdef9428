//! What all processes and connections of the agent share.

use super::clock::Clock;
use super::outbox::Outbox;
use crate::sys::descriptor::{get_limit, set_limit};
use crate::sys::epoll::Epoll;
use crate::sys::ffi::{self, Rlimit};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

/// Tokens of readiness: the streams of ids from below, the rest from above.
pub const CONTROL: u64 = u64::MAX;
pub const CHILDREN: u64 = u64::MAX - 1;
pub const DRAIN: u64 = 1 << 62;

pub fn token(id: u32, stream: u8) -> u64 {
    u64::from(id) << 2 | u64::from(stream)
}

pub struct World {
    pub epoll: Epoll,
    pub outbox: Outbox,
    pub clock: Clock,
    /// Output that nobody waits for any more, of processes that still write.
    drains: HashMap<RawFd, OwnedFd>,
    pub null: OwnedFd,
    /// The limits on open files that this process was started with, for its children.
    pub open_files: Rlimit,
    salt: u64,
}

impl World {
    pub fn new(socket: RawFd) -> io::Result<World> {
        let open_files = get_limit(ffi::RLIMIT_NOFILE)?;
        set_limit(ffi::RLIMIT_NOFILE, &Rlimit { soft: open_files.hard, hard: open_files.hard })?;
        Ok(World {
            epoll: Epoll::new()?,
            outbox: Outbox::new(socket),
            clock: Clock::default(),
            drains: HashMap::new(),
            null: OpenOptions::new().read(true).write(true).open("/dev/null")?.into(),
            open_files,
            salt: salt()?,
        })
    }

    /// A value that no other exec on this machine has, and no program would choose.
    pub fn marker(&self, id: u32) -> u64 {
        self.salt | u64::from(id)
    }

    /// Goes on reading a stream to nowhere, so that a daemon left behind neither blocks nor gets SIGPIPE.
    pub fn drain(&mut self, fd: OwnedFd) {
        let raw = fd.as_raw_fd();
        if self.epoll.add(raw, ffi::EPOLLIN, DRAIN | raw as u64).is_ok() {
            self.drains.insert(raw, fd);
        }
    }

    pub fn drain_some(&mut self, fd: RawFd, scratch: &mut [u8]) {
        let over = match self.drains.get(&fd).map(|owned| read(owned, scratch)) {
            Some(Ok(count)) => count == 0,
            Some(Err(error)) => error.kind() != io::ErrorKind::WouldBlock && error.kind() != io::ErrorKind::Interrupted,
            None => false,
        };
        if over {
            drop(self.epoll.remove(fd));
            self.drains.remove(&fd);
        }
    }
}

fn read(fd: &OwnedFd, scratch: &mut [u8]) -> io::Result<usize> {
    let count = unsafe { ffi::read(fd.as_raw_fd(), scratch.as_mut_ptr().cast(), scratch.len()) };
    crate::sys::check_size(count)
}

/// 30 random bits above an exec's id, below the kernel's "no limit".
fn salt() -> io::Result<u64> {
    let mut bytes = [0; 4];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(1 << 62 | u64::from(u32::from_le_bytes(bytes) >> 2) << 32)
}
