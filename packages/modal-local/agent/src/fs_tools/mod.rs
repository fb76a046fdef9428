//! The file operations of Modal's SDK.

use std::ffi::OsStr;

pub fn run(_request: &OsStr) -> i32 {
    eprintln!("{{\"version\":1,\"error_kind\":\"NotSupported\",\"message\":\"not supported by this agent\"}}");
    2
}
