//! Progress of every variant, written to its progress file and sent to the reporter.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bakeoff_protocol::progress::{Progress, Status};
use jiff::Timestamp;

use crate::record::atomic_file::{self, FileError};
use crate::record::paths;
use crate::record::progress::{self, VariantEvent};
use crate::ui::reporter::{Reporter, ReporterEvent};

/// Minimum interval between two writes that change only numbers.
const WRITE_INTERVAL: Duration = Duration::from_millis(500);

/// Progress of the variants of one exploration.
pub struct ProgressStore<'a> {
    files: paths::ExplorationDir,
    reporter: &'a dyn Reporter,
    states: Mutex<BTreeMap<String, TrackedVariant>>,
}

struct TrackedVariant {
    progress: Progress,
    written: Option<Instant>,
}

impl<'a> ProgressStore<'a> {
    /// Creates an empty store.
    #[must_use]
    pub fn new(files: paths::ExplorationDir, reporter: &'a dyn Reporter) -> Self {
        Self { files, reporter, states: Mutex::new(BTreeMap::new()) }
    }

    /// Adds a variant and writes its progress file.
    ///
    /// # Errors
    /// [`FileError`] if its file cannot be written.
    pub fn add(&self, progress: Progress) -> Result<(), FileError> {
        let mut progress = progress;
        let variant = progress.variant.clone();
        progress.durations_seconds = self.spent_before(&progress);
        let state = TrackedVariant { progress, written: None };
        self.lock().insert(variant.clone(), state);
        self.apply(&variant, VariantEvent::Heartbeat)
    }

    /// Returns the durations that earlier runs spent on the same commit; this run adds to them.
    fn spent_before(&self, progress: &Progress) -> BTreeMap<String, f64> {
        let text = std::fs::read(self.files.progress(&progress.variant)).unwrap_or_default();
        match serde_json::from_slice::<Progress>(&text) {
            Ok(before)
                if (&before.commit, &before.strategy) == (&progress.commit, &progress.strategy) =>
            {
                before.durations_seconds
            }
            _ => BTreeMap::new(),
        }
    }

    /// Describes the current step of a variant.
    pub fn set_step(&self, variant: &str, step: &str) {
        // An error is ignored here, because the next event reports it.
        let _ = self.apply(variant, VariantEvent::Step(step.to_owned()));
    }

    /// Applies an event and writes the progress file.
    ///
    /// Events that only change numbers are written at most once per interval.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be written.
    pub fn apply(&self, variant: &str, event: VariantEvent) -> Result<(), FileError> {
        let numbers_only = matches!(
            event,
            VariantEvent::Advanced { .. } | VariantEvent::Heartbeat | VariantEvent::Step(_)
        );
        let mut states = self.lock();
        let Some(state) = states.get_mut(variant) else { return Ok(()) };
        state.progress = progress::after(&state.progress, event, Timestamp::now());
        self.reporter.report(&ReporterEvent::Variant(&state.progress));
        if numbers_only && state.written.is_some_and(|at| at.elapsed() < WRITE_INTERVAL) {
            return Ok(());
        }
        self.write(state)
    }

    /// Updates the heartbeat of every running variant.
    ///
    /// # Errors
    /// [`FileError`] if a file cannot be written.
    pub fn heartbeat(&self) -> Result<(), FileError> {
        for state in self.lock().values_mut() {
            if state.progress.status == Status::Running {
                state.progress =
                    progress::after(&state.progress, VariantEvent::Heartbeat, Timestamp::now());
                self.write(state)?;
            }
        }
        Ok(())
    }

    /// Returns the progress of every variant.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, Progress> {
        self.lock().iter().map(|(name, state)| (name.clone(), state.progress.clone())).collect()
    }

    fn write(&self, state: &mut TrackedVariant) -> Result<(), FileError> {
        atomic_file::write_json(&self.files.progress(&state.progress.variant), &state.progress)?;
        state.written = Some(Instant::now());
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, TrackedVariant>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the progress files of variants that are not in `variants`; their samples stay.
///
/// # Errors
/// [`FileError`] if the directory cannot be read or a file cannot be removed.
pub fn remove_others(files: &paths::ExplorationDir, variants: &[String]) -> Result<(), FileError> {
    let folder = files.progress_folder();
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(()) };
    let known: Vec<PathBuf> = variants.iter().map(|variant| files.progress(variant)).collect();
    for entry in entries {
        let path = entry.map_err(FileError::at(&folder))?.path();
        let is_progress = path.to_string_lossy().ends_with("_progress.json");
        if is_progress && !known.contains(&path) {
            std::fs::remove_file(&path).map_err(FileError::at(&path))?;
        }
    }
    Ok(())
}
