//! Writes the page while an exploration runs, whenever new samples are on disk.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bakeoff_driver::ui::reporter::{Reporter, ReporterEvent};
use bakeoff_report::PAGE;

use crate::{report_files, workspace};

/// Shortest interval between the ends of two updates.
const MIN_INTERVAL: Duration = Duration::from_secs(5);
/// Ratio of the interval to the duration of an update: updates take at most a twentieth of the time.
const INTERVAL_PER_UPDATE: u32 = 20;

/// Reporter that keeps the page up to date and passes all events on.
pub struct EarlyReport<'a> {
    inner: &'a dyn Reporter,
    updates: Mutex<Updates>,
}

#[derive(Default)]
struct Updates {
    next: Option<Instant>,
    announced: bool,
}

impl<'a> EarlyReport<'a> {
    pub fn new(inner: &'a dyn Reporter) -> Self {
        Self { inner, updates: Mutex::new(Updates::default()) }
    }

    fn update(&self, folder: &Path) {
        // While one thread writes the page, the others continue.
        let Ok(mut updates) = self.updates.try_lock() else { return };
        let start = Instant::now();
        if updates.next.is_some_and(|next| start < next) {
            return;
        }
        let note = match report_files::write(folder) {
            Ok(_) => {
                let page = folder.join(PAGE);
                let here = workspace::current_directory().unwrap_or_default();
                let page = page.strip_prefix(&here).unwrap_or(&page);
                format!("preliminary report: {} (updates itself)", page.display())
            }
            Err(error) => format!("cannot write the preliminary report: {error:#}"),
        };
        if !updates.announced {
            self.inner.report(&ReporterEvent::Note(&note));
            updates.announced = true;
        }
        let end = Instant::now();
        updates.next = Some(end + MIN_INTERVAL.max(INTERVAL_PER_UPDATE * (end - start)));
    }
}

impl Reporter for EarlyReport<'_> {
    fn report(&self, event: &ReporterEvent<'_>) {
        if let ReporterEvent::Samples { folder } = event {
            self.update(folder);
        }
        self.inner.report(event);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Reporter for Notes {
        fn report(&self, event: &ReporterEvent<'_>) {
            if let ReporterEvent::Note(note) = event {
                self.0.lock().unwrap().push((*note).to_owned());
            }
        }
    }

    /// Copies the recorded run, with one variant that is still running.
    fn running(folder: &Path) {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/run");
        fs::create_dir_all(folder.join("results")).unwrap();
        fs::copy(kept.join("exploration.json"), folder.join("exploration.json")).unwrap();
        let mut samples = Vec::new();
        let packed = fs::File::open(kept.join("samples.jsonl.gz")).unwrap();
        GzDecoder::new(packed).read_to_end(&mut samples).unwrap();
        fs::write(folder.join("samples.jsonl"), samples).unwrap();
        let progress = fs::read_to_string(kept.join("results/lru_progress.json")).unwrap();
        let running = progress.replace("\"completed\"", "\"running\"");
        assert_ne!(running, progress);
        fs::write(folder.join("results/lru_progress.json"), running).unwrap();
    }

    #[test]
    fn samples_update_a_preliminary_page_and_its_path_is_printed_once() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("mine");
        running(&folder);
        let notes = Notes::default();
        let early = EarlyReport::new(&notes);
        for _ in 0..2 {
            early.report(&ReporterEvent::Samples { folder: &folder });
        }
        let page = fs::read_to_string(folder.join(PAGE)).unwrap();
        assert!(page.contains("preliminary") && page.contains("http-equiv=\"refresh\""));
        let json = fs::read(folder.join("results.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["preliminary"], true);
        let notes = notes.0.lock().unwrap();
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains("mine/report.html"), "{notes:?}");
    }

    #[test]
    fn unreadable_records_are_reported_and_do_not_stop_the_run() {
        let root = tempfile::tempdir().unwrap();
        let notes = Notes::default();
        EarlyReport::new(&notes).report(&ReporterEvent::Samples { folder: root.path() });
        assert!(notes.0.lock().unwrap()[0].contains("cannot write the preliminary report"));
    }
}
