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

/// The system's own words for an error number.
pub fn describe(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_named_without_their_number() {
        assert_eq!(describe(ffi::EACCES), "Permission denied");
    }
}
