//! From the kernel's notes to events in Modal's terms. A move within the watched tree is one event with both paths; its
//! halves come next to each other, so that the first is held back for the second.

use super::event::{self, Note};
use super::watches::Watches;
use crate::fs_tools::write::Staging;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    pub kind: &'static str,
    pub paths: Vec<PathBuf>,
}

struct Departure {
    cookie: u32,
    path: PathBuf,
    directory: bool,
}

pub struct Translator {
    root: PathBuf,
    recursive: bool,
    pub watches: Watches,
    departure: Option<Departure>,
    /// Reported when their directory was first looked through; the kernel may report them once more.
    announced: HashSet<PathBuf>,
}

impl Translator {
    pub fn new(root: &Path, recursive: bool, accesses: bool) -> io::Result<Translator> {
        let mut watches = Watches::new(accesses)?;
        watches.add(root)?;
        if recursive && root.is_dir() {
            watches.add_below(root)?;
        }
        Ok(Translator { root: root.to_owned(), recursive, watches, departure: None, announced: HashSet::new() })
    }

    pub fn holds_departure(&self) -> bool {
        self.departure.is_some()
    }

    pub fn translate(&mut self, note: &Note, events: &mut Vec<Event>) -> io::Result<()> {
        if !(note.is(event::MOVED_TO) && self.departure.as_ref().map_or(false, |departure| departure.cookie == note.cookie)) {
            self.give_up_departure(events);
        }
        if note.is(event::OVERFLOW | event::UNMOUNT) {
            // Notes were lost: directories may have been made that are not watched yet.
            if self.recursive {
                self.watches.add_below(&self.root)?;
            }
            events.push(Event { kind: "Unknown", paths: vec![self.root.clone()] });
            return Ok(());
        }
        let path = match self.watches.path(note.watch) {
            Some(folder) if note.name.is_empty() => folder.to_owned(),
            Some(folder) => folder.join(OsStr::from_bytes(&note.name)),
            None => return Ok(()),
        };
        if note.is(event::IGNORED) {
            self.watches.ended(note.watch);
            return Ok(());
        }
        self.translate_path(note, path, events)
    }

    /// The second half of a move has not come: the file has left the watched tree.
    pub fn give_up_departure(&mut self, events: &mut Vec<Event>) {
        if let Some(departure) = self.departure.take() {
            if departure.directory {
                self.watches.remove_below(&departure.path);
            }
            if Staging::of(&departure.path).is_none() {
                events.push(Event { kind: "RenameFrom", paths: vec![departure.path] });
            }
        }
    }

    /// All notes until now have been translated.
    pub fn caught_up(&mut self) {
        self.announced.clear();
    }

    fn translate_path(&mut self, note: &Note, path: PathBuf, events: &mut Vec<Event>) -> io::Result<()> {
        let directory = note.is(event::IS_DIRECTORY);
        let of_root = note.name.is_empty() && path == self.root;
        if Staging::of(&path).is_some() && !note.is(event::MOVED_FROM) {
            return Ok(());
        }
        // A write may have put another file in the place of the one that is watched, which may be open for long.
        if note.is(event::ATTRIB | event::DELETE_SELF) && of_root && !directory && self.watches.add_again(&self.root)? {
            events.push(Event { kind: "Modify", paths: vec![path] });
            return Ok(());
        }
        let mut push = |kind, paths| events.push(Event { kind, paths });
        if note.is(event::CREATE) {
            if !self.announced.remove(&path) {
                push("Create", vec![path.clone()]);
            }
            if directory && self.recursive {
                self.enter(&path, events)?;
            }
        } else if note.is(event::MOVED_FROM) {
            self.announced.remove(&path);
            self.departure = Some(Departure { cookie: note.cookie, path, directory });
        } else if note.is(event::MOVED_TO) {
            self.arrive(path, directory, events)?;
        } else if note.is(event::DELETE) || (note.is(event::DELETE_SELF) && of_root) {
            self.announced.remove(&path);
            push("Remove", vec![path]);
        } else if note.is(event::MOVE_SELF) && of_root {
            push("RenameFrom", vec![path]);
        } else if note.is(event::MODIFY | event::ATTRIB) && (!directory || !note.name.is_empty() || of_root) {
            push("Modify", vec![path]);
        } else if note.is(event::OPEN | event::ACCESS | event::CLOSE_WRITE | event::CLOSE_NOWRITE) && !directory {
            push("Access", vec![path]);
        }
        Ok(())
    }

    fn arrive(&mut self, path: PathBuf, directory: bool, events: &mut Vec<Event>) -> io::Result<()> {
        match self.departure.take() {
            Some(departure) => {
                self.watches.renamed(&departure.path, &path);
                events.push(match Staging::of(&departure.path) {
                    // A write has become whole; that it took a second name is nobody's concern.
                    Some(Staging::Create) => Event { kind: "Create", paths: vec![path] },
                    Some(Staging::Replace) => Event { kind: "Modify", paths: vec![path] },
                    None => Event { kind: "Rename", paths: vec![departure.path, path] },
                });
            }
            None => {
                if directory && self.recursive && self.watches.add_directory(&path)? {
                    self.watches.add_below(&path)?;
                }
                events.push(Event { kind: "RenameTo", paths: vec![path] });
            }
        }
        Ok(())
    }

