//! Runners by content under `runners/`, and what they were built from under `builds/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{BuildError, Built};
use crate::record::atomic_file;
use crate::source::Checkout;

/// What is known of a runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Digest of the executable, which is its name.
    pub(super) digest: String,
    /// The tree that it names.
    pub(super) tree: String,
    /// Its size.
    pub(super) binary_bytes: u64,
    /// See [`Built::cpu_seconds`].
    pub(super) cpu_seconds: Option<f64>,
}

/// The folders below `results/.cache` that hold runners.
pub(super) struct Cache {
    runners: PathBuf,
    builds: PathBuf,
}

impl Cache {
    pub(super) fn new(cache: &Path) -> Self {
        Self { runners: cache.join("runners"), builds: cache.join("builds") }
    }

    /// The runner that a key names, if it is still there as it was kept.
    pub(super) fn find(&self, key: &str) -> Result<Option<Entry>, BuildError> {
        let path = self.record(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BuildError::io("reading", &path)(error)),
        };
        // A record of another version of this tool is as good as none.
        let entry: Option<Entry> = serde_json::from_slice(&bytes).ok();
        Ok(entry.filter(|entry| {
            fs::metadata(self.runner(&entry.digest))
                .is_ok_and(|runner| runner.len() == entry.binary_bytes)
        }))
    }

    /// Notes what a key names.
    pub(super) fn note(&self, key: &str, entry: &Entry) -> Result<(), BuildError> {
        Ok(atomic_file::write_json(&self.record(key), entry)?)
    }

    /// Copies an executable to where its digest says; the size and the digest. Not a link: the
    /// linker writes into the file that it finds.
    pub(super) fn keep(&self, executable: &Path) -> Result<(String, u64), BuildError> {
        let content = fs::read(executable).map_err(BuildError::io("reading", executable))?;
        let digest = blake3::hash(&content).to_hex().to_string();
        let path = self.runner(&digest);
        let bytes = content.len() as u64;
        if fs::metadata(&path).is_ok_and(|kept| kept.len() == bytes) {
            return Ok((digest, bytes));
        }
        atomic_file::write_executable(&path, &content)?;
        Ok((digest, bytes))
    }

    /// Takes a runner away again.
    pub(super) fn forget(&self, digest: &str) -> Result<(), BuildError> {
        let path = self.runner(digest);
        fs::remove_file(&path).map_err(BuildError::io("removing", &path))
    }

    pub(super) fn runner(&self, digest: &str) -> PathBuf {
        self.runners.join(digest)
    }

    /// A kept runner as it is started.
    pub(super) fn built(&self, entry: &Entry, checkout: &Checkout) -> Built {
        let runner = self.runner(&entry.digest);
        Built {
            command: vec![runner.clone().into_os_string()],
            runner,
            folder: checkout.path.clone(),
            digest: entry.digest.clone(),
            tree: Some(entry.tree.clone()),
            binary_bytes: entry.binary_bytes,
            cpu_seconds: entry.cpu_seconds,
        }
    }

    fn record(&self, key: &str) -> PathBuf {
        self.builds.join(format!("{key}.json"))
    }
}
