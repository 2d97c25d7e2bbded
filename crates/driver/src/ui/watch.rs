//! Watches an exploration from another terminal by reading its progress files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bakeoff_protocol::progress::Progress;
use jiff::Timestamp;

use crate::record::progress::is_final;
use crate::ui::reporter::{Reporter, ReporterEvent};

/// Age of the last heartbeat above which the driver is assumed to have ended.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(90);

/// Reason why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    /// Every variant is in a final state.
    Done,
    /// There was no heartbeat for 90 s, or the caller stopped watching.
    Silent,
}

/// Reads every progress file of a directory, by variant.
///
/// Skips files that are incomplete; the next call reads them.
#[must_use]
pub fn read_progress(progress_folder: &Path) -> BTreeMap<String, Progress> {
    let Ok(entries) = fs::read_dir(progress_folder) else { return BTreeMap::new() };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .filter(|path| path.to_string_lossy().ends_with("_progress.json"))
        .filter_map(|path| serde_json::from_slice::<Progress>(&fs::read(path).ok()?).ok())
        .map(|progress| (progress.variant.clone(), progress))
        .collect()
}

/// Reports changes of the progress files until all variants are done.
///
/// `pause` waits between two reads and returns false to stop.
pub fn watch(
    progress_folder: &Path,
    reporter: &dyn Reporter,
    mut pause: impl FnMut() -> bool,
) -> WatchEnd {
    let mut reported: BTreeMap<String, Progress> = BTreeMap::new();
    loop {
        let current = read_progress(progress_folder);
        if current.keys().any(|name| !reported.contains_key(name)) {
            let names: Vec<String> = current.keys().cloned().collect();
            reporter.report(&ReporterEvent::Variants(&names));
        }
        for (name, progress) in &current {
            if reported.get(name) != Some(progress) {
                reporter.report(&ReporterEvent::Variant(progress));
            }
        }
        // Files that could not be read keep their last state.
        reported.extend(current);
        if !reported.is_empty() && reported.values().all(|progress| is_final(progress.status)) {
            return WatchEnd::Done;
        }
        if is_silent(&reported, Timestamp::now()) || !pause() {
            return WatchEnd::Silent;
        }
    }
}

/// Returns true if the last heartbeat is too old.
fn is_silent(progress: &BTreeMap<String, Progress>, now: Timestamp) -> bool {
    let last = progress.values().map(|progress| progress.heartbeat).max();
    let silence = last.map_or(i64::MAX, |last| now.as_second() - last.as_second());
    silence > HEARTBEAT_TIMEOUT.as_secs() as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bakeoff_protocol::progress::{Phase, Status};

    use super::*;
    use crate::record::progress::tests::pending_variant;

    #[derive(Default)]
    struct ReportedEvents(Mutex<Vec<String>>);

    impl Reporter for ReportedEvents {
        fn report(&self, event: &ReporterEvent<'_>) {
            let shown = match event {
                ReporterEvent::Variants(names) => names.join(","),
                ReporterEvent::Variant(progress) => format!("{:?}", progress.phase),
                _ => String::new(),
            };
            self.0.lock().unwrap().push(shown);
        }
    }

    #[test]
    fn every_change_is_reported_once_until_all_variants_are_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lru_progress.json");
        let mut progress = pending_variant();
        progress.heartbeat = Timestamp::now();
        let write = |progress: &Progress| {
            fs::write(&path, serde_json::to_vec(progress).unwrap()).unwrap();
        };
        write(&progress);
        let heard = ReportedEvents::default();
        let mut reads = 0;
        let end = watch(folder.path(), &heard, || {
            reads += 1;
            match reads {
                1 => {}
                2 => {
                    progress.phase = Phase::Building;
                    write(&progress);
                }
                // A partially written file.
                3 => fs::write(&path, "{\"schema\":1").unwrap(),
                _ => {
                    (progress.phase, progress.status) = (Phase::Done, Status::Completed);
                    write(&progress);
                }
            }
            true
        });
        assert_eq!(end, WatchEnd::Done);
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard, ["lru", "Preparing", "Building", "Done"]);
    }

    #[test]
    fn watching_ends_without_a_heartbeat() {
        let folder = tempfile::tempdir().unwrap();
        let heard = ReportedEvents::default();
        assert_eq!(watch(folder.path(), &heard, || true), WatchEnd::Silent);
        let progress = pending_variant();
        fs::write(folder.path().join("lru_progress.json"), serde_json::to_vec(&progress).unwrap())
            .unwrap();
        assert_eq!(
            watch(folder.path(), &heard, || panic!("watch must not wait")),
            WatchEnd::Silent
        );
    }
}
