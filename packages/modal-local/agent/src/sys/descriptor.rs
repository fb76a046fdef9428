//! File descriptors: every one that is made here is close-on-exec.

use super::ffi::{self, PollFd, Rlimit, WindowSize};
use super::{check, check_size};
use std::ffi::CStr;
use std::io;
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Takes ownership of a descriptor that a call has just returned.
pub fn own(result: i32) -> io::Result<OwnedFd> {
    let fd = check(result)?;
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

pub struct Pipe {
    pub read: OwnedFd,
    pub write: OwnedFd,
}

pub fn pipe() -> io::Result<Pipe> {
    let mut fds = [0; 2];
    check(unsafe { ffi::pipe2(fds.as_mut_ptr(), ffi::O_CLOEXEC) })?;
    Ok(unsafe { Pipe { read: OwnedFd::from_raw_fd(fds[0]), write: OwnedFd::from_raw_fd(fds[1]) } })
}

pub fn set_close_on_exec(fd: RawFd) -> io::Result<()> {
    check(unsafe { ffi::fcntl(fd, ffi::F_SETFD, ffi::FD_CLOEXEC) }).map(drop)
}

pub fn set_nonblocking(fd: &impl AsRawFd) -> io::Result<()> {
    let flags = check(unsafe { ffi::fcntl(fd.as_raw_fd(), ffi::F_GETFL) })?;
    check(unsafe { ffi::fcntl(fd.as_raw_fd(), ffi::F_SETFL, flags | ffi::O_NONBLOCK) }).map(drop)
}

pub fn set_pipe_size(fd: &impl AsRawFd, bytes: i32) -> io::Result<()> {
    check(unsafe { ffi::fcntl(fd.as_raw_fd(), ffi::F_SETPIPE_SZ, bytes) }).map(drop)
}

pub fn set_send_buffer(fd: RawFd, bytes: i32) -> io::Result<()> {
    let value = std::ptr::addr_of!(bytes).cast();
    check(unsafe { ffi::setsockopt(fd, ffi::SOL_SOCKET, ffi::SO_SNDBUF, value, 4) }).map(drop)
}

/// Makes closing a socket reset the connection.
pub fn reset_on_close(fd: &impl AsRawFd) -> io::Result<()> {
    let linger = ffi::Linger { on: 1, seconds: 0 };
    let value = std::ptr::addr_of!(linger).cast();
    check(unsafe { ffi::setsockopt(fd.as_raw_fd(), ffi::SOL_SOCKET, ffi::SO_LINGER, value, 8) }).map(drop)
}

pub fn change_owner(fd: &impl AsRawFd, uid: u32, gid: u32) -> io::Result<()> {
    check(unsafe { ffi::fchown(fd.as_raw_fd(), uid, gid) }).map(drop)
}

pub fn set_window_size(fd: &impl AsRawFd, rows: u16, columns: u16) -> io::Result<()> {
    let size = WindowSize { rows, columns, x_pixels: 0, y_pixels: 0 };
    check(unsafe { ffi::ioctl(fd.as_raw_fd(), ffi::TIOCSWINSZ, std::ptr::addr_of!(size)) }).map(drop)
}

/// Reads at most `limit` bytes onto the end of `buffer`.
pub fn read_onto(fd: RawFd, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
    buffer.reserve(limit);
    let end = unsafe { buffer.as_mut_ptr().add(buffer.len()) };
    let count = check_size(unsafe { ffi::read(fd, end.cast(), limit) })?;
    unsafe { buffer.set_len(buffer.len() + count) };
    Ok(count)
}

pub fn write(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    check_size(unsafe { ffi::write(fd, bytes.as_ptr().cast(), bytes.len()) })
}

/// Writes to a socket without SIGPIPE.
pub fn send(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    check_size(unsafe { ffi::send(fd, bytes.as_ptr().cast(), bytes.len(), ffi::MSG_NOSIGNAL) })
}

pub fn poll(fds: &mut [PollFd], timeout: i32) -> io::Result<usize> {
    check(unsafe { ffi::poll(fds.as_mut_ptr(), fds.len() as _, timeout) }).map(|count| count as usize)
}

/// Closes every descriptor from `first` on: whatever the runtime may have left open.
pub fn close_from(first: RawFd) -> io::Result<()> {
    let result = unsafe { ffi::syscall(ffi::number::CLOSE_RANGE as _, first, i32::MAX, 0) };
    check(result as i32).map(drop)
}

/// Gives an unnamed file (`O_TMPFILE`) its first name.
pub fn link_file(fd: &impl AsRawFd, path: &CStr) -> io::Result<()> {
    let source = format!("/proc/self/fd/{}\0", fd.as_raw_fd());
    let flags = ffi::AT_SYMLINK_FOLLOW;
    check(unsafe { ffi::linkat(ffi::AT_FDCWD, source.as_ptr().cast(), ffi::AT_FDCWD, path.as_ptr(), flags) }).map(drop)
}

pub fn get_limit(resource: i32) -> io::Result<Rlimit> {
    let mut limit = Rlimit { soft: 0, hard: 0 };
    check(unsafe { ffi::getrlimit(resource, &mut limit) })?;
    Ok(limit)
}

pub fn set_limit(resource: i32, limit: &Rlimit) -> io::Result<()> {
    check(unsafe { ffi::setrlimit(resource, limit) }).map(drop)
}
