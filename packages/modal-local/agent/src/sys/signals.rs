//! Signals: PID 1 blocks them all and reads SIGCHLD from a descriptor.

use super::descriptor::own;
use super::ffi::{self, SignalSet};
use super::{check, is_errno};
use std::io;
use std::os::unix::io::OwnedFd;

const EVERY: SignalSet = SignalSet { bits: [u64::MAX; 16] };
pub const NONE: SignalSet = SignalSet { bits: [0; 16] };

/// Blocks every signal and gives each its default action, so that children inherit no handler and no disposition.
pub fn block_all() -> io::Result<()> {
    check(unsafe { ffi::sigprocmask(ffi::SIG_BLOCK, &EVERY, std::ptr::null_mut()) })?;
    for number in 1..=64 {
        // SIGKILL, SIGSTOP and the C library's own two signals refuse, and need none.
        unsafe { ffi::signal(number, 0) };
    }
    Ok(())
}

/// Readable while a child's end has not been collected.
pub fn child_events() -> io::Result<OwnedFd> {
    let mut set = SignalSet { bits: [0; 16] };
    set.bits[0] = 1 << (ffi::SIGCHLD - 1);
    own(unsafe { ffi::signalfd(-1, &set, ffi::O_NONBLOCK | ffi::O_CLOEXEC) })
}

pub fn send(pid: i32, signal: i32) -> io::Result<()> {
    check(unsafe { ffi::kill(pid, signal) }).map(drop)
}

pub enum Ended {
    Exited { pid: i32, code: i32 },
    Signaled { pid: i32, signal: i32 },
}

/// Collects one ended child, of this process or adopted, if there is any.
pub fn reap() -> io::Result<Option<Ended>> {
    let mut status = 0;
    match check(unsafe { ffi::waitpid(-1, &mut status, ffi::WNOHANG) }) {
        Ok(0) => Ok(None),
        Ok(pid) if status & 0x7f == 0 => Ok(Some(Ended::Exited { pid, code: (status >> 8) & 0xff })),
        Ok(pid) => Ok(Some(Ended::Signaled { pid, signal: status & 0x7f })),
        Err(error) if is_errno(&error, 10) => Ok(None),
        Err(error) => Err(error),
    }
}
