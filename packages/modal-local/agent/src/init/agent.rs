//! The loop of PID 1: frames from the engine, output of processes, ended children, alarms.

use super::clock::Alarm;
use super::dial::Dial;
use super::frame::{self, decode, Fields, Frame, Violation};
use super::process::Process;
use super::request::Request;
use super::start::start;
use super::tree::Tree;
use super::world::{World, CHILDREN, CONTROL, DRAIN};
use crate::sys::descriptor::{poll, read_onto};
use crate::sys::ffi::{self, PollFd};
use crate::sys::is_errno;
use crate::sys::signals::{self, Ended};
use std::collections::HashMap;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

const READ_SIZE: usize = 256 << 10;
const KILL_AGAIN: Duration = Duration::from_millis(5);

pub enum Stop {
    /// The engine has closed its end, or has died.
    EngineGone,
    Violation(Violation),
    System(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Stop::EngineGone,
            _ => Stop::System(error),
        }
    }
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Stop {
        Stop::Violation(violation)
    }
}

enum Channel {
    Process(Process),
    Dial(Dial),
}

pub struct Agent {
    control: RawFd,
    children: OwnedFd,
    inbox: Vec<u8>,
    world: World,
    channels: HashMap<u32, Channel>,
    /// First processes that still run.
    leaders: HashMap<i32, u32>,
    kills: HashMap<u32, Tree>,
}

impl Agent {
    pub fn new(control: RawFd) -> io::Result<Agent> {
        let world = World::new(control)?;
        let children = signals::child_events()?;
        world.epoll.add(control, ffi::EPOLLIN, CONTROL)?;
        world.epoll.add(children.as_raw_fd(), ffi::EPOLLIN, CHILDREN)?;
        Ok(Agent {
            control,
            children,
            inbox: Vec::new(),
            world,
            channels: HashMap::new(),
            leaders: HashMap::new(),
            kills: HashMap::new(),
        })
    }

    /// Serves until it cannot go on.
    pub fn serve(mut self) -> Stop {
        self.world.outbox.push_number(frame::HELLO, 0, 0, frame::VERSION);
        let mut ready = Vec::new();
        let mut scratch = vec![0; 64 << 10];
        let mut interest = ffi::EPOLLIN;
        loop {
            if let Err(stop) = self.turn(&mut ready, &mut scratch, &mut interest) {
                return stop;
            }
        }
    }

    fn turn(&mut self, ready: &mut Vec<(u64, u32)>, scratch: &mut [u8], interest: &mut u32) -> Result<(), Stop> {
        self.world.outbox.flush()?;
        let wanted = if self.world.outbox.is_empty() { ffi::EPOLLIN } else { ffi::EPOLLIN | ffi::EPOLLOUT };
        if wanted != *interest {
            self.world.epoll.modify(self.control, wanted, CONTROL)?;
            *interest = wanted;
        }
        self.wait(ready)?;
        for (token, readiness) in ready.drain(..) {
            match token {
                CONTROL if readiness & !ffi::EPOLLOUT != 0 => self.receive()?,
                CONTROL => {}
                CHILDREN => self.collect_children()?,
                token if token & DRAIN != 0 => self.world.drain_some((token & !DRAIN) as RawFd, scratch),
                token => self.stream_ready((token >> 2) as u32, (token & 3) as u8, readiness),
            }
        }
        let now = Instant::now();
        while let Some(alarm) = self.world.clock.take_due(now) {
            self.ring(alarm);
        }
        Ok(())
    }

    fn wait(&mut self, ready: &mut Vec<(u64, u32)>) -> Result<(), Stop> {
        let timeout = self.world.clock.timeout(Instant::now());
        if !self.world.outbox.is_full() {
            return Ok(self.world.epoll.wait(timeout, ready)?);
        }
        // The engine is behind: only it and ended children matter, else ready output would keep this loop spinning.
        let mut fds = [
            PollFd { fd: self.control, events: ffi::POLLIN | ffi::POLLOUT, revents: 0 },
            PollFd { fd: self.children.as_raw_fd(), events: ffi::POLLIN, revents: 0 },
        ];
        match poll(&mut fds, timeout) {
            Err(error) if is_errno(&error, ffi::EINTR) => {}
            other => drop(other?),
        }
        let tokens = [CONTROL, CHILDREN].into_iter().zip(&fds).filter(|(_, fd)| fd.revents != 0);
        ready.extend(tokens.map(|(token, fd)| (token, fd.revents as u32)));
        Ok(())
    }

