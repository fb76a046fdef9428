//! The file operations of Modal's SDK: one request as JSON, the answer on stdout, an error as JSON on stderr. All paths
//! mean what they mean to the sandbox's own programs.

mod directory;
mod entry;
mod failure;
mod list;
mod read;
mod remove;
mod request;
mod watch;
mod write;

#[cfg(test)]
mod scratch;

use failure::Failure;
use request::Request;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// 0: done; 1: the operation failed; 2: the request makes no sense.
pub fn run(request: &OsStr) -> i32 {
    let request = match Request::parse(request.as_bytes()) {
        Ok(request) => request,
        Err(reason) => return report(&Failure::new("InvalidRequest", reason), 2),
    };
    match perform(&request) {
        Ok(()) => 0,
        Err(failure) => report(&failure, 1),
    }
}

fn perform(request: &Request) -> Result<(), Failure> {
    match request {
        Request::ReadFile { path } => read::read_file(path),
        Request::WriteFile { path } => write::write_file(path),
        Request::ListFiles { path } => list::list_files(path, &mut io::stdout().lock()),
        Request::Stat { path } => list::stat(path, &mut io::stdout().lock()),
        Request::MakeDirectory { path, parents } => directory::make_directory(path, *parents),
        Request::Remove { path, recursive } => remove::remove(path, *recursive),
        Request::Watch(request) => watch::watch(request),
    }
}

fn report(failure: &Failure, code: i32) -> i32 {
    let mut text = failure.to_json().encode();
    text.push(b'\n');
    // Nobody reads it: the exit code has to do.
    drop(io::stderr().write_all(&text));
    code
}
