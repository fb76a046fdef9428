//! What is told of one file: its own metadata, never that of what it links to.

use crate::accounts::Accounts;
use crate::json::Value;
use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub struct Names {
    users: HashMap<u32, Vec<u8>>,
    groups: HashMap<u32, Vec<u8>>,
}

impl Names {
    pub fn read() -> Names {
        let accounts = Accounts::read();
        Names { users: accounts.user_names(), groups: accounts.group_names() }
    }
}

pub fn entry(name: &[u8], path: &Path, metadata: &Metadata, names: &Names) -> Value {
    let kind = match metadata {
        metadata if metadata.is_symlink() => "symlink",
        metadata if metadata.is_dir() => "directory",
        _ => "file", // devices and FIFOs too: `mode` tells
    };
    let mut members = vec![
        ("name", Value::string(name)),
        ("path", Value::string(path.as_os_str().as_bytes())),
        ("type", Value::string(kind)),
        ("size", Value::Number(metadata.size() as f64)),
        ("mode", Value::Number(metadata.mode().into())),
        ("permissions", Value::string(format!("{:04o}", metadata.mode() & 0o7777))),
        ("owner", name_of(&names.users, metadata.uid())),
        ("group", name_of(&names.groups, metadata.gid())),
        ("modified_time", Value::Number(metadata.mtime() as f64 + metadata.mtime_nsec() as f64 / 1e9)),
    ];
    if let ("symlink", Ok(target)) = (kind, path.read_link()) {
        members.push(("symlink_target", Value::string(target.as_os_str().as_bytes())));
    }
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn name_of(names: &HashMap<u32, Vec<u8>>, id: u32) -> Value {
    Value::String(names.get(&id).cloned().unwrap_or_else(|| id.to_string().into_bytes()))
}
