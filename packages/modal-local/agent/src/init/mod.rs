//! PID 1 of a sandbox: starts processes and connections for the engine, which it hears over descriptor 3.

mod agent;
mod clock;
mod dial;
mod feed;
mod frame;
mod outbox;
mod process;
mod request;
mod source;
mod spawn;
mod start;
mod terminal;
mod tree;
mod world;

use crate::sys::descriptor::{close_from, set_close_on_exec, set_nonblocking, set_send_buffer};
use crate::sys::{check, ffi, signals};
use agent::{Agent, Stop};
use std::io;
use std::os::unix::io::{AsRawFd, RawFd};

const CONTROL: RawFd = 3;
const SEND_BUFFER: i32 = 1 << 20;

/// Ends when the engine does: then the sandbox's other processes end with PID 1.
pub fn run() -> i32 {
    let stop = match prepare().and_then(|()| Agent::new(CONTROL)) {
        Ok(agent) => agent.serve(),
        Err(error) => Stop::System(error),
    };
    match stop {
        Stop::EngineGone => 0,
        Stop::Violation(violation) => {
            eprintln!("modal-local-agent: {}", violation);
            70
        }
        Stop::System(error) => {
            eprintln!("modal-local-agent: {} (descriptor 3 must be the engine's socket)", error);
            71
        }
    }
}

fn prepare() -> io::Result<()> {
    set_close_on_exec(CONTROL)?;
    // Nothing inside may attach to this process, read its memory or open its descriptors.
    check(unsafe { ffi::prctl(ffi::PR_SET_DUMPABLE, 0) })?;
    // Only matters where this is not PID 1, as in tests.
    check(unsafe { ffi::prctl(ffi::PR_SET_CHILD_SUBREAPER, 1) })?;
    close_from(CONTROL + 1)?;
    signals::block_all()?;
    set_nonblocking(&Control)?;
    set_send_buffer(CONTROL, SEND_BUFFER)
}

struct Control;

impl AsRawFd for Control {
    fn as_raw_fd(&self) -> RawFd {
        CONTROL
    }
}
