//! `ReadFile`: a regular file's bytes to stdout.

use super::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::io::FromRawFd;
use std::path::Path;

use crate::sys::ffi::{O_NOCTTY, O_NONBLOCK};

/// 5 GiB, as in Modal's cloud.
const LIMIT: u64 = 5 << 30;

pub fn read_file(path: &Path) -> Result<(), Failure> {
    let file = open_regular(path)?;
    // As a file, stdout takes bytes in the kernel (splice), past this process's memory.
    let mut stdout = ManuallyDrop::new(unsafe { File::from_raw_fd(1) });
    let copied = io::copy(&mut (&file).take(LIMIT + 1), &mut *stdout)?;
    check_size(copied)
}

fn open_regular(path: &Path) -> Result<File, Failure> {
    // Looked at before opening, for what opening alone sets off in a device; and after, for what was swapped in between.
    check(&fs::metadata(path)?)?;
    let file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK | O_NOCTTY).open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

fn check(metadata: &fs::Metadata) -> Result<(), Failure> {
    match metadata {
        metadata if metadata.is_dir() => Err(Failure::is_directory()),
        metadata if !metadata.is_file() => Err(Failure::not_regular()),
        metadata => check_size(metadata.len()),
    }
}

fn check_size(size: u64) -> Result<(), Failure> {
    if size > LIMIT {
        return Err(Failure::new("FileTooLarge", format!("file is {} bytes, which exceeds the {} byte limit", size, LIMIT)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_opened() {
        let scratch = Scratch::new();
        let kind = |path: &Path| open_regular(path).unwrap_err().kind;
        let sparse = File::create(scratch.path("sparse")).unwrap();
        sparse.set_len(LIMIT).unwrap();
        assert!(open_regular(&scratch.path("sparse")).is_ok());
        sparse.set_len(LIMIT + 1).unwrap();
        let failure = open_regular(&scratch.path("sparse")).unwrap_err();
        assert_eq!(failure.message, "file is 5368709121 bytes, which exceeds the 5368709120 byte limit");
        assert_eq!(kind(scratch.root()), "IsDirectory");
        assert_eq!(kind(Path::new("/dev/zero")), "NotRegularFile");
        assert_eq!(kind(&scratch.path("missing")), "NotFound");
    }
}
