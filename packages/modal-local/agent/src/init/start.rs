//! From a request to a running process, or to the exit code and message of one that could not run.

use super::clock::Alarm;
use super::feed::Feed;
use super::frame::{self, ERROR, INPUT, OUTPUT};
use super::process::Process;
use super::request::Request;
use super::source::Source;
use super::spawn::{spawn, Failure, Surroundings};
use super::terminal;
use super::tree::Tree;
use super::world::{token, World};
use crate::accounts::{Accounts, Identity};
use crate::sys::descriptor::{change_owner, pipe, set_nonblocking};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::time::Duration;

const MAX_MESSAGE: usize = 4096;

/// The agent's ends of a process's streams, and the process's own.
#[derive(Default)]
struct Streams {
    input: Option<OwnedFd>,
    output: Option<OwnedFd>,
    error: Option<OwnedFd>,
    terminal: Option<OwnedFd>,
    /// Output of a terminal that the engine does not want.
    unwanted: Option<OwnedFd>,
    theirs: Vec<OwnedFd>,
    stdio: [i32; 3],
}

/// Starts a process and says so; `None` when it has already ended.
pub fn start(id: u32, request: &Request, world: &mut World) -> Option<Process> {
    match try_start(id, request, world) {
        Ok(process) => {
            world.outbox.push_number(frame::STARTED, 0, id, process.tree.leader as u32);
            if request.timeout > 0 {
                world.clock.set(Duration::from_millis(request.timeout.into()), Alarm::Timeout(id));
            }
            Some(process)
        }
        Err(failure) => {
            report(id, request, &failure, world);
            None
        }
    }
}

fn try_start(id: u32, request: &Request, world: &mut World) -> Result<Process, Failure> {
    let name = request.argv[0].to_bytes();
    let os_failure = |error: io::Error| Failure::new(name, error.raw_os_error().unwrap_or(0));

    let identity = identify(&request.user)?;
    let streams = open_streams(request, &identity, world).map_err(os_failure)?;
    let marker = world.marker(id);
    let surroundings = Surroundings { stdio: streams.stdio, identity: &identity, marker, open_files: &world.open_files };
    let spawned = spawn(request, &surroundings).map_err(|error| {
        Failure::new(&[name, b": cannot fork"].concat(), error.raw_os_error().unwrap_or(0))
    })?;
    if let Some(failure) = spawned.failure {
        return Err(failure);
    }
    drop(streams.theirs);
    let tree = Tree { marker, leader: spawned.pid };
    let watch = |fd: Option<OwnedFd>, stream| fd.map(|fd| Source::new(fd, &world.epoll, id, stream, token(id, stream))).transpose();
    let watched = watch(streams.output, OUTPUT).and_then(|output| Ok((output, watch(streams.error, ERROR)?)));
    let fed = streams.input.map(|fd| Feed::new(fd, &world.epoll, token(id, INPUT), 0)).transpose();
    match (watched, fed) {
        (Ok((output, error)), Ok(input)) => {
            if let Some(fd) = streams.unwanted {
                world.drain(fd);
            }
            Ok(Process { id, tree, input, output, error, terminal: streams.terminal, exited: false, timed_out: false })
        }
        (Err(error), _) | (_, Err(error)) => {
            tree.kill();
            Err(os_failure(error))
        }
    }
}

fn identify(user: &[u8]) -> Result<Identity, Failure> {
    if user.is_empty() {
        return Ok(Identity::default());
    }
    Accounts::read().resolve(user).map_err(|reason| Failure { code: 126, message: format!("{}\n", reason).into_bytes() })
}

fn open_streams(request: &Request, identity: &Identity, world: &World) -> io::Result<Streams> {
    match request.terminal {
        Some((rows, columns)) => open_terminal(request, rows, columns, identity),
        None => open_pipes(request, identity, world),
    }
}

fn open_terminal(request: &Request, rows: u16, columns: u16, identity: &Identity) -> io::Result<Streams> {
    let terminal = terminal::open(rows, columns)?;
    let device = terminal.device.as_raw_fd();
    change_owner(&terminal.device, identity.uid, identity.gid)?;
    let mut streams = Streams { stdio: [device; 3], ..Streams::default() };
    let reader = terminal.controller.try_clone()?;
    if request.stdout {
        streams.output = Some(reader);
    } else {
        streams.unwanted = Some(reader);
    }
    if request.stdin {
        streams.input = Some(terminal.controller.try_clone()?);
    }
    streams.terminal = Some(terminal.controller);
    streams.theirs.push(terminal.device);
    Ok(streams)
}

fn open_pipes(request: &Request, identity: &Identity, world: &World) -> io::Result<Streams> {
    let mut streams = Streams { stdio: [world.null.as_raw_fd(); 3], ..Streams::default() };
    for (index, wanted) in [request.stdin, request.stdout, request.stderr].into_iter().enumerate() {
        if !wanted {
            continue;
        }
        let pipe = pipe()?;
        let (ours, theirs) = if index == 0 { (pipe.write, pipe.read) } else { (pipe.read, pipe.write) };
        set_nonblocking(&ours)?;
        if identity.uid != 0 || identity.gid != 0 {
            // Its own user may open /dev/stderr, which means this pipe.
            change_owner(&theirs, identity.uid, identity.gid)?;
        }
        streams.stdio[index] = theirs.as_raw_fd();
        streams.theirs.push(theirs);
        *[&mut streams.input, &mut streams.output, &mut streams.error][index] = Some(ours);
    }
    Ok(streams)
}

/// The frames of a process that ended before it began.
fn report(id: u32, request: &Request, failure: &Failure, world: &mut World) {
    let outbox = &mut world.outbox;
    outbox.push_number(frame::STARTED, 0, id, 0);
    let own_error_stream = request.stderr && request.terminal.is_none();
    let message = &failure.message[..failure.message.len().min(MAX_MESSAGE)];
    if own_error_stream {
        outbox.push(frame::DATA, ERROR, id, message);
        outbox.push(frame::END, ERROR, id, &[]);
    } else if request.terminal.is_some() && request.stdout {
        outbox.push(frame::DATA, OUTPUT, id, message);
    }
    if request.stdout {
        outbox.push(frame::END, OUTPUT, id, &[]);
    }
    if request.stdin {
        outbox.push(frame::END, INPUT, id, &[]);
    }
    let code = u32::from(failure.code).to_le_bytes();
    outbox.push(frame::EXITED, 0, id, &[&[0, 0], code.as_slice()].concat());
    outbox.push(frame::RELEASED, 0, id, &[]);
}
