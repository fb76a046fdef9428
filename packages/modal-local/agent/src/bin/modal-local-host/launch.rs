//! Starts of the OCI runtime. The engine connects once for each container and sends one frame, `token, program,
//! arguments…`; from then on the connection is the container's descriptor 3, and what the engine reads from it comes
//! from the agent. The runtime's exit is told on stdout: `token, "exit", code`.
//!
//! This process adopts the containers, whose runtime does not stay, and reaps them: the host's PID 1 may not.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Stdout};
use std::os::unix::io::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::{ffi, frame, lock};

type Answers = Arc<Mutex<Stdout>>;
type Launched = Arc<Mutex<HashMap<u32, String>>>;

pub fn serve(socket: &OsString, answers: Answers) -> io::Result<()> {
    ffi::adopt_orphans()?;
    let listener = UnixListener::bind(socket)?;
    let launched = Launched::default();
    let (started, starts) = channel();
    let reaper = (Arc::clone(&launched), Arc::clone(&answers));
    thread::spawn(move || reap(&starts, &reaper.0, &reaper.1));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (launched, answers, started) = (Arc::clone(&launched), Arc::clone(&answers), Sender::clone(&started));
            thread::spawn(move || launch(connection, &launched, &answers, &started));
        }
    });
    Ok(())
}

fn launch(mut connection: UnixStream, launched: &Launched, answers: &Answers, started: &Sender<()>) {
    // An engine that hangs up without a request wants nothing.
    let request = match frame::read(&mut connection) {
        Ok(Some(request)) => request,
        _ => return,
    };
    let token = request.text(0).to_owned();
    // Held until the child is in the table: the reaper may be faster.
    let mut table = lock(launched);
    match spawn(&request, &connection) {
        Ok(pid) => {
            table.insert(pid, token);
            // The reaper lives as long as the process.
            started.send(()).unwrap_or_default();
        }
        Err(error) => tell(answers, &[&token, "error", &error.to_string()]),
    }
}

fn spawn(request: &frame::Fields, connection: &UnixStream) -> io::Result<u32> {
    let mut words = request.os(1);
    let program = words.next().unwrap_or_default();
    let descriptor = connection.as_raw_fd();
    let mut command = Command::new(program);
    command.args(words).env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: only dup2 or fcntl between fork and exec.
    unsafe { command.pre_exec(move || ffi::keep_as(descriptor, 3)) };
    Ok(command.spawn()?.id())
}

fn reap(starts: &Receiver<()>, launched: &Launched, answers: &Answers) {
    // With no child there is nothing to wait for but the next start.
    while starts.recv().is_ok() {
        while let Some((pid, code)) = ffi::wait_any() {
            let token = lock(launched).remove(&pid);
            if let Some(token) = token {
                tell(answers, &[&token, "exit", &code.to_string()]);
            }
        }
    }
}

fn tell(answers: &Answers, fields: &[&str]) {
    // An engine that is gone ends this process by closing its stdin.
    frame::write(&mut *lock(answers), fields).unwrap_or_default();
}
