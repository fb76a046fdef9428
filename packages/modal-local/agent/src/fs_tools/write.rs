//! `WriteFile`: stdin, to its end, becomes the file. Until then the bytes are in a file without a name, which vanishes
//! with this process; so a write that is cut off leaves neither a partial file nor debris.

use super::failure::Failure;
use crate::sys::descriptor::{change_owner, link_file};
use crate::sys::ffi::{self, O_NOCTTY, O_NONBLOCK, O_TMPFILE};
use crate::sys::is_errno;
use std::collections::hash_map::RandomState;
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::io::FromRawFd;
use std::path::{Path, PathBuf};

const MAX_SYMLINKS: usize = 40;

/// What a write that is staged under a name will do under its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staging {
    Create,
    Replace,
}

impl Staging {
    /// What the file at `path` is staged for, if a write has staged it.
    pub fn of(path: &Path) -> Option<Staging> {
        let name = path.file_name()?.as_bytes();
        [Staging::Create, Staging::Replace].into_iter().find(|staging| name.starts_with(staging.prefix().as_bytes()))
    }

    fn prefix(self) -> &'static str {
        match self {
            Staging::Create => ".modal-write-new-",
            Staging::Replace => ".modal-write-over-",
        }
    }

    fn free_name(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}{:016x}", self.prefix(), RandomState::new().build_hasher().finish()))
    }
}

pub fn write_file(path: &Path) -> Result<(), Failure> {
    let stdin = ManuallyDrop::new(unsafe { File::from_raw_fd(0) });
    write_from(&mut &*stdin, path)
}

fn write_from(source: &mut impl CopySource, path: &Path) -> Result<(), Failure> {
    let target = resolve(path)?;
    let existing = open_existing(&target)?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    if existing.is_none() {
        make_parents(folder)?;
    }
    let staging = if existing.is_some() { Staging::Replace } else { Staging::Create };
    let mut staged = match Staged::new(folder, staging) {
        // A folder that takes no new files may hold one that can be written.
        Err(_) if existing.is_some() => Staged::new(&std::env::temp_dir(), staging)?,
        other => other?,
    };
    source.copy_into(&mut staged.file)?;
    match existing {
        Some(existing) => staged.replace(&target, existing),
        None => staged.publish(&target),
    }?;
    Ok(())
}

/// Where the bytes come from; a file is copied in the kernel.
trait CopySource {
    fn copy_into(&mut self, target: &mut File) -> io::Result<u64>;
}

impl<R: Read> CopySource for R {
    fn copy_into(&mut self, target: &mut File) -> io::Result<u64> {
        io::copy(self, target)
    }
}

/// The path with symlinks in its last component followed, also those that lead to nothing yet.
fn resolve(path: &Path) -> Result<PathBuf, Failure> {
    let mut path = path.to_owned();
    for _ in 0..MAX_SYMLINKS {
        if path.as_os_str().as_bytes().ends_with(b"/") || path.file_name().is_none() {
            return Err(if path.as_os_str().is_empty() { io::Error::from_raw_os_error(ffi::ENOENT).into() } else { Failure::is_directory() });
        }
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                let link = fs::read_link(&path)?;
                path = path.parent().unwrap_or_else(|| Path::new("")).join(link);
            }
            _ => return Ok(path),
        }
    }
    Err(io::Error::from_raw_os_error(40).into())
}

fn open_existing(target: &Path) -> Result<Option<File>, Failure> {
    match fs::metadata(target) {
        Err(error) if is_errno(&error, ffi::ENOENT) => return Ok(None),
        Ok(metadata) if metadata.is_dir() => return Err(Failure::is_directory()),
        Ok(metadata) if !metadata.is_file() => return Err(Failure::not_regular()),
        other => drop(other?),
    }
    let file = OpenOptions::new().write(true).custom_flags(O_NONBLOCK | O_NOCTTY).open(target)?;
    if !file.metadata()?.is_file() {
        return Err(Failure::not_regular());
    }
    Ok(Some(file))
}

fn make_parents(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| {
        if is_errno(&error, ffi::EEXIST) {
            return Failure::new("AlreadyExists", "a parent of the path is not a directory");
        }
        error.into()
    })
}

struct Staged {
    file: File,
    /// For file systems that know no files without a name.
    name: Option<PathBuf>,
    folder: PathBuf,
    staging: Staging,
}

impl Staged {
    fn new(folder: &Path, staging: Staging) -> io::Result<Staged> {
        let open = |options: &mut OpenOptions, path: &Path| options.read(true).write(true).open(path);
        let folder = folder.to_owned();
        match open(OpenOptions::new().custom_flags(O_TMPFILE), &folder) {
            Ok(file) => Ok(Staged { file, name: None, folder, staging }),
            Err(error) if [ffi::EOPNOTSUPP, ffi::EISDIR, ffi::EINVAL].contains(&error.raw_os_error().unwrap_or(0)) => {
                let name = staging.free_name(&folder);
                let file = open(OpenOptions::new().create_new(true), &name)?;
                Ok(Staged { file, name: Some(name), folder, staging })
            }
            Err(error) => Err(error),
        }
    }

