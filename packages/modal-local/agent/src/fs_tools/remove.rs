//! `Remove`. A symlink is removed itself, also when the path ends in a slash.

use super::failure::Failure;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub fn remove(path: &Path, recursive: bool) -> Result<(), Failure> {
    let path = without_trailing_slashes(path);
    if !fs::symlink_metadata(path)?.is_dir() {
        return Ok(fs::remove_file(path)?);
    }
    let removed = if recursive { fs::remove_dir_all(path) } else { fs::remove_dir(path) };
    Ok(removed?)
}

fn without_trailing_slashes(path: &Path) -> &Path {
    let bytes = path.as_os_str().as_bytes();
    let length = bytes.iter().rposition(|byte| *byte != b'/').map_or(bytes.len().min(1), |last| last + 1);
    Path::new(OsStr::from_bytes(&bytes[..length]))
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_full_directory_goes_only_when_asked_for_all() {
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.path("a/b/c")).unwrap();
        fs::write(scratch.path("a/b/file"), "").unwrap();
        assert_eq!(remove(&scratch.path("a"), false).unwrap_err().kind, "DirectoryNotEmpty");
        assert_eq!(remove(&scratch.path("a/b/c"), false), Ok(()));
        assert_eq!(remove(&scratch.path("a"), true), Ok(()));
        assert_eq!(remove(&scratch.path("a"), true).unwrap_err().kind, "NotFound");
    }

    #[test]
    fn symlinks_are_never_followed() {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path("kept")).unwrap();
        fs::write(scratch.path("kept/file"), "").unwrap();
        symlink("kept", scratch.path("link")).unwrap();
        assert_eq!(remove(&scratch.path("link/"), true), Ok(()));
        assert!(scratch.path("kept/file").exists() && fs::symlink_metadata(scratch.path("link")).is_err());
        assert_eq!(without_trailing_slashes(Path::new("///")), Path::new("/"));
    }
}
