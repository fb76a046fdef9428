//! Overlays in the engine's own mount namespace.

use std::ffi::CStr;
use std::io;

use crate::ffi;

const EINVAL: i32 = 22;
const ENOENT: i32 = 2;

/// Mounts an overlay at the absolute `target`. Relative directories in `options` start at `directory`: short names,
/// because the kernel takes one page of options, and names that say nothing about the host.
pub fn overlay(directory: &CStr, options: &CStr, target: &CStr) -> io::Result<()> {
    ffi::unshare_filesystem_context()?;
    ffi::change_directory(directory)?;
    ffi::mount_overlay(target, options)
}

/// Idempotent.
pub fn unmount(target: &CStr) -> io::Result<()> {
    match ffi::detach(target) {
        Err(error) if matches!(error.raw_os_error(), Some(EINVAL | ENOENT)) => Ok(()),
        result => result,
    }
}
