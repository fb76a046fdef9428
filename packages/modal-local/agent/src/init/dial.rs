//! A TCP connection to a port on the sandbox's own loopback.

use super::feed::{Feed, Progress};
use super::frame::{self, Violation, INPUT, OUTPUT};
use super::source::{Pulled, Source};
use super::world::{token, World};
use crate::sys::descriptor::{own, reset_on_close};
use crate::sys::ffi::{self, SocketAddress4, SocketAddress6};
use crate::sys::{check, is_errno};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::io::{AsRawFd, OwnedFd};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

enum State {
    Connecting { socket: TcpStream, family: Family },
    Open { input: Option<Feed>, output: Option<Source> },
    Over,
}

pub struct Dial {
    id: u32,
    port: u16,
    state: State,
}

impl Dial {
    pub fn start(id: u32, port: u16, world: &mut World) -> Dial {
        let mut dial = Dial { id, port, state: State::Over };
        dial.connect(Family::V4, world);
        dial
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over | State::Open { input: None, output: None })
    }

    pub fn write(&mut self, bytes: &[u8], world: &mut World) -> Result<(), Violation> {
        match &mut self.state {
            State::Open { input: Some(feed), .. } => {
                let progress = feed.push(bytes, &world.epoll)?;
                self.note(progress, world);
                Ok(())
            }
            State::Connecting { .. } => Err(Violation("data before the connection stands")),
            _ => Ok(()),
        }
    }

    pub fn end_input(&mut self, world: &mut World) {
        if let State::Open { input: Some(feed), .. } = &mut self.state {
            let progress = feed.end(&[], &world.epoll);
            self.note(progress, world);
        }
    }

    pub fn add_credit(&mut self, bytes: u32, world: &mut World) -> Result<(), Violation> {
        match &mut self.state {
            State::Open { output: Some(source), .. } => source.add_credit(bytes, &world.epoll),
            _ => Ok(()),
        }
    }

    /// The engine wants no more of it: the connection is reset.
    pub fn close(&mut self, world: &mut World) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Connecting { socket, .. } => drop(world.epoll.remove(socket.as_raw_fd())),
            State::Open { input, output } => {
                let ends = [input.map(|feed| feed.close(&world.epoll)), output.map(|source| source.close(&world.epoll))];
                for socket in ends.iter().flatten() {
                    drop(reset_on_close(socket));
                }
            }
            State::Over => {}
        }
    }

    pub fn ready(&mut self, stream: u8, readiness: u32, world: &mut World) {
        match &mut self.state {
            State::Connecting { .. } => self.connected(world),
            State::Open { input: Some(feed), .. } if stream == INPUT => {
                let progress = feed.advance(readiness, &world.epoll);
                self.note(progress, world);
            }
            State::Open { output: Some(source), .. } if stream == OUTPUT => match source.pull(&mut world.outbox, &world.epoll) {
                Pulled::End => self.end_output(world),
                Pulled::Failed(errno) => self.fail(errno, world),
                Pulled::Some | Pulled::Nothing | Pulled::Blocked => {}
            },
            _ => {}
        }
    }

    fn connect(&mut self, family: Family, world: &mut World) {
        match begin(family, self.port) {
            Ok(socket) => match world.epoll.add(socket.as_raw_fd(), ffi::EPOLLOUT, token(self.id, INPUT)) {
                Ok(()) => self.state = State::Connecting { socket, family },
                Err(error) => self.fail(error.raw_os_error().unwrap_or(0), world),
            },
            Err(error) => self.refused(family, &error, world),
        }
    }

    fn connected(&mut self, world: &mut World) {
        let (socket, family) = match std::mem::replace(&mut self.state, State::Over) {
            State::Connecting { socket, family } => (socket, family),
            other => return self.state = other,
        };
        drop(world.epoll.remove(socket.as_raw_fd()));
        match socket.take_error() {
            Ok(None) => match self.open(socket, world) {
                Ok(()) => world.outbox.push(frame::CONNECTED, 0, self.id, &[]),
                Err(error) => self.fail(error.raw_os_error().unwrap_or(0), world),
            },
            Ok(Some(error)) | Err(error) => self.refused(family, &error, world),
        }
    }

    fn open(&mut self, socket: TcpStream, world: &mut World) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let reader: OwnedFd = socket.try_clone()?.into();
        let input = Feed::new(socket.into(), &world.epoll, token(self.id, INPUT), 0)?;
        match Source::new(reader, &world.epoll, self.id, OUTPUT, token(self.id, OUTPUT)) {
            Ok(output) => {
                self.state = State::Open { input: Some(input), output: Some(output) };
                Ok(())
            }
            Err(error) => {
                input.close(&world.epoll);
                Err(error)
            }
        }
    }

    fn refused(&mut self, family: Family, error: &io::Error, world: &mut World) {
        if family == Family::V4 {
            self.connect(Family::V6, world);
        } else {
            self.fail(error.raw_os_error().unwrap_or(0), world);
        }
    }

    fn fail(&mut self, errno: i32, world: &mut World) {
        self.close(world);
        world.outbox.push_number(frame::FAILED, 0, self.id, errno as u32);
    }

    fn end_output(&mut self, world: &mut World) {
        if let State::Open { output, .. } = &mut self.state {
            if let Some(source) = output.take() {
                source.close(&world.epoll);
                world.outbox.push(frame::END, OUTPUT, self.id, &[]);
            }
        }
    }

    fn note(&mut self, progress: Progress, world: &mut World) {
        if let State::Open { input, .. } = &mut self.state {
            if progress.taken > 0 {
                world.outbox.push_number(frame::CREDIT, INPUT, self.id, progress.taken);
            }
            if progress.over {
                if let Some(feed) = input.take() {
                    let socket = TcpStream::from(feed.close(&world.epoll));
                    // Fails only when the connection is gone already.
                    drop(socket.shutdown(Shutdown::Write));
                    world.outbox.push(frame::END, INPUT, self.id, &[]);
                }
            }
        }
    }
}

fn begin(family: Family, port: u16) -> io::Result<TcpStream> {
    let domain = if family == Family::V4 { ffi::AF_INET } else { ffi::AF_INET6 };
    let kind = ffi::SOCK_STREAM | ffi::SOCK_NONBLOCK | ffi::SOCK_CLOEXEC;
    let socket = own(unsafe { ffi::socket(domain, kind, 0) })?;
    let fd = socket.as_raw_fd();
    let port = port.to_be();
    let connected = check(match family {
        Family::V4 => {
            let address = SocketAddress4 { family: domain as u16, port, address: [127, 0, 0, 1], zero: [0; 8] };
            unsafe { ffi::connect(fd, std::ptr::addr_of!(address).cast(), 16) }
        }
        Family::V6 => {
            let address = std::net::Ipv6Addr::LOCALHOST.octets();
            let address = SocketAddress6 { family: domain as u16, port, flow: 0, address, scope: 0 };
            unsafe { ffi::connect(fd, std::ptr::addr_of!(address).cast(), 28) }
        }
    });
    match connected {
        Err(error) if !is_errno(&error, ffi::EINPROGRESS) => Err(error),
        _ => Ok(TcpStream::from(socket)),
    }
}
