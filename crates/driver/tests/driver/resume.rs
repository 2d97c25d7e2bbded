//! Checks that stopped runs are continued, and that a run without changes does nothing.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use bakeoff_driver::error::ExploreError;
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::record::locks::name_lock::NameLock;
use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_driver::ui::reporter::{Reporter, ReporterEvent};
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::{Meter, TimedSlot};

use crate::stage::{Stage, StopAfterRounds};

fn trials(records: &[Record]) -> Vec<&TrialRecord> {
    let mut trials = Vec::new();
    for record in records {
        if let Record::Trial(trial) = record {
            trials.push(&**trial);
        }
    }
    trials
}

fn slot(trial: &TrialRecord) -> &TimedSlot {
    trial.timed_slot().unwrap()
}

#[test]
fn a_second_run_with_nothing_changed_records_nothing() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too", "unbounded"]);
    let first = stage.explore(&request).unwrap();
    assert!(!first.unchanged);
    let samples = fs::read(stage.samples()).unwrap();
    let second = stage.explore(&request).unwrap();
    assert!(second.unchanged);
    assert_eq!(fs::read(stage.samples()).unwrap(), samples);
    for (before, after) in first.variants.iter().zip(&second.variants) {
        assert_eq!(after.status, Status::Completed);
        assert_eq!(before.hit_ratio, after.hit_ratio);
        assert_eq!(before.requests_per_second, after.requests_per_second);
    }
}

/// Counts the reports of samples.
#[derive(Default)]
struct SampleReports(AtomicUsize);

impl Reporter for SampleReports {
    fn report(&self, event: &ReporterEvent<'_>) {
        if let ReporterEvent::Samples { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_second_run_reports_the_known_replays_of_a_variant_once() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too"]);
    stage.explore(&request).unwrap();
    let reports = SampleReports::default();
    stage.explore_with_reporter(&request, &reports, &Interrupt::default()).unwrap();
    assert_eq!(reports.0.into_inner(), 2);
}

#[test]
fn every_round_contains_all_variants_and_the_aa_control_with_the_same_window() {
    let stage = Stage::new();
    let mut request = stage.request(&["good", "good-too", "unbounded"]);
    request.rounds = Some(4);
    stage.explore(&request).unwrap();
    let records = stage.records();
    let mut starts = Vec::new();
    let mut firsts = BTreeMap::new();
    for round in 0..4 {
        let mut of_round: Vec<&TrialRecord> = trials(&records)
            .into_iter()
            .filter(|trial| trial.spec.meter == Meter::Throughput && slot(trial).round == round)
            // On a busy machine a trial may have been repeated.
            .filter(|trial| slot(trial).attempt == 0)
            .collect();
        of_round.sort_by_key(|trial| slot(trial).position);
        let discarded = of_round.remove(0);
        let last = of_round.last().unwrap();
        let cell = |trial: &'_ TrialRecord| (trial.spec.variant.clone(), slot(trial).aa_control);
        assert_eq!(cell(discarded), cell(last));
        let mut entries: Vec<(&str, bool)> = of_round
            .iter()
            .map(|trial| (trial.spec.variant.as_str(), slot(trial).aa_control))
            .collect();
        *firsts.entry(entries[0]).or_insert(0) += 1;
        entries.sort_unstable();
        assert_eq!(
            entries,
            [("good", false), ("good", true), ("good-too", false), ("unbounded", false)]
        );
        let windows: Vec<_> = of_round.iter().map(|trial| trial.spec.window.unwrap()).collect();
        assert!(windows.iter().all(|window| *window == windows[0]));
        starts.push(windows[0].start);
    }
    assert_eq!(firsts.len(), 4, "each entry comes first once: {firsts:?}");
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), 4, "the window moves");
}

#[test]
fn additional_rounds_continue_the_existing_rounds() {
    let stage = Stage::new();
    let mut request = stage.request(&["good", "good-too"]);
    stage.explore(&request).unwrap();
    request.rounds = Some(5);
    stage.explore(&request).unwrap();
    assert_eq!(stage.rounds(), [0, 1, 2, 3, 4]);
}

#[test]
fn an_interrupted_run_is_continued() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too"]);
    let interrupt = Interrupt::default();
    let stopper = StopAfterRounds { rounds: 1, interrupt: interrupt.clone() };
    let outcome = stage.explore_with_reporter(&request, &stopper, &interrupt).unwrap();
    assert!(outcome.interrupted);
    assert_eq!(stage.progress("good").status, Status::Pending);
    assert_eq!(stage.rounds(), [0]);
    let outcome = stage.explore(&request).unwrap();
    assert!(!outcome.interrupted);
    assert_eq!(stage.rounds(), [0, 1, 2]);
    assert_eq!(stage.progress("good").status, Status::Completed);
}

