//! Where every variant stands: the progress files, and whoever watches.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bakeoff_protocol::progress::{Progress, Status};
use jiff::Timestamp;

use crate::record::atomic_file::{self, FileError};
use crate::record::paths;
use crate::record::progress::{self, Event};
use crate::ui::reporter::{News, Reporter};

/// Pause between two writings of a file in which only figures moved.
const CALM: Duration = Duration::from_millis(500);

/// The board of one exploration.
pub struct Board<'a> {
    files: paths::Exploration,
    reporter: &'a dyn Reporter,
    states: Mutex<BTreeMap<String, State>>,
}

struct State {
    progress: Progress,
    written: Option<Instant>,
}

impl<'a> Board<'a> {
    /// An empty board.
    #[must_use]
    pub fn new(files: paths::Exploration, reporter: &'a dyn Reporter) -> Self {
        Self { files, reporter, states: Mutex::new(BTreeMap::new()) }
    }

    /// Puts a variant on the board.
    ///
    /// # Errors
    /// [`FileError`] if its file cannot be written.
    pub fn enter(&self, progress: Progress) -> Result<(), FileError> {
        let mut progress = progress;
        let variant = progress.variant.clone();
        progress.durations_seconds = self.spent_before(&progress);
        let state = State { progress, written: None };
        self.lock().insert(variant.clone(), state);
        self.apply(&variant, Event::Heartbeat)
    }

    /// Seconds that earlier runs spent on the very same code: their work counts in this one.
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

    /// Says what is under way for a variant, in a few words.
    pub fn step(&self, variant: &str, step: &str) {
        // A file that cannot be written is told by the next event that matters.
        let _ = self.apply(variant, Event::Step(step.to_owned()));
    }

    /// Takes note of an event; the file follows at once, or shortly where only figures moved.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be written.
    pub fn apply(&self, variant: &str, event: Event) -> Result<(), FileError> {
        let moved_only =
            matches!(event, Event::Advanced { .. } | Event::Heartbeat | Event::Step(_));
        let mut states = self.lock();
        let Some(state) = states.get_mut(variant) else { return Ok(()) };
        state.progress = progress::after(&state.progress, event, Timestamp::now());
        self.reporter.hear(&News::Variant(&state.progress));
        if moved_only && state.written.is_some_and(|at| at.elapsed() < CALM) {
            return Ok(());
        }
        self.write(state)
    }

    /// A sign of life in every file of a variant that is under way.
    ///
    /// # Errors
    /// [`FileError`] if a file cannot be written.
    pub fn beat(&self) -> Result<(), FileError> {
        for state in self.lock().values_mut() {
            if state.progress.status == Status::Running {
                state.progress =
                    progress::after(&state.progress, Event::Heartbeat, Timestamp::now());
                self.write(state)?;
            }
        }
        Ok(())
    }

    /// Every variant's state.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, Progress> {
        self.lock().iter().map(|(name, state)| (name.clone(), state.progress.clone())).collect()
    }

    /// One variant's state.
    #[must_use]
    pub fn state(&self, variant: &str) -> Option<Progress> {
        self.lock().get(variant).map(|state| state.progress.clone())
    }

    fn write(&self, state: &mut State) -> Result<(), FileError> {
        atomic_file::write_json(&self.files.progress(&state.progress.variant), &state.progress)?;
        state.written = Some(Instant::now());
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the progress files of variants that are not part of this run; their samples stay.
///
/// # Errors
/// [`FileError`] if the directory cannot be read or a file cannot be removed.
pub fn remove_others(files: &paths::Exploration, variants: &[String]) -> Result<(), FileError> {
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
