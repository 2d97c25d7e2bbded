//! Cache of built runners in `results/.cache`.
//!
//! `runners/` contains the executables, named by their digests. `builds/` contains one record per
//! cache key, which names an executable.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::build::error::BuildError;
use crate::build::runner::BuiltRunner;
use crate::record::atomic_file;
use crate::source::Checkout;

/// Record in `builds/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::build) struct CacheEntry {
    /// Digest of the executable; also its file name in `runners/`.
    pub(in crate::build) digest: String,
    /// Tree id that the runner reports.
    pub(in crate::build) tree: String,
    pub(in crate::build) binary_bytes: u64,
    /// See [`BuiltRunner::cpu_seconds`].
    pub(in crate::build) cpu_seconds: Option<f64>,
}

pub(in crate::build) struct RunnerCache {
    root: PathBuf,
    runners: PathBuf,
    builds: PathBuf,
}

impl RunnerCache {
    pub(in crate::build) fn new(cache: &Path) -> Self {
        Self {
            root: cache.to_path_buf(),
            runners: cache.join("runners"),
            builds: cache.join("builds"),
        }
    }

    pub(in crate::build) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the record for a key, if the runner still exists.
    pub(in crate::build) fn find(&self, key: &str) -> Result<Option<CacheEntry>, BuildError> {
        let path = self.record(key);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BuildError::io("read", &path)(error)),
        };
        // A record in the format of another version of this program counts as missing.
        let entry: Option<CacheEntry> = serde_json::from_slice(&bytes).ok();
        Ok(entry.filter(|entry| {
            fs::metadata(self.runner(&entry.digest))
                .is_ok_and(|runner| runner.len() == entry.binary_bytes)
        }))
    }

    pub(in crate::build) fn record_build(
        &self,
        key: &str,
        entry: &CacheEntry,
    ) -> Result<(), BuildError> {
        Ok(atomic_file::write_json(&self.record(key), entry)?)
    }

    /// Copies an executable into the cache and returns its digest and size.
    ///
    /// Does not link it, because the linker overwrites the executable of an earlier build.
    pub(in crate::build) fn copy(&self, executable: &Path) -> Result<(String, u64), BuildError> {
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

    pub(in crate::build) fn remove(&self, digest: &str) -> Result<(), BuildError> {
        let path = self.runner(digest);
        fs::remove_file(&path).map_err(BuildError::io("remove", &path))
    }

    pub(in crate::build) fn runner(&self, digest: &str) -> PathBuf {
        self.runners.join(digest)
    }

    /// Returns a cached runner with its start command.
    pub(in crate::build) fn built(&self, entry: &CacheEntry, checkout: &Checkout) -> BuiltRunner {
        let runner = self.runner(&entry.digest);
        BuiltRunner {
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
