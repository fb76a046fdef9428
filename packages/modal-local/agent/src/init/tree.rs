//! All processes of an exec, daemons included that took a session of their own and lost their parents. Each exec's
//! processes inherit a limit that nothing else uses (`RLIMIT_RTTIME`, for real-time scheduling) with a value of their
//! own: it costs one call at start, survives every fork and exec, and can be read in /proc whoever the process runs as.
//! Where a kernel lacks it (gVisor), the session and the line of parents tell what they can.

use crate::sys::signals;
use std::collections::{HashMap, HashSet};
use std::fs;

/// Passes over /proc at once against a tree that forks while it is being killed.
const PASSES: usize = 8;

pub struct Tree {
    pub marker: u64,
    /// Process id, and so session id, of the first process.
    pub leader: i32,
}

struct Entry {
    parent: i32,
    session: i32,
    /// It has ended, with all its threads, and waits to be collected.
    zombie: bool,
}

impl Tree {
    pub fn signal(&self, signal: i32) {
        // A process that has ended in the meantime needs no signal.
        self.members().into_iter().for_each(|pid| drop(signals::send(pid, signal)));
    }

    /// Sends SIGKILL until no member is left; false when some still were after the last pass.
    pub fn kill(&self) -> bool {
        (0..PASSES).any(|_| {
            let members = self.members();
            members.iter().for_each(|pid| drop(signals::send(*pid, crate::sys::ffi::SIGKILL)));
            members.is_empty()
        })
    }

    fn members(&self) -> Vec<i32> {
        let table = read_table();
        let own = std::process::id() as i32;
        let mut members: HashSet<i32> = table
            .iter()
            .filter(|(_, entry)| !entry.zombie)
            .filter(|(pid, entry)| match marker_of(**pid) {
                Some(marker) if marker >> 32 == self.marker >> 32 => marker == self.marker,
                _ => entry.session == self.leader,
            })
            .map(|(pid, _)| *pid)
            .collect();
        let mut before = usize::MAX;
        while before != members.len() {
            before = members.len();
            let children = table.iter().filter(|(_, entry)| !entry.zombie && members.contains(&entry.parent));
            let children: Vec<i32> = children.map(|(pid, _)| *pid).collect();
            members.extend(children);
        }
        let mut members: Vec<i32> = members.into_iter().filter(|pid| *pid != own && *pid > 1).collect();
        // The first process first: it must not end by itself because it sees another one killed.
        members.sort_by_key(|pid| (*pid != self.leader, *pid));
        members
    }
}

fn read_table() -> HashMap<i32, Entry> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| Some((pid, parse_stat(&fs::read(format!("/proc/{}/stat", pid)).ok()?)?))).collect()
}

/// `PID (NAME) STATE PARENT GROUP SESSION …`, with the number of threads in the 20th place, where the name may hold anything.
fn parse_stat(stat: &[u8]) -> Option<Entry> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let text = std::str::from_utf8(&stat[after_name..]).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let ended = fields.next()? == "Z";
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    // A process whose first thread has ended looks like a zombie while its other threads run.
    let threads: u32 = fields.nth(13)?.parse().ok()?;
    let zombie = ended && threads <= 1;
    Some(Entry { parent, session, zombie })
}

fn marker_of(pid: i32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{}/limits", pid)).ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max realtime timeout"))?;
    line.split_ascii_whitespace().nth(4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::descriptor::set_limit;
    use crate::sys::ffi::{self, Rlimit};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    #[test]
    fn a_process_name_cannot_forge_its_line() {
        let entry = parse_stat(b"42 (x) S 1 1 1 (y) R 7 8 9 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0").unwrap();
        assert_eq!((entry.parent, entry.session, entry.zombie), (7, 9, false));
        assert!(parse_stat(b"").is_none() && parse_stat(b"1 (x) Z").is_none());
    }

    #[test]
    fn a_zombie_is_no_member_unless_threads_of_it_run() {
        let line = |threads: u32| format!("42 (x) Z 7 8 9 0 0 0 0 0 0 0 0 0 0 0 20 0 {} 0", threads);
        assert!(parse_stat(line(1).as_bytes()).unwrap().zombie);
        assert!(!parse_stat(line(2).as_bytes()).unwrap().zombie);
    }

    #[test]
    fn what_has_ended_needs_no_killing() {
        let marker = 0x1234_5678_0000_0001;
        let mut command = Command::new("true");
        let limit = Rlimit { soft: marker, hard: marker };
        unsafe { command.pre_exec(move || set_limit(ffi::RLIMIT_RTTIME, &limit)) };
        let mut child = command.spawn().unwrap();
        let stat = format!("/proc/{}/stat", child.id());
        while !parse_stat(&fs::read(&stat).unwrap()).unwrap().zombie {
            std::thread::yield_now();
        }
        assert_eq!(marker_of(child.id() as i32), Some(marker));
        assert_eq!(Tree { marker, leader: child.id() as i32 }.members(), []);
        child.wait().unwrap();
    }

    #[test]
    fn the_marker_is_read_from_proc() {
        assert_eq!(marker_of(std::process::id() as i32), None, "an unlimited process has no marker");
    }
}
