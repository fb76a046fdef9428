//! Starts a program: a child that shares the agent's memory until it executes (`CLONE_VM | CLONE_VFORK`), which costs
//! the same however large the agent is. The child makes system calls only, and reports through that memory.

use super::request::Request;
use crate::accounts::Identity;
use crate::sys::ffi::{self, Rlimit};
use crate::sys::{check, describe, signals};
use std::ffi::{CStr, CString};
use std::io;
use std::os::raw::{c_char, c_int, c_void};
use std::ptr;

const DEFAULT_PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const STACK_SIZE: usize = 64 << 10;

/// What a child gets besides the request.
pub struct Surroundings<'a> {
    /// Descriptors that become 0, 1 and 2.
    pub stdio: [i32; 3],
    pub identity: &'a Identity,
    /// Both limits of `RLIMIT_RTTIME`: marks the exec's processes.
    pub marker: u64,
    /// The limits on open files that the agent was started with.
    pub open_files: &'a Rlimit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Prepare,
    Identity,
    Directory,
    Execute,
}

struct Child<'a> {
    surroundings: &'a Surroundings<'a>,
    terminal: bool,
    directory: *const c_char,
    candidates: Vec<*const c_char>,
    argv: Vec<*const c_char>,
    environment: Vec<*const c_char>,
    failure: Option<(Step, i32)>,
}

pub struct Spawned {
    pub pid: i32,
    /// Why the program never ran: the exit code and message that a shell would give.
    pub failure: Option<Failure>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: u8,
    pub message: Vec<u8>,
}

impl Failure {
    pub fn new(subject: &[u8], errno: i32) -> Failure {
        Failure { code: 126, message: [subject, b": ", describe(errno).as_bytes(), b"\n"].concat() }
    }
}

pub fn spawn(request: &Request, surroundings: &Surroundings) -> io::Result<Spawned> {
    let candidates = candidates(&request.argv[0], &request.environment);
    let mut child = Child {
        surroundings,
        terminal: request.terminal.is_some(),
        directory: request.cwd.as_ptr(),
        candidates: candidates.iter().map(|path| path.as_ptr()).collect(),
        argv: pointers(&request.argv),
        environment: pointers(&request.environment),
        failure: None,
    };
    let mut stack = Vec::<u128>::with_capacity(STACK_SIZE / 16);
    // The parent stands still until the child has executed or ended, so that stack and argument outlive the child's use.
    let pid = check(unsafe {
        let top = stack.as_mut_ptr().add(STACK_SIZE / 16);
        let flags = ffi::CLONE_VM | ffi::CLONE_VFORK | ffi::SIGCHLD;
        ffi::clone(run_child, top.cast(), flags, ptr::addr_of_mut!(child).cast())
    })?;
    let failure = unsafe { ptr::read_volatile(ptr::addr_of!(child.failure)) };
    Ok(Spawned { pid, failure: failure.map(|(step, errno)| explain(request, &candidates, step, errno)) })
}

extern "C" fn run_child(argument: *mut c_void) -> c_int {
    let child = unsafe { &mut *argument.cast::<Child>() };
    let failure = unsafe { child.become_program() };
    unsafe {
        ptr::write_volatile(ptr::addr_of_mut!(child.failure), Some(failure));
        ffi::_exit(127)
    }
}

