//! A directory of a test's own.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};

pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        let unique = RandomState::new().build_hasher().finish();
        let path = std::env::temp_dir().join(format!("modal-local-agent-test-{:x}", unique));
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub fn root(&self) -> &Path {
        &self.0
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}
