//! Tests of the preloaded library with ordinary programs.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failed test panics")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bakeoff_clock::{ClockPage, LIBRARY, PAGE_VARIABLE};

const DAY: Duration = Duration::from_secs(86_400);

/// Returns the seconds since 1970 that `date` prints with the library.
fn date(library: &Path, page: Option<&Path>) -> u64 {
    let mut date = Command::new("date");
    date.arg("+%s").env("LD_PRELOAD", library).env_remove(PAGE_VARIABLE);
    if let Some(page) = page {
        date.env(PAGE_VARIABLE, page);
    }
    let output = date.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn a_program_follows_its_page_and_otherwise_the_system() {
    let Some(bytes) = LIBRARY else { return };
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("clock.so");
    std::fs::write(&library, bytes).unwrap();
    let path = folder.path().join("page");
    let page = ClockPage::create(&path).unwrap();
    let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();

    assert!(!page.has_followers());
    let first = date(&library, Some(&path));
    assert!(page.has_followers());
    assert!(first.abs_diff(start) <= 1, "the clock starts at the real time");
    page.advance_to(10 * DAY);
    page.advance_to(DAY);
    assert_eq!(page.elapsed(), 10 * DAY, "the clock never goes back");
    assert_eq!(date(&library, Some(&path)), first + 10 * DAY.as_secs());
    assert!(date(&library, None).abs_diff(start) < 60);
    assert!(date(&library, Some(&folder.path().join("missing"))).abs_diff(start) < 60);
}

#[test]
fn other_files_are_not_pages() {
    let folder = tempfile::tempdir().unwrap();
    for content in ["", "bkclock1", "0123456789012345678901234567890123456789"] {
        let path = folder.path().join("other");
        std::fs::write(&path, content).unwrap();
        assert!(ClockPage::open(&path).is_err(), "{content:?}");
    }
}