    /// A new directory: what was made in it before it was watched is reported from what it holds.
    fn enter(&mut self, path: &Path, events: &mut Vec<Event>) -> io::Result<()> {
        if self.watches.add_directory(path)? {
            for found in self.watches.add_below(path)? {
                if Staging::of(&found).is_none() && self.announced.insert(found.clone()) {
                    events.push(Event { kind: "Create", paths: vec![found] });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::scratch::Scratch;
    use super::*;
    use crate::sys::descriptor::read_onto;
    use std::fs;

    fn events(translator: &mut Translator, root: &Path) -> Vec<String> {
        let mut events = Vec::new();
        let mut bytes = Vec::new();
        while let Ok(1..) = read_onto(translator.watches.fd(), &mut bytes, 64 << 10) {
            for note in event::parse(&bytes) {
                translator.translate(&note, &mut events).unwrap();
            }
            bytes.clear();
        }
        translator.give_up_departure(&mut events);
        translator.caught_up();
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().display().to_string();
        events.iter().map(|event| format!("{} {}", event.kind, event.paths.iter().map(name).collect::<Vec<_>>().join(" "))).collect()
    }

    #[test]
    fn changes_in_directories_made_later_are_seen_once() {
        let scratch = Scratch::new();
        let mut translator = Translator::new(scratch.root(), true, false).unwrap();
        fs::create_dir_all(scratch.path("a/b")).unwrap();
        fs::write(scratch.path("a/b/early"), "").unwrap();
        let mut seen = events(&mut translator, scratch.root());
        seen.retain(|event| event.starts_with("Create"));
        seen.sort();
        assert_eq!(seen, ["Create a", "Create a/b", "Create a/b/early"]);
        fs::write(scratch.path("a/b/late"), "x").unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["Create a/b/late", "Modify a/b/late"]);
    }

    #[test]
    fn a_renamed_directory_is_followed_under_its_new_name() {
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.path("old/deep")).unwrap();
        let mut translator = Translator::new(scratch.root(), true, false).unwrap();
        fs::rename(scratch.path("old"), scratch.path("new")).unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["Rename old new"]);
        fs::write(scratch.path("new/deep/file"), "").unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["Create new/deep/file"]);
    }

    #[test]
    fn moves_across_the_edge_are_halves() {
        let (scratch, outside) = (Scratch::new(), Scratch::new());
        fs::create_dir(scratch.path("leaves")).unwrap();
        fs::create_dir(outside.path("comes")).unwrap();
        let mut translator = Translator::new(scratch.root(), true, false).unwrap();
        fs::rename(scratch.path("leaves"), outside.path("gone")).unwrap();
        fs::rename(outside.path("comes"), scratch.path("comes")).unwrap();
        fs::write(outside.path("gone/unseen"), "").unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["RenameFrom leaves", "RenameTo comes"]);
        fs::write(scratch.path("comes/seen"), "").unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["Create comes/seen"]);
    }

    #[test]
    fn without_recursion_only_direct_entries_are_seen() {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path("below")).unwrap();
        let mut translator = Translator::new(scratch.root(), false, false).unwrap();
        fs::write(scratch.path("below/file"), "x").unwrap();
        fs::remove_file(scratch.path("below/file")).unwrap();
        fs::remove_dir(scratch.path("below")).unwrap();
        assert_eq!(events(&mut translator, scratch.root()), ["Remove below"]);
    }

    #[test]
    fn a_file_can_be_watched_itself() {
        let scratch = Scratch::new();
        let file = scratch.path("file");
        fs::write(&file, "").unwrap();
        let mut translator = Translator::new(&file, true, true).unwrap();
        fs::write(&file, "x").unwrap();
        let seen = events(&mut translator, scratch.root());
        assert!(seen.contains(&"Modify file".into()) && seen.contains(&"Access file".into()), "{:?}", seen);
    }

    #[test]
    fn a_write_shows_nothing_of_how_it_is_done() {
        let scratch = Scratch::new();
        fs::write(scratch.path("file"), "").unwrap();
        let mut translator = Translator::new(scratch.root(), true, true).unwrap();
        let mut stage = |name: &str, target: &str| {
            fs::write(scratch.path(name), "x").unwrap();
            fs::rename(scratch.path(name), scratch.path(target)).unwrap();
            events(&mut translator, scratch.root())
        };
        assert_eq!(stage(".modal-write-over-1", "file"), ["Modify file"]);
        assert_eq!(stage(".modal-write-new-1", "new"), ["Create new"]);
        fs::write(scratch.path(".modal-write-new-2"), "cut off").unwrap();
        fs::remove_file(scratch.path(".modal-write-new-2")).unwrap();
        assert!(events(&mut translator, scratch.root()).is_empty());
    }

    #[test]
    fn a_watched_file_is_followed_when_a_write_replaces_it() {
        let scratch = Scratch::new();
        let file = scratch.path("file");
        fs::write(&file, "").unwrap();
        let mut translator = Translator::new(&file, true, false).unwrap();
        let _reader = fs::File::open(&file).unwrap();
        for content in ["first", "second"] {
            fs::write(scratch.path(".modal-write-over-1"), content).unwrap();
            fs::rename(scratch.path(".modal-write-over-1"), &file).unwrap();
            let seen = events(&mut translator, scratch.root());
            assert!(!seen.is_empty() && seen.iter().all(|event| event == "Modify file"), "{:?}", seen);
        }
        fs::remove_file(&file).unwrap();
        assert!(events(&mut translator, scratch.root()).contains(&"Remove file".into()));
    }
}
