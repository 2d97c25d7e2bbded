//! Built runners by content under `runners/`, and records of what they were built from under
//! `builds/`, both in `results/.cache`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::BuildError;
use super::runner::Built;
use crate::record::atomic_file;
use crate::source::Checkout;

/// Record of a built runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Digest of the executable, and its file name.
    pub(super) digest: String,
    /// Tree that the runner reports.
    pub(super) tree: String,
    pub(super) binary_bytes: u64,
    /// See [`Built::cpu_seconds`].
    pub(super) cpu_seconds: Option<f64>,
}

/// The cached runners.
pub(super) struct Cache {
    root: PathBuf,
    runners: PathBuf,
    builds: PathBuf,
}

impl Cache {
    pub(super) fn new(cache: &Path) -> Self {
        Self {
            root: cache.to_path_buf(),
            runners: cache.join("runners"),
            builds: cache.join("builds"),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The record for a key, if its runner still exists.
    pub(super) fn find(&self, key: &str) -> Result<Option<Entry>, BuildError> {
        let path = self.record(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BuildError::io("read", &path)(error)),
        };
        // A record that another version of this tool wrote differently counts as missing.
        let entry: Option<Entry> = serde_json::from_slice(&bytes).ok();
        Ok(entry.filter(|entry| {
            fs::metadata(self.runner(&entry.digest))
                .is_ok_and(|runner| runner.len() == entry.binary_bytes)
        }))
    }

    /// Writes the record for a key.
    pub(super) fn record_build(&self, key: &str, entry: &Entry) -> Result<(), BuildError> {
        Ok(atomic_file::write_json(&self.record(key), entry)?)
    }

    /// Copies an executable into the cache and returns its digest and size.
    ///
    /// A link would not do: the linker overwrites the file of an earlier build.
    pub(super) fn copy(&self, executable: &Path) -> Result<(String, u64), BuildError> {
        let content = fs::read(executable).map_err(BuildError::io("read", executable))?;
        let digest = blake3::hash(&content).to_hex().to_string();
        let path = self.runner(&digest);
        let bytes = content.len() as u64;
        if fs::metadata(&path).is_ok_and(|existing| existing.len() == bytes) {
            return Ok((digest, bytes));
        }
        atomic_file::write_executable(&path, &content)?;
        Ok((digest, bytes))
    }

    /// Removes a runner.
    pub(super) fn remove(&self, digest: &str) -> Result<(), BuildError> {
        let path = self.runner(digest);
        fs::remove_file(&path).map_err(BuildError::io("remove", &path))
    }

    pub(super) fn runner(&self, digest: &str) -> PathBuf {
        self.runners.join(digest)
    }

    /// The start command of a cached runner.
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
