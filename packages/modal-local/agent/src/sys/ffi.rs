//! The C library's functions, types and constants that the standard library does not offer. Linux on x86-64 and arm64.

use std::os::raw::{c_char, c_int, c_long, c_uint, c_ulong, c_void};

pub const EPERM: i32 = 1;
pub const ENOENT: i32 = 2;
pub const EINTR: i32 = 4;
pub const EIO: i32 = 5;
pub const EAGAIN: i32 = 11;
pub const EACCES: i32 = 13;
pub const EBUSY: i32 = 16;
pub const EEXIST: i32 = 17;
pub const EXDEV: i32 = 18;
pub const ENOTDIR: i32 = 20;
pub const EISDIR: i32 = 21;
pub const EINVAL: i32 = 22;
pub const ENOSPC: i32 = 28;
pub const EROFS: i32 = 30;
pub const ENOSYS: i32 = 38;
pub const ENOTEMPTY: i32 = 39;
pub const EOPNOTSUPP: i32 = 95;
pub const EINPROGRESS: i32 = 115;

pub const O_NOCTTY: c_int = 0o400;
pub const O_NONBLOCK: c_int = 0o4000;
pub const O_CLOEXEC: c_int = 0o2000000;
pub const O_TMPFILE: c_int = 0o20000000 | O_DIRECTORY;
#[cfg(target_arch = "aarch64")]
const O_DIRECTORY: c_int = 0o40000;
#[cfg(not(target_arch = "aarch64"))]
const O_DIRECTORY: c_int = 0o200000;

pub const F_SETFD: c_int = 2;
pub const F_SETFL: c_int = 4;
pub const F_GETFL: c_int = 3;
pub const F_SETPIPE_SZ: c_int = 1031;
pub const FD_CLOEXEC: c_int = 1;
pub const AT_FDCWD: c_int = -100;
pub const AT_SYMLINK_FOLLOW: c_int = 0x400;

pub const EPOLLIN: u32 = 1;
pub const EPOLLOUT: u32 = 4;
pub const EPOLLERR: u32 = 8;
pub const EPOLLHUP: u32 = 16;
pub const EPOLL_CTL_ADD: c_int = 1;
pub const EPOLL_CTL_DEL: c_int = 2;
pub const EPOLL_CTL_MOD: c_int = 3;
pub const POLLIN: i16 = 1;
pub const POLLOUT: i16 = 4;

pub const PR_SET_DUMPABLE: c_int = 4;
pub const PR_SET_CHILD_SUBREAPER: c_int = 36;

pub const SIGKILL: c_int = 9;
pub const SIGCHLD: c_int = 17;
pub const SIG_BLOCK: c_int = 0;
pub const SIG_SETMASK: c_int = 2;
pub const WNOHANG: c_int = 1;
pub const CLONE_VM: c_int = 0x100;
pub const CLONE_VFORK: c_int = 0x4000;

pub const TIOCSCTTY: c_ulong = 0x540e;
pub const TIOCSWINSZ: c_ulong = 0x5414;
pub const TIOCSPTLCK: c_ulong = 0x4004_5431;
pub const TIOCGPTPEER: c_ulong = 0x5441;
pub const TIOCGPTN: c_ulong = 0x8004_5430;

pub const RLIMIT_NOFILE: c_int = 7;
/// The limit that marks the processes of an exec (see `init/tree.rs`).
pub const RLIMIT_RTTIME: c_int = 15;

pub const AF_INET: c_int = 2;
pub const AF_INET6: c_int = 10;
pub const SOCK_STREAM: c_int = 1;
pub const SOCK_NONBLOCK: c_int = 0o4000;
pub const SOCK_CLOEXEC: c_int = 0o2000000;
pub const SOL_SOCKET: c_int = 1;
pub const SO_SNDBUF: c_int = 7;
pub const SO_LINGER: c_int = 13;
pub const MSG_NOSIGNAL: c_int = 0x4000;

