//! Which samples a figure of the page may come from.

use std::fs;

use crate::fixture::{Fixture, round_of};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Capacity, Meter};
use bakeoff_report::{Report, load};

/// The report over a fixture's records after a change to every trial.
fn report(fixture: &Fixture, change: impl Fn(&mut TrialRecord)) -> Report {
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    let line = |mut record: Record| {
        if let Record::Trial(trial) = &mut record {
            change(trial);
        }
        format!("{}\n", serde_json::to_string(&record).unwrap())
    };
    let lines: String = fixture.records().into_iter().map(line).collect();
    fs::write(folder.path().join("samples.jsonl"), lines).unwrap();
    load(folder.path()).unwrap()
}

#[test]
fn noise_is_that_of_the_timed_rounds_alone() {
    let fixture = Fixture::typical();
    let noise = report(&fixture, |_| {}).health.noise.unwrap();
    assert!((0.01..0.05).contains(&noise), "{noise}");
    let wild = report(&fixture, |trial| {
        if trial.spec.meter == Meter::Memory {
            let divisor = u64::from(round_of(trial)) + 1;
            trial.report_mut().unwrap().entries_held /= divisor;
        }
    });
    assert_eq!(wild.health.noise, Some(noise), "bytes an entry spread as they like");
}

#[test]
fn the_highest_size_is_that_at_the_timed_capacity() {
    let fixture = Fixture { memory: false, ..Fixture::typical() };
    let peaks = report(&fixture, |trial| {
        let peak = match trial.spec.capacity {
            Capacity::Entries(50_000) => 900 << 20,
            Capacity::Unbounded => 700 << 20,
            _ if trial.timed_slot().is_some() => 41 << 20,
            _ => 40 << 20,
        };
        trial.report_mut().unwrap().peak_rss_bytes = peak;
    });
    let rows = &peaks.scenarios[0].rows;
    let peak = |name: &str| {
        let row = rows.iter().find(|row| row.variant == name).unwrap();
        row.peak_rss_bytes.unwrap() >> 20
    };
    assert_eq!((peak("lru"), peak("redis")), (41, 41));
    assert_eq!(peak("dict"), 700, "without a limit there is one for all");
}
