//! One static binary with two jobs inside a sandbox: PID 1 (`--init`), and the file tools that Modal's SDK runs
//! as `/__modal/.bin/modal-sandbox-fs-tools` with one JSON argument.

mod accounts;
mod fs_tools;
mod init;
mod json;
mod sys;

use std::ffi::OsString;
use std::process::exit;

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let code = match arguments.as_slice() {
        [mode] if mode == "--init" => init::run(),
        [request] => fs_tools::run(request),
        _ => {
            eprintln!("usage: modal-sandbox-fs-tools JSON-REQUEST (or --init, as PID 1 of a sandbox)");
            2
        }
    };
    exit(code);
}
