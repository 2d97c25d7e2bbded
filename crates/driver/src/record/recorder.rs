//! Writes the samples of an exploration and the progress of its variants.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::sample::Record;

use crate::record::atomic_file::FileError;
use crate::record::history::History;
use crate::record::paths::ExplorationDir;
use crate::record::progress::VariantEvent;
use crate::record::progress_store::ProgressStore;
use crate::record::store::SampleStore;
use crate::ui::reporter::Reporter;

/// Samples and progress files of one exploration, shared by all threads.
pub struct Recorder<'a> {
    samples: Mutex<SampleStore>,
    progress: ProgressStore<'a>,
}

impl<'a> Recorder<'a> {
    /// Creates a recorder that appends to `samples` and writes progress files below `files`.
    #[must_use]
    pub fn new(samples: SampleStore, files: ExplorationDir, reporter: &'a dyn Reporter) -> Self {
        Self { samples: Mutex::new(samples), progress: ProgressStore::new(files, reporter) }
    }

    /// Runs a query on the samples of this run and of earlier runs.
    pub fn query<T>(&self, query: impl FnOnce(History<'_>) -> T) -> T {
        query(History(self.samples().records()))
    }

    /// Returns the number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples().records().len()
    }

    /// Returns true if there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a sample; when it returns, the sample is on disk.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn append(&self, record: Record) -> Result<(), FileError> {
        self.samples().append(record)
    }

    /// Starts to track the progress of a variant.
    ///
    /// # Errors
    /// [`FileError`] if the progress file cannot be written.
    pub fn track(&self, progress: Progress) -> Result<(), FileError> {
        self.progress.add(progress)
    }

    /// Applies an event to the progress of a variant.
    ///
    /// # Errors
    /// [`FileError`] if the progress file cannot be written.
    pub fn apply(&self, variant: &str, event: VariantEvent) -> Result<(), FileError> {
        self.progress.apply(variant, event)
    }

    /// Describes the current step of a variant in a few words.
    pub fn set_step(&self, variant: &str, step: &str) {
        self.progress.set_step(variant, step);
    }

    /// Updates the heartbeat of every running variant.
    ///
    /// # Errors
    /// [`FileError`] if a progress file cannot be written.
    pub fn heartbeat(&self) -> Result<(), FileError> {
        self.progress.heartbeat()
    }

    /// Returns the progress of every variant by name.
    #[must_use]
    pub fn progress(&self) -> BTreeMap<String, Progress> {
        self.progress.states()
    }

    fn samples(&self) -> MutexGuard<'_, SampleStore> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
