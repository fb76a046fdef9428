//! `Watch`: one line of JSON for each change, until the time is up or stdin ends.

mod event;
mod translate;
mod watches;

use super::failure::Failure;
use crate::json::Value;
use crate::sys::descriptor::{poll, read_onto};
use crate::sys::ffi::{self, PollFd, POLLIN};
use crate::sys::is_errno;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use translate::{Event, Translator};

const TYPES: [&str; 8] = ["Access", "Create", "Modify", "Remove", "Unknown", "Rename", "RenameFrom", "RenameTo"];
/// So long is the second half of a move waited for; the kernel queues both at once.
const MOVE_PATIENCE: Duration = Duration::from_millis(20);

/// Reads after which changes are reported even though more keep coming.
const READS_A_TURN: usize = 16;

#[derive(Debug, PartialEq)]
pub struct WatchRequest {
    pub path: PathBuf,
    pub recursive: bool,
    /// Types to report; `None` is all.
    pub filter: Option<Vec<Vec<u8>>>,
    pub timeout: Option<Duration>,
}

impl WatchRequest {
    fn wants(&self, kind: &str) -> bool {
        self.filter.as_ref().map_or(true, |filter| filter.iter().any(|wanted| wanted == kind.as_bytes()))
    }
}

pub fn watch(request: &WatchRequest) -> Result<(), Failure> {
    for kind in request.filter.iter().flatten() {
        if !TYPES.iter().any(|known| known.as_bytes() == kind) {
            let message = format!("unknown event type {} in filter: use {}", String::from_utf8_lossy(kind), TYPES.join(", "));
            return Err(Failure::new("InvalidRequest", message));
        }
    }
    let root = request.path.canonicalize()?;
    let mut translator = Translator::new(&root, request.recursive, request.wants("Access")).map_err(explain)?;
    let deadline = request.timeout.map(|timeout| Instant::now() + timeout);
    loop {
        let mut events = Vec::new();
        let state = wait(&translator, deadline)?;
        read_notes(&mut translator, &mut events).map_err(explain)?;
        if state != State::Changed {
            translator.give_up_departure(&mut events);
        }
        report(request, &events)?;
        if state == State::Over {
            return Ok(());
        }
    }
}

#[derive(PartialEq, Eq)]
enum State {
    Changed,
    /// No second half of a move has come.
    Quiet,
    /// The time is up, or stdin has ended.
    Over,
}

fn wait(translator: &Translator, deadline: Option<Instant>) -> io::Result<State> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let patience = if translator.holds_departure() { Some(MOVE_PATIENCE) } else { None };
        let timeout = [left, patience].into_iter().flatten().min();
        let timeout = timeout.map_or(-1, |timeout| i32::try_from((timeout.as_micros() + 999) / 1000).unwrap_or(i32::MAX));
        let mut fds = [translator.watches.fd(), 0].map(|fd| PollFd { fd, events: POLLIN, revents: 0 });
        match poll(&mut fds, timeout) {
            Err(error) if is_errno(&error, ffi::EINTR) => continue,
            other => drop(other?),
        }
        let time_is_up = deadline.map_or(false, |deadline| Instant::now() >= deadline);
        if time_is_up || (fds[1].revents != 0 && stdin_has_ended()?) {
            return Ok(State::Over);
        }
        if fds[0].revents != 0 {
            return Ok(State::Changed);
        }
        if patience.is_some() {
            return Ok(State::Quiet);
        }
    }
}

fn stdin_has_ended() -> io::Result<bool> {
    match read_onto(0, &mut Vec::new(), 4096) {
        Err(error) if is_errno(&error, ffi::EAGAIN) || is_errno(&error, ffi::EINTR) => Ok(false),
        Ok(count) => Ok(count == 0),
        Err(_) => Ok(true),
    }
}

fn read_notes(translator: &mut Translator, events: &mut Vec<Event>) -> io::Result<()> {
    let mut bytes = Vec::new();
    for _ in 0..READS_A_TURN {
        bytes.clear();
        match read_onto(translator.watches.fd(), &mut bytes, 64 << 10) {
            Err(error) if is_errno(&error, ffi::EAGAIN) || is_errno(&error, ffi::EINTR) => {
                translator.caught_up();
                break;
            }
            other => drop(other?),
        }
        for note in event::parse(&bytes) {
            translator.translate(&note, events)?;
        }
    }
    Ok(())
}

fn report(request: &WatchRequest, events: &[Event]) -> Result<(), Failure> {
    let mut text = Vec::new();
    for event in events.iter().filter(|event| request.wants(event.kind)) {
        let paths = event.paths.iter().map(|path| Value::string(path.as_os_str().as_bytes())).collect();
        text.extend(Value::object([("event_type", Value::string(event.kind)), ("paths", Value::Array(paths))]).encode());
        text.push(b'\n');
    }
    let mut stdout = io::stdout().lock();
    Ok(stdout.write_all(&text).and_then(|()| stdout.flush())?)
}

fn explain(error: io::Error) -> Failure {
    if is_errno(&error, ffi::ENOSPC) {
        let message = "too many directories to watch: the limit is in /proc/sys/fs/inotify/max_user_watches";
        return Failure::new("TooManyWatches", message);
    }
    error.into()
}