    fn receive(&mut self) -> Result<(), Stop> {
        match read_onto(self.control, &mut self.inbox, READ_SIZE) {
            Ok(0) => return Err(Stop::EngineGone),
            Ok(_) => {}
            Err(error) if is_errno(&error, ffi::EAGAIN) || is_errno(&error, ffi::EINTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let inbox = std::mem::take(&mut self.inbox);
        let mut used = 0;
        while let Some((frame, length)) = decode(&inbox[used..])? {
            self.obey(&frame)?;
            used += length;
        }
        self.inbox = inbox;
        self.inbox.drain(..used);
        Ok(())
    }

    fn obey(&mut self, frame: &Frame) -> Result<(), Violation> {
        let mut fields = Fields(frame.payload);
        let id = frame.id;
        match frame.kind {
            frame::START | frame::DIAL if self.channels.contains_key(&id) => return Err(Violation("an id in use")),
            frame::START => {
                if let Some(process) = start(id, &Request::decode(frame.payload)?, &mut self.world) {
                    self.leaders.insert(process.tree.leader, id);
                    self.channels.insert(id, Channel::Process(process));
                }
                return Ok(());
            }
            frame::DIAL => {
                let dial = Dial::start(id, fields.u16()?, &mut self.world);
                self.channels.insert(id, Channel::Dial(dial));
            }
            _ => self.obey_channel(frame, &mut fields)?,
        }
        self.release(id);
        Ok(())
    }

    /// Frames for an id that is not in use crossed its RELEASED on the way: they are for nobody.
    fn obey_channel(&mut self, frame: &Frame, fields: &mut Fields) -> Result<(), Violation> {
        let world = &mut self.world;
        match (self.channels.get_mut(&frame.id), frame.kind) {
            (None, frame::DATA | frame::END | frame::CREDIT | frame::SIGNAL | frame::RESIZE | frame::CLOSE) => Ok(()),
            (Some(Channel::Process(process)), frame::DATA) => process.write(frame.payload, world),
            (Some(Channel::Process(process)), frame::END) => {
                process.end_input(world);
                Ok(())
            }
            (Some(Channel::Process(process)), frame::CREDIT) => process.add_credit(frame.stream, fields.u32()?, world),
            (Some(Channel::Process(process)), frame::RESIZE) => {
                process.resize(fields.u16()?, fields.u16()?);
                Ok(())
            }
            (Some(Channel::Process(process)), frame::SIGNAL) => {
                let signal = fields.u32()? as i32;
                let tree = Tree { ..process.tree };
                self.signal(frame.id, tree, signal);
                Ok(())
            }
            (Some(Channel::Dial(dial)), frame::DATA) => dial.write(frame.payload, world),
            (Some(Channel::Dial(dial)), frame::END) => {
                dial.end_input(world);
                Ok(())
            }
            (Some(Channel::Dial(dial)), frame::CREDIT) => dial.add_credit(fields.u32()?, world),
            (Some(Channel::Dial(dial)), frame::CLOSE) => {
                dial.close(world);
                Ok(())
            }
            _ => Err(Violation("a frame that does not fit its id")),
        }
    }

    fn signal(&mut self, id: u32, tree: Tree, signal: i32) {
        if signal == ffi::SIGKILL {
            if !tree.kill() {
                self.world.clock.set(KILL_AGAIN, Alarm::Kill(id));
                self.kills.insert(id, tree);
            }
        } else {
            tree.signal(signal);
        }
    }

    fn stream_ready(&mut self, id: u32, stream: u8, readiness: u32) {
        match self.channels.get_mut(&id) {
            Some(Channel::Process(process)) => process.ready(stream, readiness, &mut self.world),
            Some(Channel::Dial(dial)) => dial.ready(stream, readiness, &mut self.world),
            None => return,
        }
        self.release(id);
    }

    fn collect_children(&mut self) -> Result<(), Stop> {
        let mut events = Vec::new();
        match read_onto(self.children.as_raw_fd(), &mut events, 1024) {
            Err(error) if !is_errno(&error, ffi::EAGAIN) => return Err(error.into()),
            _ => {}
        }
        while let Some(ended) = signals::reap()? {
            let (Ended::Exited { pid, .. } | Ended::Signaled { pid, .. }) = ended;
            if let Some(id) = self.leaders.remove(&pid) {
                if let Some(Channel::Process(process)) = self.channels.get_mut(&id) {
                    process.end(&ended, &mut self.world);
                    self.release(id);
                }
            }
        }
        Ok(())
    }

    fn ring(&mut self, alarm: Alarm) {
        match alarm {
            Alarm::Timeout(id) => {
                if let Some(Channel::Process(process)) = self.channels.get_mut(&id) {
                    if !process.exited {
                        process.timed_out = true;
                        let tree = Tree { ..process.tree };
                        self.signal(id, tree, ffi::SIGKILL);
                    }
                }
            }
            Alarm::Silence(id, stream) => {
                if let Some(Channel::Process(process)) = self.channels.get_mut(&id) {
                    process.check_silence(stream, &mut self.world);
                    self.release(id);
                }
            }
            Alarm::Kill(id) => {
                if let Some(tree) = self.kills.remove(&id) {
                    self.signal(id, tree, ffi::SIGKILL);
                }
            }
        }
    }

    /// Forgets an id once everything about it has been said.
    fn release(&mut self, id: u32) {
        let over = match self.channels.get(&id) {
            Some(Channel::Process(process)) => process.is_over(),
            Some(Channel::Dial(dial)) => dial.is_over(),
            None => false,
        };
        if over {
            self.channels.remove(&id);
            self.world.outbox.push(frame::RELEASED, 0, id, &[]);
            let (channels, kills) = (&self.channels, &self.kills);
            self.world.clock.prune(channels.len(), |alarm| match alarm {
                Alarm::Timeout(id) | Alarm::Silence(id, _) => channels.contains_key(&id),
                Alarm::Kill(id) => kills.contains_key(&id),
            });
        }
    }
}
