//! The engine's hand on the host: mounts, and starts of the OCI runtime, without a fork of the engine's own large
//! process. It serves one engine, over its stdin and stdout, and ends with it.
//!
//! A request and its answer are frames: a length of four bytes, least significant first, then fields that each end
//! with a zero byte. A request is `token, verb, arguments…`; its answer is `token, "ok"` or `token, "error", message`.
//! Containers are started on connections of their own (see `launch`).

mod ffi;
mod frame;
mod launch;
mod live;
mod mounts;

use std::ffi::OsString;
use std::io;
use std::process::exit;
use std::sync::{Arc, Mutex};
use std::thread;

use frame::Fields;

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let served = match arguments.as_slice() {
        [socket] => serve(socket),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: modal-local-host SOCKET-PATH (started by the engine)")),
    };
    if let Err(error) = served {
        eprintln!("modal-local-host: {error}");
        exit(1);
    }
}

fn serve(socket: &OsString) -> io::Result<()> {
    let answers = Arc::new(Mutex::new(io::stdout()));
    launch::serve(socket, Arc::clone(&answers))?;
    frame::write(&mut *lock(&answers), &["ready", "ok"])?;
    let mut requests = io::stdin().lock();
    while let Some(request) = frame::read(&mut requests)? {
        let answers = Arc::clone(&answers);
        // A slow unmount must not hold up the next sandbox.
        thread::spawn(move || {
            let token = request.text(0);
            let written = match perform(&request) {
                Ok(()) => frame::write(&mut *lock(&answers), &[token, "ok"]),
                Err(error) => frame::write(&mut *lock(&answers), &[token, "error", &error.to_string()]),
            };
            // The engine is gone: so is the need for this process.
            if written.is_err() {
                exit(1);
            }
        });
    }
    Ok(())
}

fn perform(request: &Fields) -> io::Result<()> {
    match (request.text(1), request.len()) {
        ("mount-overlay", 5) => mounts::overlay(request.path(2), request.path(3), request.path(4)),
        ("unmount", 3) => mounts::unmount(request.path(2)),
        ("mount-into", 7) => live::mount(request),
        ("unmount-from", 4) => live::unmount(request),
        (verb, fields) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("unknown request {verb} of {fields} fields"))),
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
