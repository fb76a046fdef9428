//! `ListFiles` and `Stat`.

use super::entry::{entry, Names};
use super::failure::Failure;
use crate::sys::{ffi, is_errno};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Entries sorted by the bytes of their names. What vanishes meanwhile is left out.
pub fn list_files(path: &Path, out: &mut impl Write) -> Result<(), Failure> {
    let names = Names::read();
    let mut files: Vec<OsString> = fs::read_dir(path).map_err(|error| explain(path, error))?.map(|file| Ok(file?.file_name())).collect::<io::Result<_>>()?;
    files.sort();

    let mut separator = b"[";
    let mut text = Vec::new();
    for file in &files {
        let file_path = path.join(file);
        match fs::symlink_metadata(&file_path) {
            Ok(metadata) => {
                text.extend_from_slice(separator);
                text.extend_from_slice(&entry(file.as_bytes(), &file_path, &metadata, &names).encode());
                separator = b",";
            }
            Err(error) if is_errno(&error, ffi::ENOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if separator == b"[" {
        text.push(b'[');
    }
    text.extend_from_slice(b"]\n");
    Ok(out.write_all(&text).and_then(|()| out.flush())?)
}

pub fn stat(path: &Path, out: &mut impl Write) -> Result<(), Failure> {
    let metadata = fs::symlink_metadata(path)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let mut text = entry(name.as_bytes(), path, &metadata, &Names::read()).encode();
    text.push(b'\n');
    Ok(out.write_all(&text).and_then(|()| out.flush())?)
}

fn explain(path: &Path, error: io::Error) -> Failure {
    if is_errno(&error, ffi::ENOTDIR) && fs::metadata(path).is_ok() {
        return Failure::new("IsFile", "expected a directory path");
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;
    use crate::json::{parse, Value};
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::{symlink, PermissionsExt};

    fn listed(path: &Path) -> Vec<Vec<(Vec<u8>, Value)>> {
        let mut text = Vec::new();
        list_files(path, &mut text).unwrap();
        match parse(text.strip_suffix(b"\n").unwrap()).unwrap() {
            Value::Array(items) => items.into_iter().map(|item| if let Value::Object(members) = item { members } else { vec![] }).collect(),
            other => panic!("{:?}", other),
        }
    }

    fn field<'a>(entry: &'a [(Vec<u8>, Value)], name: &str) -> &'a Value {
        &entry.iter().find(|(member, _)| member == name.as_bytes()).unwrap().1
    }

    #[test]
    fn entries_are_sorted_and_tell_their_own_kind() {
        let scratch = Scratch::new();
        fs::write(scratch.path("b"), "12345").unwrap();
        fs::set_permissions(scratch.path("b"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::create_dir(scratch.path("a")).unwrap();
        symlink("/nowhere", scratch.path("c")).unwrap();
        let entries = listed(scratch.root());
        let kinds: Vec<_> = entries.iter().map(|entry| field(entry, "type").clone()).collect();
        assert_eq!(kinds, [Value::string("directory"), Value::string("file"), Value::string("symlink")]);
        assert_eq!(field(&entries[1], "permissions"), &Value::string("0640"));
        assert_eq!(field(&entries[1], "size"), &Value::Number(5.0));
        assert_eq!(field(&entries[1], "mode"), &Value::Number(0o100640 as f64));
        assert_eq!(field(&entries[2], "symlink_target"), &Value::string("/nowhere"));
        assert!(entries[1].iter().all(|(name, _)| name != b"symlink_target"));
    }

    #[test]
    fn any_name_is_listed() {
        let scratch = Scratch::new();
        let name = OsString::from_vec(b"new\nline \xff\"".to_vec());
        fs::write(scratch.root().join(&name), "").unwrap();
        assert_eq!(field(&listed(scratch.root())[0], "name"), &Value::string(name.as_bytes()));
        assert!(listed(scratch.root()).len() == 1);
    }

    #[test]
    fn an_empty_directory_is_an_empty_list_and_a_file_none() {
        let scratch = Scratch::new();
        assert!(listed(scratch.root()).is_empty());
        fs::write(scratch.path("file"), "").unwrap();
        let kind = |path: &str| list_files(&scratch.path(path), &mut Vec::new()).unwrap_err().kind;
        assert_eq!((kind("file"), kind("file/x"), kind("missing")), ("IsFile", "NotDirectory", "NotFound"));
    }
}
