//! Users and groups as the sandbox's own /etc/passwd and /etc/group tell them. The files belong to hostile code:
//! they are read without waiting (a FIFO) or taking a terminal, to a bounded size, and senseless lines are skipped.

use crate::sys::ffi::{O_NOCTTY, O_NONBLOCK};
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

const MAX_FILE_SIZE: u64 = 4 << 20;
const MAX_GROUPS: usize = 65_536;

/// Who a process runs as.
#[derive(Debug, PartialEq, Eq, Default, Clone)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

pub struct Accounts {
    passwd: Vec<u8>,
    group: Vec<u8>,
}

struct User<'a> {
    name: &'a [u8],
    uid: u32,
    gid: u32,
}

struct Group<'a> {
    name: &'a [u8],
    gid: u32,
    members: &'a [u8],
}

impl Accounts {
    /// A missing or unreadable file is an empty one.
    pub fn read() -> Accounts {
        Accounts { passwd: read_file("/etc/passwd"), group: read_file("/etc/group") }
    }

    /// Resolves `user`, `user:group`, `uid` or `uid:gid`. Without a group: the user's own, and those that list the user.
    pub fn resolve(&self, specification: &[u8]) -> Result<Identity, String> {
        let mut parts = specification.splitn(2, |byte| *byte == b':');
        let user_part = parts.next().unwrap_or_default();
        let group_part = parts.next().filter(|part| !part.is_empty());

        let user = self.users().find(|user| user.name == user_part);
        let user = user.or_else(|| parse_id(user_part).and_then(|uid| self.users().find(|user| user.uid == uid)));
        let uid = match (&user, parse_id(user_part)) {
            (Some(user), _) => user.uid,
            (None, Some(uid)) => uid,
            (None, None) if user_part.is_empty() => 0,
            (None, None) => return Err(format!("no user {} in /etc/passwd", String::from_utf8_lossy(user_part))),
        };
        if let Some(group_part) = group_part {
            let by_name = self.groups().find(|group| group.name == group_part).map(|group| group.gid);
            let gid = by_name.or_else(|| parse_id(group_part));
            let gid = gid.ok_or_else(|| format!("no group {} in /etc/group", String::from_utf8_lossy(group_part)))?;
            return Ok(Identity { uid, gid, groups: Vec::new() });
        }
        let gid = user.as_ref().map_or(0, |user| user.gid);
        let groups = user.map_or_else(Vec::new, |user| self.groups_of(user.name));
        Ok(Identity { uid, gid, groups })
    }

    pub fn user_names(&self) -> HashMap<u32, Vec<u8>> {
        first_names(self.users().map(|user| (user.uid, user.name)))
    }

    pub fn group_names(&self) -> HashMap<u32, Vec<u8>> {
        first_names(self.groups().map(|group| (group.gid, group.name)))
    }

    fn groups_of(&self, user: &[u8]) -> Vec<u32> {
        let lists_user = |group: &Group| group.members.split(|byte| *byte == b',').any(|member| member == user);
        self.groups().filter(lists_user).map(|group| group.gid).take(MAX_GROUPS).collect()
    }

    fn users(&self) -> impl Iterator<Item = User<'_>> {
        lines(&self.passwd).filter_map(|fields| match fields.as_slice() {
            [name, _, uid, gid, ..] if !name.is_empty() => Some(User { name, uid: parse_id(uid)?, gid: parse_id(gid)? }),
            _ => None,
        })
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        lines(&self.group).filter_map(|fields| match fields.as_slice() {
            [name, _, gid, members, ..] if !name.is_empty() => Some(Group { name, gid: parse_id(gid)?, members }),
            _ => None,
        })
    }
}

fn first_names<'a>(entries: impl Iterator<Item = (u32, &'a [u8])>) -> HashMap<u32, Vec<u8>> {
    let mut names = HashMap::new();
    for (id, name) in entries {
        names.entry(id).or_insert_with(|| name.to_vec());
    }
    names
}

fn lines(file: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    file.split(|byte| *byte == b'\n').map(|line| line.split(|byte| *byte == b':').collect())
}

fn parse_id(text: &[u8]) -> Option<u32> {
    // 4294967295 is "no change" to the kernel, never an id.
    let id = std::str::from_utf8(text).ok()?.parse().ok()?;
    if text.first() == Some(&b'+') || id == u32::MAX {
        None
    } else {
        Some(id)
    }
}

fn read_file(path: &str) -> Vec<u8> {
    let mut content = Vec::new();
    if let Ok(file) = OpenOptions::new().read(true).custom_flags(O_NONBLOCK | O_NOCTTY).open(path) {
        if file.metadata().map_or(false, |metadata| metadata.is_file()) && file.take(MAX_FILE_SIZE).read_to_end(&mut content).is_err() {
            content.clear();
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts {
            passwd: b"root:x:0:0:root:/root:/bin/sh\nbroken\n:x:5:5::\nann:x:1000:1001:Ann:/home/ann:/bin/sh\n7:x:8:9::/:\n\xff:x:3:3::/:".to_vec(),
            group: b"root:x:0:\nann:x:1001:\nstaff:x:50:bob,ann\ndocker:x:60:annabel\nwheel:x:x:ann\naudio:x:29:ann\n".to_vec(),
        }
    }

    fn resolve(specification: &str) -> Result<Identity, String> {
        accounts().resolve(specification.as_bytes())
    }

    #[test]
    fn a_name_brings_its_group_and_those_that_list_it() {
        assert_eq!(resolve("ann"), Ok(Identity { uid: 1000, gid: 1001, groups: vec![50, 29] }));
        assert_eq!(resolve("1000"), resolve("ann"));
    }

    #[test]
    fn a_given_group_stands_alone() {
        assert_eq!(resolve("ann:staff"), Ok(Identity { uid: 1000, gid: 50, groups: vec![] }));
        assert_eq!(resolve("1234:99"), Ok(Identity { uid: 1234, gid: 99, groups: vec![] }));
    }

    #[test]
    fn an_unknown_number_is_itself_in_group_0_and_an_unknown_name_an_error() {
        assert_eq!(resolve("4242"), Ok(Identity { uid: 4242, gid: 0, groups: vec![] }));
        assert_eq!(resolve("nobody-here"), Err("no user nobody-here in /etc/passwd".into()));
        assert_eq!(resolve("ann:nogroup"), Err("no group nogroup in /etc/group".into()));
        assert!(resolve("4294967295").is_err() && resolve("+5").is_err() && resolve("-1").is_err());
    }

    #[test]
    fn a_name_of_digits_wins_over_the_number() {
        assert_eq!(resolve("7").unwrap().uid, 8);
    }

    #[test]
    fn names_may_be_any_bytes() {
        assert_eq!(accounts().user_names()[&3], b"\xff");
        assert_eq!(accounts().group_names()[&50], b"staff");
    }
}
