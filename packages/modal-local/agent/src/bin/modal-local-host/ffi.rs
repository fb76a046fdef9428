//! The system calls that Rust's standard library does not offer.

use std::ffi::CStr;
use std::io;
use std::os::raw::{c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub const AT_FDCWD: c_int = -100;
pub const CLONE_FS: c_int = 0x200;
pub const CLONE_NEWNS: c_int = 0x2_0000;

const AT_EMPTY_PATH: c_uint = 0x1000;
const AT_RECURSIVE: c_uint = 0x8000;
const O_CLOEXEC: c_uint = 0o2_000_000;
const O_PATH: u64 = 0o10_000_000;
const OPEN_TREE_CLONE: c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: c_uint = 4;
const MOVE_MOUNT_T_EMPTY_PATH: c_uint = 0x40;
const RESOLVE_NO_MAGICLINKS: u64 = 2;
const MNT_DETACH: c_int = 2;
const PR_SET_CHILD_SUBREAPER: c_int = 36;

const SYS_OPEN_TREE: c_long = 428;
const SYS_MOVE_MOUNT: c_long = 429;
const SYS_OPENAT2: c_long = 437;
const SYS_MOUNT_SETATTR: c_long = 442;

pub const MOUNT_ATTR_RDONLY: u64 = 0x1;
pub const MOUNT_ATTR_NOSUID: u64 = 0x2;
pub const MOUNT_ATTR_NODEV: u64 = 0x4;
pub const MOUNT_ATTR_IDMAP: u64 = 0x10_0000;

#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

extern "C" {
    fn mount(source: *const c_char, target: *const c_char, kind: *const c_char, flags: c_ulong, data: *const c_void) -> c_int;
    fn umount2(target: *const c_char, flags: c_int) -> c_int;
    fn chdir(path: *const c_char) -> c_int;
    fn unshare(flags: c_int) -> c_int;
    fn setns(fd: c_int, kind: c_int) -> c_int;
    fn prctl(option: c_int, ...) -> c_int;
    fn syscall(number: c_long, ...) -> c_long;
    fn dup2(from: c_int, to: c_int) -> c_int;
    fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn lchown(path: *const c_char, owner: c_uint, group: c_uint) -> c_int;
}

fn checked(result: c_long) -> io::Result<c_long> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

fn opened(result: c_long) -> io::Result<OwnedFd> {
    let descriptor = checked(result)? as RawFd;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

pub fn mount_overlay(target: &CStr, options: &CStr) -> io::Result<()> {
    let name = b"overlay\0".as_ptr().cast();
    // SAFETY: all pointers are to zero-terminated strings that outlive the call.
    checked(unsafe { mount(name, target.as_ptr(), name, 0, options.as_ptr().cast()) }.into()).map(drop)
}

/// Takes the mount out of the tree at once; it ends with its last user.
pub fn detach(target: &CStr) -> io::Result<()> {
    // SAFETY: as above.
    checked(unsafe { umount2(target.as_ptr(), MNT_DETACH) }.into()).map(drop)
}

pub fn change_directory(path: &CStr) -> io::Result<()> {
    // SAFETY: as above.
    checked(unsafe { chdir(path.as_ptr()) }.into()).map(drop)
}

/// Gives this thread a working directory and root of its own.
pub fn unshare_filesystem_context() -> io::Result<()> {
    // SAFETY: takes no pointer.
    checked(unsafe { unshare(CLONE_FS) }.into()).map(drop)
}

pub fn enter_mount_namespace(namespace: &impl AsRawFd) -> io::Result<()> {
    // SAFETY: takes no pointer.
    checked(unsafe { setns(namespace.as_raw_fd(), CLONE_NEWNS) }.into()).map(drop)
}

/// Orphans below this process become its children.
pub fn adopt_orphans() -> io::Result<()> {
    // SAFETY: this option takes an integer.
    checked(unsafe { prctl(PR_SET_CHILD_SUBREAPER, 1 as c_ulong, 0 as c_ulong, 0 as c_ulong, 0 as c_ulong) }.into()).map(drop)
}

/// Blocks until some child has ended: its pid and exit code, 128 + signal for one that a signal ended. `None` without children.
pub fn wait_any() -> Option<(u32, i32)> {
    let mut status = 0;
    // SAFETY: `status` is ours.
    let pid = unsafe { waitpid(-1, &mut status, 0) };
    if pid <= 0 {
        return None;
    }
    let signal = status & 0x7f;
    Some((pid as u32, if signal == 0 { status >> 8 & 0xff } else { 128 + signal }))
}

/// Makes `descriptor` the number `number`, open across exec. Safe between fork and exec.
pub fn keep_as(descriptor: RawFd, number: RawFd) -> io::Result<()> {
    const F_SETFD: c_int = 2;
    // SAFETY: take no pointers. A copy onto itself would leave close-on-exec set.
    checked(unsafe { if descriptor == number { fcntl(number, F_SETFD, 0) } else { dup2(descriptor, number) } }.into()).map(drop)
}

/// Changes the owner of a file, never of what a link leads to.
pub fn give(path: &CStr, owner: u32) -> io::Result<()> {
    // SAFETY: `path` is zero-terminated and outlives the call.
    checked(unsafe { lchown(path.as_ptr(), owner, owner) }.into()).map(drop)
}

/// A detached copy of what is mounted at `path`, with all below it.
pub fn clone_mount(path: &CStr) -> io::Result<OwnedFd> {
    // SAFETY: `path` is zero-terminated and outlives the call.
    opened(unsafe { syscall(SYS_OPEN_TREE, AT_FDCWD, path.as_ptr(), OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE) })
}

pub fn set_attributes(mount: &OwnedFd, set: u64, user_namespace: Option<&dyn AsRawFd>) -> io::Result<()> {
    let user_namespace = user_namespace.map_or(0, |namespace| namespace.as_raw_fd() as u64);
    let attributes = MountAttributes { set, clear: 0, propagation: 0, user_namespace };
    let empty = b"\0".as_ptr();
    let size = std::mem::size_of::<MountAttributes>();
    // SAFETY: the structure is the kernel's `mount_attr` and outlives the call.
    checked(unsafe { syscall(SYS_MOUNT_SETATTR, mount.as_raw_fd(), empty, AT_EMPTY_PATH | AT_RECURSIVE, &attributes, size) }).map(drop)
}

pub fn attach(mount: &OwnedFd, target: &OwnedFd) -> io::Result<()> {
    let empty: *const u8 = b"\0".as_ptr();
    let flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    // SAFETY: both paths are the empty string.
    checked(unsafe { syscall(SYS_MOVE_MOUNT, mount.as_raw_fd(), empty, target.as_raw_fd(), empty, flags) }).map(drop)
}

/// A handle on a path, links followed, but not the magic ones of /proc.
pub fn locate(path: &CStr) -> io::Result<OwnedFd> {
    let how = OpenHow { flags: O_PATH | u64::from(O_CLOEXEC), mode: 0, resolve: RESOLVE_NO_MAGICLINKS };
    let size = std::mem::size_of::<OpenHow>();
    // SAFETY: the structure is the kernel's `open_how` and outlives the call.
    opened(unsafe { syscall(SYS_OPENAT2, AT_FDCWD, path.as_ptr(), &how, size) })
}

