//! `MakeDirectory`.

use super::failure::Failure;
use crate::sys::{ffi, is_errno};
use std::fs;
use std::io;
use std::path::Path;

pub fn make_directory(path: &Path, parents: bool) -> Result<(), Failure> {
    let made = if parents { fs::create_dir_all(path) } else { fs::create_dir(path) };
    made.map_err(|error| explain(path, parents, error))
}

fn explain(path: &Path, parents: bool, error: io::Error) -> Failure {
    if is_errno(&error, ffi::ENOENT) && !parents && !path.as_os_str().is_empty() {
        return Failure::new("NotFound", "parent directory does not exist");
    }
    if is_errno(&error, ffi::EEXIST) && fs::symlink_metadata(path).is_err() {
        // It is a component that exists, as something else than a directory.
        return io::Error::from_raw_os_error(ffi::ENOTDIR).into();
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn with_parents_it_may_exist_already() {
        let scratch = Scratch::new();
        assert_eq!(make_directory(&scratch.path("a/b/c"), true), Ok(()));
        assert_eq!(make_directory(&scratch.path("a/b/c"), true), Ok(()));
        symlink("a", scratch.path("link")).unwrap();
        assert_eq!(make_directory(&scratch.path("link"), true), Ok(()));
    }

    #[test]
    fn what_is_in_the_way_is_told_apart() {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "").unwrap();
        let kind = |path: &str, parents| make_directory(&scratch.path(path), parents).unwrap_err().kind;
        assert_eq!(kind("file", true), "PathAlreadyExists");
        assert_eq!(kind("file", false), "PathAlreadyExists");
        assert_eq!(kind("", false), "PathAlreadyExists");
        assert_eq!(kind("file/a", true), "NotDirectory");
        assert_eq!(kind("file/a/b", true), "NotDirectory");
        assert_eq!(kind("file/a", false), "NotDirectory");
        let missing = make_directory(&scratch.path("x/y"), false).unwrap_err();
        assert_eq!((missing.kind, missing.message.as_str()), ("NotFound", "parent directory does not exist"));
    }
}
