//! Which directories are watched, and under which path each is known now.

use super::event;
use crate::sys::check;
use crate::sys::descriptor::own;
use crate::sys::{ffi, is_errno};
use std::collections::HashMap;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

const CHANGES: u32 = event::CREATE
    | event::DELETE
    | event::MODIFY
    | event::ATTRIB
    | event::MOVED_FROM
    | event::MOVED_TO
    | event::DELETE_SELF
    | event::MOVE_SELF;
const ACCESSES: u32 = event::OPEN | event::ACCESS | event::CLOSE_WRITE | event::CLOSE_NOWRITE;

pub struct Watches {
    fd: OwnedFd,
    mask: u32,
    paths: HashMap<i32, PathBuf>,
}

impl Watches {
    pub fn new(accesses: bool) -> io::Result<Watches> {
        let fd = own(unsafe { ffi::inotify_init1(ffi::O_NONBLOCK | ffi::O_CLOEXEC) })?;
        Ok(Watches { fd, mask: if accesses { CHANGES | ACCESSES } else { CHANGES }, paths: HashMap::new() })
    }

    pub fn fd(&self) -> i32 {
        self.fd.as_raw_fd()
    }

    pub fn path(&self, watch: i32) -> Option<&Path> {
        self.paths.get(&watch).map(PathBuf::as_path)
    }

    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        self.add_with(path, self.mask)
    }

    /// The file that is at `path` now, which may be the same. False when there is none.
    pub fn add_again(&mut self, path: &Path) -> io::Result<bool> {
        match self.add(path) {
            Err(error) if has_gone(&error) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Watches all directories below `path`, and returns what was found in those that are new.
    pub fn add_below(&mut self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for file in read_dir(&folder)? {
                let path = file.path();
                // A symlink counts as a file: what it leads to is not below.
                if file.file_type().map_or(false, |kind| kind.is_dir()) && self.add_directory(&path)? {
                    folders.push(path.clone());
                }
                found.push(path);
            }
        }
        Ok(found)
    }

    /// False when it has gone or changed meanwhile.
    pub fn add_directory(&mut self, path: &Path) -> io::Result<bool> {
        match self.add_with(path, self.mask | event::ONLY_DIRECTORY | event::DO_NOT_FOLLOW) {
            Err(error) if has_gone(&error) => Ok(false),
            other => other.map(|()| true),
        }
    }

    pub fn renamed(&mut self, from: &Path, to: &Path) {
        for path in self.paths.values_mut() {
            if let Ok(rest) = path.strip_prefix(from) {
                *path = if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) };
            }
        }
    }

    pub fn remove_below(&mut self, path: &Path) {
        let fd = self.fd();
        self.paths.retain(|watch, watched| {
            let below = watched.starts_with(path);
            if below {
                // Fails only for a watch that has ended by itself.
                drop(check(unsafe { ffi::inotify_rm_watch(fd, *watch) }));
            }
            !below
        });
    }

    pub fn ended(&mut self, watch: i32) {
        self.paths.remove(&watch);
    }

    /// Files that have no name, as a write has until it is whole, are nobody's to see.
    fn add_with(&mut self, path: &Path, mask: u32) -> io::Result<()> {
        let c_path = CString::new(path.as_os_str().as_bytes())?;
        let watch = check(unsafe { ffi::inotify_add_watch(self.fd(), c_path.as_ptr(), mask | event::NAMED_ONLY) })?;
        self.paths.insert(watch, path.to_owned());
        Ok(())
    }
}

fn read_dir(path: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(path) {
        Ok(files) => files.collect(),
        Err(error) if has_gone(&error) || is_errno(&error, ffi::EACCES) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn has_gone(error: &io::Error) -> bool {
    is_errno(error, ffi::ENOENT) || is_errno(error, ffi::ENOTDIR)
}
