//! System calls as functions that return `io::Result`: all `unsafe` code but that of the child between clone and exec.

pub mod descriptor;
pub mod epoll;
pub mod ffi;
pub mod signals;

use std::io;

/// The result of a call that answers -1 and sets errno when it fails.
pub fn check(result: i32) -> io::Result<i32> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

pub fn check_size(result: isize) -> io::Result<usize> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result as usize)
    }
}

pub fn is_errno(error: &io::Error, errno: i32) -> bool {
    error.raw_os_error() == Some(errno)
}
