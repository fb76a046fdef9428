//! One exec: its first process, its streams, its end.

use super::clock::Alarm;
use super::feed::{Feed, Progress};
use super::frame::{self, Violation, ERROR, INPUT, OUTPUT};
use super::source::{Pulled, Source};
use super::tree::Tree;
use super::world::World;
use crate::sys::descriptor::set_window_size;
use crate::sys::{ffi, signals::Ended};
use std::os::unix::io::OwnedFd;
use std::time::{Duration, Instant};

/// So long may a stream be silent, after its process has ended, before it counts as ended too.
const SILENCE: Duration = Duration::from_millis(200);
const END_OF_TRANSMISSION: &[u8] = &[4];

pub struct Process {
    pub id: u32,
    pub tree: Tree,
    pub input: Option<Feed>,
    pub output: Option<Source>,
    pub error: Option<Source>,
    /// The terminal's side that sets its size.
    pub terminal: Option<OwnedFd>,
    pub exited: bool,
    pub timed_out: bool,
}

impl Process {
    /// Whether everything has been said about this process.
    pub fn is_over(&self) -> bool {
        self.exited && self.input.is_none() && self.output.is_none() && self.error.is_none()
    }

    pub fn write(&mut self, bytes: &[u8], world: &mut World) -> Result<(), Violation> {
        if let Some(feed) = &mut self.input {
            let progress = feed.push(bytes, &world.epoll)?;
            self.note(progress, world);
        }
        Ok(())
    }

    pub fn end_input(&mut self, world: &mut World) {
        let last = if self.terminal.is_some() { END_OF_TRANSMISSION } else { &[] };
        if let Some(feed) = &mut self.input {
            let progress = feed.end(last, &world.epoll);
            self.note(progress, world);
        }
    }

    pub fn add_credit(&mut self, stream: u8, bytes: u32, world: &mut World) -> Result<(), Violation> {
        match self.source(stream) {
            Some(source) => source.add_credit(bytes, &world.epoll),
            None => Ok(()),
        }
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        if let Some(terminal) = &self.terminal {
            // Fails only for a terminal that has gone, which has no size to set.
            drop(set_window_size(terminal, rows, columns));
        }
    }

    pub fn ready(&mut self, stream: u8, readiness: u32, world: &mut World) {
        if stream == INPUT {
            if let Some(feed) = &mut self.input {
                let progress = feed.advance(readiness, &world.epoll);
                self.note(progress, world);
            }
            return;
        }
        // A writer that has gone leaves at most a pipe's content: read that and the end in one turn.
        let turns = if readiness & ffi::EPOLLHUP != 0 { 3 } else { 1 };
        for _ in 0..turns {
            if self.pull(stream, world) != Pulled::Some {
                break;
            }
        }
    }

    /// The first process has ended.
    pub fn end(&mut self, ended: &Ended, world: &mut World) {
        let (kind, value) = match ended {
            Ended::Exited { code, .. } => (0, *code),
            Ended::Signaled { signal, .. } => (1, *signal),
        };
        let by_timeout = self.timed_out && kind == 1 && value == ffi::SIGKILL;
        let mut payload = vec![kind, u8::from(by_timeout)];
        payload.extend_from_slice(&(value as u32).to_le_bytes());
        world.outbox.push(frame::EXITED, 0, self.id, &payload);

        self.exited = true;
        self.terminal = None;
        self.note(Progress { taken: 0, over: true }, world);
        for stream in [OUTPUT, ERROR] {
            if let Some(source) = self.source(stream) {
                source.active = Instant::now();
                world.clock.set(SILENCE, Alarm::Silence(self.id, stream));
            }
        }
    }

    /// Ends a stream that has been silent since the process ended; its descriptor is drained from then on.
    pub fn check_silence(&mut self, stream: u8, world: &mut World) {
        let pulled = self.pull(stream, world);
        let id = self.id;
        if let Some(source) = self.source(stream) {
            let waited = source.active.elapsed();
            if pulled == Pulled::Nothing && waited >= SILENCE {
                self.finish(stream, true, world);
            } else {
                let rest = if pulled == Pulled::Nothing { SILENCE - waited } else { SILENCE };
                world.clock.set(rest, Alarm::Silence(id, stream));
            }
        }
    }

    fn pull(&mut self, stream: u8, world: &mut World) -> Pulled {
        let pulled = match self.source(stream) {
            Some(source) => source.pull(&mut world.outbox, &world.epoll),
            None => Pulled::Blocked,
        };
        if matches!(pulled, Pulled::End | Pulled::Failed(_)) {
            self.finish(stream, false, world);
        }
        pulled
    }

    fn finish(&mut self, stream: u8, drain: bool, world: &mut World) {
        let slot = if stream == OUTPUT { &mut self.output } else { &mut self.error };
        if let Some(source) = slot.take() {
            world.outbox.push(frame::END, stream, self.id, &[]);
            let fd = source.close(&world.epoll);
            if drain {
                world.drain(fd);
            }
        }
    }

    fn source(&mut self, stream: u8) -> Option<&mut Source> {
        if stream == OUTPUT {
            self.output.as_mut()
        } else {
            self.error.as_mut()
        }
    }

    fn note(&mut self, progress: Progress, world: &mut World) {
        if self.input.is_none() {
            return;
        }
        if progress.taken > 0 {
            world.outbox.push_number(frame::CREDIT, INPUT, self.id, progress.taken);
        }
        if progress.over {
            if let Some(feed) = self.input.take() {
                feed.close(&world.epoll);
                world.outbox.push(frame::END, INPUT, self.id, &[]);
            }
        }
    }
}
