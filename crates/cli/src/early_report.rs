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
                let here = workspace::here().unwrap_or_default();
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
