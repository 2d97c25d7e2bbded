//! Tests figures of a variant and of the whole run.

use crate::fixture::{Fixture, round_of};
use bakeoff_analysis::analyze;
use bakeoff_protocol::results::{Check, Results};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Capacity, Meter};

/// Returns the results of a fixture after `change` is applied to every trial.
fn results(fixture: &Fixture, change: impl Fn(&mut TrialRecord)) -> Results {
    let mut records = fixture.records();
    for record in &mut records {
        if let Record::Trial(trial) = record {
            change(trial);
        }
    }
    analyze(&fixture.input_with(fixture.exploration(), records), None)
}

#[test]
fn noise_is_computed_from_timed_rounds_only() {
    let noise = |change: fn(&mut TrialRecord)| {
        results(&Fixture::typical(), change).run_checks.iter().find_map(|check| match check.check {
            Check::Noise { spread } => Some(spread),
            _ => None,
        })
    };
    let plain = noise(|_| {}).unwrap();
    assert!((0.01..0.05).contains(&plain), "{plain}");
    let variable_memory = noise(|trial| {
        let round = u64::from(round_of(trial));
        if trial.spec.meter == Meter::Memory {
            trial.report_mut().unwrap().entries_held /= round + 1;
        }
    });
    assert_eq!(variable_memory, Some(plain), "spread of the memory per entry");
}

#[test]
fn peak_memory_is_taken_at_the_timed_capacity() {
    let fixture = Fixture { memory: false, ..Fixture::typical() };
    let results = results(&fixture, |trial| {
        let timed = trial.timed_slot().is_some();
        let peak = match trial.spec.capacity {
            Capacity::Entries(50_000) => 900 << 20,
            Capacity::Unbounded => 700 << 20,
            _ if timed => 41 << 20,
            _ => 40 << 20,
        };
        trial.report_mut().unwrap().peak_rss_bytes = peak;
    });
    let peak = |name: &str| {
        let rows = &results.scenarios[0].figures;
        rows.iter().find(|row| row.variant == name).unwrap().peak_rss_bytes.unwrap() >> 20
    };
    assert_eq!((peak("lru"), peak("redis")), (41, 41));
    assert_eq!(peak("dict"), 700, "an unbounded variant has one capacity");
}
