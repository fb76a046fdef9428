//! Errors in the words of Modal's SDK, which tells its error classes apart by `error_kind`.

use crate::json::Value;
use crate::sys::{describe, ffi};
use std::io;

#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: &'static str,
    pub message: String,
    detail: String,
}

impl Failure {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), detail: String::new() }
    }

    pub fn is_directory() -> Failure {
        Failure::new("IsDirectory", "expected a file path")
    }

    /// Devices, FIFOs and sockets: reading or writing them could wait for ever.
    pub fn not_regular() -> Failure {
        Failure::new("NotRegularFile", "expected a regular file, not a device, FIFO or socket")
    }

    pub fn to_json(&self) -> Value {
        Value::object([
            ("version", Value::Number(1.0)),
            ("error_kind", Value::string(self.kind)),
            ("message", Value::string(self.message.as_str())),
            ("detail", Value::string(self.detail.as_str())),
        ])
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let errno = error.raw_os_error().unwrap_or(0);
        let (kind, message) = match errno {
            ffi::ENOENT => ("NotFound", "path does not exist".into()),
            ffi::ENOTDIR => ("NotDirectory", "a component of the path is not a directory".into()),
            ffi::EACCES | ffi::EPERM => ("PermissionDenied", "permission denied".into()),
            ffi::EROFS => ("PermissionDenied", "read-only file system".into()),
            ffi::EISDIR => ("IsDirectory", "expected a file path".into()),
            ffi::EEXIST => ("PathAlreadyExists", "path already exists".into()),
            ffi::ENOTEMPTY => ("DirectoryNotEmpty", "directory is not empty".into()),
            ffi::ENOSYS | ffi::EOPNOTSUPP => ("NotSupported", "operation not supported".into()),
            ffi::ENOSPC => ("NoSpace", "no space left on device".into()),
            0 => ("Other", error.to_string()),
            _ => ("Other", describe(errno).to_lowercase()),
        };
        Failure { kind, message, detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_json_object_with_kind_and_message() {
        let text = Failure::from(io::Error::from_raw_os_error(ffi::ENOENT)).to_json().encode();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            r#"{"version":1,"error_kind":"NotFound","message":"path does not exist","detail":"No such file or directory (os error 2)"}"#
        );
    }

    #[test]
    fn an_error_without_a_kind_of_its_own_keeps_the_systems_words() {
        let failure = Failure::from(io::Error::from_raw_os_error(40));
        assert_eq!((failure.kind, failure.message.as_str()), ("Other", "too many levels of symbolic links"));
    }
}