#[cfg(target_arch = "x86_64")]
pub mod number {
    pub const SETGID: i64 = 106;
    pub const SETUID: i64 = 105;
    pub const SETGROUPS: i64 = 116;
    pub const CLOSE_RANGE: i64 = 436;
}
#[cfg(target_arch = "aarch64")]
pub mod number {
    pub const SETGID: i64 = 144;
    pub const SETUID: i64 = 146;
    pub const SETGROUPS: i64 = 159;
    pub const CLOSE_RANGE: i64 = 436;
}

#[repr(C)]
#[cfg_attr(target_arch = "x86_64", repr(packed))]
#[derive(Clone, Copy)]
pub struct EpollEvent {
    pub events: u32,
    pub data: u64,
}

#[repr(C)]
pub struct PollFd {
    pub fd: c_int,
    pub events: i16,
    pub revents: i16,
}

#[repr(C)]
pub struct Rlimit {
    pub soft: u64,
    pub hard: u64,
}

#[repr(C)]
pub struct WindowSize {
    pub rows: u16,
    pub columns: u16,
    pub x_pixels: u16,
    pub y_pixels: u16,
}

#[repr(C)]
pub struct SignalSet {
    pub bits: [u64; 16],
}

#[repr(C)]
pub struct SocketAddress4 {
    pub family: u16,
    pub port: u16,
    pub address: [u8; 4],
    pub zero: [u8; 8],
}

#[repr(C)]
pub struct SocketAddress6 {
    pub family: u16,
    pub port: u16,
    pub flow: u32,
    pub address: [u8; 16],
    pub scope: u32,
}

#[repr(C)]
pub struct Linger {
    pub on: c_int,
    pub seconds: c_int,
}

extern "C" {
    pub fn prctl(option: c_int, ...) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
    pub fn syscall(number: c_long, ...) -> c_long;
    pub fn pipe2(fds: *mut c_int, flags: c_int) -> c_int;
    pub fn dup2(from: c_int, to: c_int) -> c_int;
    pub fn fchown(fd: c_int, uid: c_uint, gid: c_uint) -> c_int;
    pub fn read(fd: c_int, buffer: *mut c_void, length: usize) -> isize;
    pub fn write(fd: c_int, buffer: *const c_void, length: usize) -> isize;
    pub fn send(fd: c_int, buffer: *const c_void, length: usize, flags: c_int) -> isize;
    pub fn epoll_create1(flags: c_int) -> c_int;
    pub fn epoll_ctl(epoll: c_int, operation: c_int, fd: c_int, event: *mut EpollEvent) -> c_int;
    pub fn epoll_wait(epoll: c_int, events: *mut EpollEvent, capacity: c_int, timeout: c_int) -> c_int;
    pub fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
    pub fn signalfd(fd: c_int, mask: *const SignalSet, flags: c_int) -> c_int;
    pub fn sigprocmask(how: c_int, set: *const SignalSet, old: *mut SignalSet) -> c_int;
    pub fn signal(signal: c_int, handler: usize) -> usize;
    pub fn kill(pid: c_int, signal: c_int) -> c_int;
    pub fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    pub fn clone(run: extern "C" fn(*mut c_void) -> c_int, stack: *mut c_void, flags: c_int, argument: *mut c_void, ...) -> c_int;
    pub fn execve(path: *const c_char, argv: *const *const c_char, envp: *const *const c_char) -> c_int;
    pub fn _exit(code: c_int) -> !;
    pub fn setsid() -> c_int;
    pub fn chdir(path: *const c_char) -> c_int;
    pub fn umask(mask: c_uint) -> c_uint;
    pub fn getrlimit(resource: c_int, limit: *mut Rlimit) -> c_int;
    pub fn setrlimit(resource: c_int, limit: *const Rlimit) -> c_int;
    pub fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    pub fn connect(fd: c_int, address: *const c_void, length: c_uint) -> c_int;
    pub fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, length: c_uint) -> c_int;
    pub fn inotify_init1(flags: c_int) -> c_int;
    pub fn inotify_add_watch(fd: c_int, path: *const c_char, mask: u32) -> c_int;
    pub fn inotify_rm_watch(fd: c_int, watch: c_int) -> c_int;
    pub fn linkat(from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char, flags: c_int) -> c_int;
}
