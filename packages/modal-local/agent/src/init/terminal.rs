//! A pseudo-terminal, made inside the sandbox.

use crate::sys::check;
use crate::sys::descriptor::{own, set_window_size};
use crate::sys::ffi;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::io::{AsRawFd, OwnedFd};

pub struct Terminal {
    /// The agent's side; does not block.
    pub controller: OwnedFd,
    /// The program's side.
    pub device: OwnedFd,
}

pub fn open(rows: u16, columns: u16) -> io::Result<Terminal> {
    let flags = ffi::O_NOCTTY | ffi::O_NONBLOCK;
    let controller = OpenOptions::new().read(true).write(true).custom_flags(flags).open("/dev/ptmx")?;
    let locked = 0i32;
    check(unsafe { ffi::ioctl(controller.as_raw_fd(), ffi::TIOCSPTLCK, std::ptr::addr_of!(locked)) })?;
    let device = open_device(controller.as_raw_fd())?;
    set_window_size(&controller, rows, columns)?;
    Ok(Terminal { controller: controller.into(), device })
}

/// Asks the kernel for the other side, which no symlink can redirect; by its name where the kernel cannot tell (gVisor).
fn open_device(controller: i32) -> io::Result<OwnedFd> {
    let read_write = 2;
    let peer = own(unsafe { ffi::ioctl(controller, ffi::TIOCGPTPEER, read_write | ffi::O_NOCTTY | ffi::O_CLOEXEC) });
    peer.or_else(|_| {
        let mut number = 0i32;
        check(unsafe { ffi::ioctl(controller, ffi::TIOCGPTN, std::ptr::addr_of_mut!(number)) })?;
        let path = format!("/dev/pts/{}", number);
        Ok(OpenOptions::new().read(true).write(true).custom_flags(ffi::O_NOCTTY).open(path)?.into())
    })
}
