//! Watching an exploration from another terminal: reads its progress files and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bakeoff_protocol::progress::Progress;
use jiff::Timestamp;

use crate::record::progress::is_final;
use crate::ui::reporter::{News, Reporter};

/// Without a sign of life for so long nobody works on it any more.
const SILENCE: Duration = Duration::from_secs(90);

/// Why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every variant came to its end.
    Done,
    /// Nobody works on it: no sign of life for a minute and a half.
    Silent,
}

/// Every progress file of a folder, by variant. One that is being replaced or is not whole is left
/// for the next look.
#[must_use]
pub fn look(progress_folder: &Path) -> BTreeMap<String, Progress> {
    let Ok(entries) = fs::read_dir(progress_folder) else { return BTreeMap::new() };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .filter(|path| path.to_string_lossy().ends_with("_progress.json"))
        .filter_map(|path| serde_json::from_slice::<Progress>(&fs::read(path).ok()?).ok())
        .map(|progress| (progress.variant.clone(), progress))
        .collect()
}

/// Tells what changed since the last look, until all is done; `pause` waits between two looks and
/// says whether to go on.
pub fn watch(
    progress_folder: &Path,
    reporter: &dyn Reporter,
    mut pause: impl FnMut() -> bool,
) -> End {
    let mut told: BTreeMap<String, Progress> = BTreeMap::new();
    loop {
        let seen = look(progress_folder);
        if seen.keys().any(|name| !told.contains_key(name)) {
            let names: Vec<String> = seen.keys().cloned().collect();
            reporter.hear(&News::Variants(&names));
        }
        for (name, progress) in &seen {
            if told.get(name) != Some(progress) {
                reporter.hear(&News::Variant(progress));
            }
        }
        // What could not be read this time stays as it was.
        told.extend(seen);
        if !told.is_empty() && told.values().all(|progress| is_final(progress.status)) {
            return End::Done;
        }
        if is_silent(&told, Timestamp::now()) || !pause() {
            return End::Silent;
        }
    }
}

/// Whether the last sign of life was too long ago.
fn is_silent(seen: &BTreeMap<String, Progress>, now: Timestamp) -> bool {
    let last = seen.values().map(|progress| progress.heartbeat).max();
    let silence = last.map_or(i64::MAX, |last| now.as_second() - last.as_second());
    silence > SILENCE.as_secs() as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bakeoff_protocol::progress::{Phase, Status};

    use super::*;
    use crate::record::progress::tests::pending_variant;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Reporter for Heard {
        fn hear(&self, news: &News<'_>) {
            let said = match news {
                News::Variants(names) => names.join(","),
                News::Variant(progress) => format!("{:?}", progress.phase),
                _ => String::new(),
            };
            self.0.lock().unwrap().push(said);
        }
    }

    #[test]
    fn every_change_is_told_once_until_all_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lru_progress.json");
        let mut progress = pending_variant();
        progress.heartbeat = Timestamp::now();
        let write = |progress: &Progress| {
            fs::write(&path, serde_json::to_vec(progress).unwrap()).unwrap();
        };
        write(&progress);
        let heard = Heard::default();
        let mut looks = 0;
        let end = watch(folder.path(), &heard, || {
            looks += 1;
            match looks {
                1 => {}
                2 => {
                    progress.phase = Phase::Building;
                    write(&progress);
                }
                // Half a file, as a reader without luck finds it.
                3 => fs::write(&path, "{\"schema\":1").unwrap(),
                _ => {
                    (progress.phase, progress.status) = (Phase::Done, Status::Completed);
                    write(&progress);
                }
            }
            true
        });
        assert_eq!(end, End::Done);
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard, ["lru", "Preparing", "Building", "Done"]);
    }

    #[test]
    fn nobody_at_work_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let heard = Heard::default();
        assert_eq!(watch(folder.path(), &heard, || true), End::Silent);
        let progress = pending_variant();
        fs::write(folder.path().join("lru_progress.json"), serde_json::to_vec(&progress).unwrap())
            .unwrap();
        assert_eq!(watch(folder.path(), &heard, || panic!("it waits")), End::Silent);
    }
}