#[test]
fn a_run_with_truncated_samples_is_completed() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too"]);
    stage.explore(&request).unwrap();
    let whole = fs::read(stage.samples()).unwrap();
    let complete = first_attempts(&stage.records());
    // The file is cut at several places, as by `kill -9` during a write.
    for share in [0.05, 0.3, 0.5, 0.77, 0.9, 0.99] {
        let cut = (whole.len() as f64 * share) as usize;
        fs::write(stage.samples(), &whole[..cut]).unwrap();
        fs::write(stage.results().join(".writing-left"), b"half a file").unwrap();
        stage.explore(&request).unwrap();
        assert_eq!(stage.rounds(), [0, 1, 2], "cut at {share}");
        // At most the trials of the interrupted round are recorded twice.
        let again = first_attempts(&stage.records());
        // A round has four trials: two variants, the A/A control and the discarded one.
        assert!((complete..=complete + 4).contains(&again), "cut at {share}: {again}");
        assert!(!stage.results().join(".writing-left").exists());
    }
}

/// Counts the records without the trials that were repeated because of a disturbance.
fn first_attempts(records: &[Record]) -> usize {
    let repeats = trials(records)
        .into_iter()
        .filter(|trial| trial.spec.schedule.timed().is_some_and(|slot| slot.attempt > 0));
    records.len() - repeats.count()
}

#[test]
fn a_changed_variant_repeats_the_rounds_but_not_the_exact_replays_of_others() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too"]);
    stage.explore(&request).unwrap();
    let before = stage.records();
    let changed = String::from("good-too, rewritten");
    stage.digests.lock().unwrap().insert(String::from("good-too"), changed);
    stage.explore(&request).unwrap();
    let after = stage.records();
    let new = &after[before.len()..];
    let exact: Vec<&str> = trials(new)
        .into_iter()
        .filter(|trial| trial.spec.meter == Meter::HitRatio)
        .map(|trial| trial.spec.variant.as_str())
        .collect();
    assert_eq!(exact, ["good-too", "good-too"]);
    assert_eq!(stage.rounds(), [0, 1, 2, 0, 1, 2]);
}

#[test]
fn a_removed_variant_leaves_only_its_samples() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["good", "good-too"])).unwrap();
    stage.explore(&stage.request(&["good"])).unwrap();
    assert!(!stage.results().join("results/good-too_progress.json").exists());
    let records = stage.records();
    assert!(trials(&records).iter().any(|trial| trial.spec.variant == "good-too"));
}

#[test]
fn a_recorded_failure_is_repeated_only_on_request() {
    let stage = Stage::new();
    let mut request = stage.request(&["good", "panics", "timed-panics"]);
    stage.explore(&request).unwrap();
    let before = stage.records().len();
    let again = stage.explore(&request).unwrap();
    assert!(again.unchanged);
    assert_eq!(again.failed().len(), 2);
    request.retry_failed = true;
    stage.explore(&request).unwrap();
    let new = &stage.records()[before..];
    let failed = trials(new).into_iter().filter(|trial| !trial.is_completed());
    let mut failed: Vec<&str> = failed.map(|trial| trial.spec.variant.as_str()).collect();
    failed.sort_unstable();
    assert_eq!(failed, ["panics", "timed-panics"]);
}

#[test]
fn a_second_driver_of_the_same_exploration_is_refused() {
    let stage = Stage::new();
    let results = ResultsDir::in_workspace(stage.root());
    let name = "test".parse().unwrap();
    let _held = NameLock::take("test", &results.lock(&name)).unwrap();
    let error = stage.explore(&stage.request(&["good"])).unwrap_err();
    assert!(matches!(error, ExploreError::Lock(_)) && error.is_usage());
    assert!(!stage.results().exists());
}

#[test]
fn a_restart_archives_the_earlier_run() {
    let stage = Stage::new();
    let mut request = stage.request(&["good"]);
    stage.explore(&request).unwrap();
    let samples = fs::read(stage.samples()).unwrap();
    request.restart = true;
    stage.explore(&request).unwrap();
    let history: Vec<_> =
        fs::read_dir(stage.results().join("history")).unwrap().map(Result::unwrap).collect();
    assert_eq!(history.len(), 1);
    assert_eq!(fs::read(history[0].path().join("samples.jsonl")).unwrap(), samples);
    assert!(history[0].path().join("results/good_progress.json").exists());
    assert_eq!(stage.rounds(), [0, 1, 2]);
}