    /// Under its own name at once where that can be.
    fn publish(mut self, target: &Path) -> io::Result<()> {
        if self.name.is_none() {
            match link_file(&self.file, &CString::new(target.as_os_str().as_bytes())?) {
                // Another has been quicker; the last one wins.
                Err(error) if is_errno(&error, ffi::EEXIST) => {}
                done => return done,
            }
        }
        let name = self.name()?;
        fs::rename(&name, target)?;
        self.name = None;
        Ok(())
    }

    /// Takes the place of a file with its owner and mode; where that cannot be, or hard links would part, fills it.
    fn replace(mut self, target: &Path, mut existing: File) -> io::Result<()> {
        let metadata = existing.metadata()?;
        let alone = metadata.nlink() == 1 && Some(self.folder.as_path()) == target.parent();
        if alone && self.take_after(&metadata)? {
            return match fs::rename(self.name()?, target) {
                Ok(()) => {
                    self.name = None;
                    Ok(())
                }
                // The target is a mount point, as /etc/resolv.conf often is.
                Err(error) if is_errno(&error, ffi::EBUSY) || is_errno(&error, ffi::EXDEV) => self.fill(&mut existing),
                Err(error) => Err(error),
            };
        }
        self.fill(&mut existing)
    }

    /// False when the owner and the mode cannot be given. Under the name, which a watch leaves out: of a file without one it shows a number.
    fn take_after(&mut self, metadata: &fs::Metadata) -> io::Result<bool> {
        let named = match File::open(self.name()?) {
            Ok(named) => named,
            // The mask of this process keeps its own files from it.
            Err(_) => return Ok(false),
        };
        Ok(change_owner(&named, metadata.uid(), metadata.gid()).is_ok() && named.set_permissions(metadata.permissions()).is_ok())
    }

    fn fill(mut self, existing: &mut File) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        existing.set_len(0)?;
        io::copy(&mut self.file, existing).map(drop)
    }

    fn name(&mut self) -> io::Result<PathBuf> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let name = self.staging.free_name(&self.folder);
        let c_name = CString::new(name.as_os_str().as_bytes())?;
        link_file(&self.file, &c_name)?;
        self.name = Some(name.clone());
        Ok(name)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // It is a hidden file that nothing refers to: the write's own error matters more than this one.
            drop(fs::remove_file(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;
    use std::os::unix::fs::{symlink, PermissionsExt};

    fn write(path: &Path, content: &str) -> Result<(), Failure> {
        write_from(&mut content.as_bytes(), path)
    }

    struct CutOff;

    impl Read for CutOff {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(ffi::EIO))
        }
    }

    #[test]
    fn parents_are_made_and_nothing_else_is_left() {
        let scratch = Scratch::new();
        write(&scratch.path("a/b/file"), "one").unwrap();
        write(&scratch.path("a/b/file"), "two").unwrap();
        assert_eq!(fs::read(scratch.path("a/b/file")).unwrap(), b"two");
        assert_eq!(fs::read_dir(scratch.path("a/b")).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_its_hard_links() {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "longer than before").unwrap();
        fs::set_permissions(scratch.path("file"), fs::Permissions::from_mode(0o4751)).unwrap();
        write(&scratch.path("file"), "new").unwrap();
        assert_eq!(fs::metadata(scratch.path("file")).unwrap().mode() & 0o7777, 0o4751);
        fs::hard_link(scratch.path("file"), scratch.path("other")).unwrap();
        write(&scratch.path("file"), "x").unwrap();
        assert_eq!(fs::read(scratch.path("other")).unwrap(), b"x");
    }

    #[test]
    fn symlinks_are_written_through() {
        let scratch = Scratch::new();
        symlink("target", scratch.path("link")).unwrap();
        write(&scratch.path("link"), "through").unwrap();
        assert_eq!(fs::read(scratch.path("target")).unwrap(), b"through");
        assert!(fs::symlink_metadata(scratch.path("link")).unwrap().is_symlink());
        symlink("loop", scratch.path("loop")).unwrap();
        assert_eq!(write(&scratch.path("loop"), "").unwrap_err().message, "too many levels of symbolic links");
    }

    #[test]
    fn a_write_that_is_cut_off_changes_nothing() {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "before").unwrap();
        assert!(write_from(&mut CutOff, &scratch.path("file")).is_err());
        assert!(write_from(&mut CutOff, &scratch.path("new")).is_err());
        assert_eq!(fs::read(scratch.path("file")).unwrap(), b"before");
        assert_eq!(fs::read_dir(scratch.root()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "").unwrap();
        let kind = |path: &str| write(&scratch.path(path), "").unwrap_err().kind;
        assert_eq!((kind(""), kind("new/"), kind("..")), ("IsDirectory", "IsDirectory", "IsDirectory"));
        assert_eq!((kind("file/x/y"), kind("file/x")), ("NotDirectory", "NotDirectory"));
        assert_eq!(write(Path::new("/dev/null"), "").unwrap_err().kind, "NotRegularFile");
    }
}