impl Child<'_> {
    /// Returns only when something failed. Must neither allocate nor lock: it runs in the agent's own memory.
    unsafe fn become_program(&mut self) -> (Step, i32) {
        let Surroundings { stdio, identity, marker, open_files } = self.surroundings;
        let marker = Rlimit { soft: *marker, hard: *marker };
        ffi::setsid();
        for (target, source) in stdio.iter().enumerate() {
            if ffi::dup2(*source, target as c_int) < 0 {
                return (Step::Prepare, errno());
            }
        }
        if self.terminal && ffi::ioctl(0, ffi::TIOCSCTTY, 0) < 0 {
            return (Step::Prepare, errno());
        }
        // A kernel without this limit still has the session and the parents to tell the exec's processes by.
        ffi::setrlimit(ffi::RLIMIT_RTTIME, &marker);
        if ffi::setrlimit(ffi::RLIMIT_NOFILE, *open_files) < 0 {
            return (Step::Prepare, errno());
        }
        if !self.take_identity(identity) {
            return (Step::Identity, errno());
        }
        ffi::umask(0o022);
        if ffi::chdir(self.directory) < 0 {
            return (Step::Directory, errno());
        }
        ffi::sigprocmask(ffi::SIG_SETMASK, &signals::NONE, ptr::null_mut());
        (Step::Execute, self.execute())
    }

    /// The bare system calls: the C library's wrappers would signal the agent's threads.
    unsafe fn take_identity(&self, identity: &Identity) -> bool {
        let Identity { uid, gid, groups } = identity;
        if *uid == 0 && *gid == 0 && groups.is_empty() {
            return true; // what the agent already is
        }
        ffi::syscall(ffi::number::SETGROUPS as _, groups.len(), groups.as_ptr()) == 0
            && ffi::syscall(ffi::number::SETGID as _, *gid) == 0
            && ffi::syscall(ffi::number::SETUID as _, *uid) == 0
    }

    unsafe fn execute(&self) -> i32 {
        let mut refused = None;
        for path in &self.candidates {
            ffi::execve(*path, self.argv.as_ptr(), self.environment.as_ptr());
            match errno() {
                ffi::ENOENT | ffi::ENOTDIR => {}
                ffi::EACCES => refused = Some(ffi::EACCES),
                other => return other,
            }
        }
        refused.unwrap_or(ffi::ENOENT)
    }
}

fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// The paths at which a program may be: itself with a slash in it, else its name in each folder of PATH.
fn candidates(program: &CStr, environment: &[CString]) -> Vec<CString> {
    let name = program.to_bytes();
    if name.is_empty() || name.contains(&b'/') {
        return vec![program.to_owned()];
    }
    let path = environment.iter().rev().find_map(|entry| entry.to_bytes().strip_prefix(b"PATH="));
    let folders = path.unwrap_or(DEFAULT_PATH).split(|byte| *byte == b':');
    folders
        .filter_map(|folder| {
            let folder: &[u8] = if folder.is_empty() { b"." } else { folder };
            CString::new([folder, b"/", name].concat()).ok()
        })
        .collect()
}

fn explain(request: &Request, candidates: &[CString], step: Step, errno: i32) -> Failure {
    let name = request.argv[0].to_bytes();
    match step {
        Step::Prepare => Failure::new(name, errno),
        Step::Identity => Failure::new(&[b"user ", request.user.as_slice()].concat(), errno),
        Step::Directory => Failure::new(&[b"cd: ", request.cwd.to_bytes()].concat(), errno),
        Step::Execute if errno == ffi::ENOENT => {
            let missing: &[u8] = if !name.contains(&b'/') {
                b"command not found"
            } else if exists(request, candidates) {
                b"bad interpreter: No such file or directory"
            } else {
                b"No such file or directory"
            };
            Failure { code: 127, message: [name, b": ", missing, b"\n"].concat() }
        }
        Step::Execute if errno == ffi::EACCES && is_directory(request, candidates) => Failure::new(name, ffi::EISDIR),
        Step::Execute => Failure::new(name, errno),
    }
}

fn exists(request: &Request, candidates: &[CString]) -> bool {
    metadata(request, candidates).is_some()
}

fn is_directory(request: &Request, candidates: &[CString]) -> bool {
    metadata(request, candidates).map_or(false, |metadata| metadata.is_dir())
}

fn metadata(request: &Request, candidates: &[CString]) -> Option<std::fs::Metadata> {
    use std::os::unix::ffi::OsStrExt;
    let directory = std::path::Path::new(std::ffi::OsStr::from_bytes(request.cwd.to_bytes()));
    let path = candidates.first()?;
    std::fs::metadata(directory.join(std::ffi::OsStr::from_bytes(path.to_bytes()))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<CString> {
        texts.iter().map(|text| CString::new(*text).unwrap()).collect()
    }

    #[test]
    fn a_name_is_looked_up_in_the_path_of_its_own_environment() {
        let name = CString::new("ls").unwrap();
        assert_eq!(candidates(&name, &strings(&["PATH=/a::/b"])), strings(&["/a/ls", "./ls", "/b/ls"]));
        assert_eq!(candidates(&name, &strings(&["HOME=/"])).len(), 6);
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let path = CString::new("./tool").unwrap();
        assert_eq!(candidates(&path, &strings(&["PATH=/a"])), strings(&["./tool"]));
    }
}
