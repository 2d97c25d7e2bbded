//! Checks that each misbehaving variant fails with a reason while a good variant completes.

use std::time::Duration;

use bakeoff_protocol::Meter;
use bakeoff_protocol::progress::{Phase, Status};
use bakeoff_protocol::sample::{REPLAY_LIMIT, Record, TrialOutcome, TrialRecord};

use crate::stage::Stage;

/// Explores a misbehaving and a good variant; returns the error message of the misbehaving one.
fn with_a_good_variant(bad: &str, kind: &str, phase: Phase) -> String {
    let stage = Stage::new();
    let outcome = stage.explore(&stage.request(&["good", bad])).unwrap();
    let good = stage.progress("good");
    assert_eq!((good.status, good.percent), (Status::Completed, 100.0), "{:?}", good.error);
    assert_eq!(stage.rounds(), [0, 1, 2]);
    let failed: Vec<&str> = outcome.failed().iter().map(|failed| failed.variant.as_str()).collect();
    assert_eq!(failed, [bad]);
    let progress = stage.progress(bad);
    let error = progress.error.unwrap();
    assert_eq!((error.kind.as_str(), progress.phase), (kind, phase), "{}", error.message);
    assert!(!error.hint.is_empty());
    error.message
}

macro_rules! misbehaving {
    ($($test:ident: $variant:literal => $kind:literal while $phase:ident, says $words:literal;)*) => {$(
        #[test]
        fn $test() {
            let message = with_a_good_variant($variant, $kind, Phase::$phase);
            assert!(message.contains($words), "{message}");
        }
    )*};
}

misbehaving! {
    a_variant_that_does_not_build: "does-not-build" => "build" while Building, says "E0425";
    a_variant_that_sends_nothing: "mute" => "timeout" while Building, says "hello";
    a_variant_of_another_version: "futuristic" => "protocol" while Building, says "versions 7 to 9";
    a_variant_of_another_tree: "other-tree" => "protocol" while Building, says "other";
    a_variant_that_breaks_a_rule: "breaks-a-rule" => "conformance" while Checking, says "get after put";
    a_variant_that_panics: "panics" => "panic" while Replaying, says "boom";
    a_variant_that_exits: "exits" => "exit" while Replaying, says "exit status: 7";
    a_variant_that_hangs: "hangs" => "timeout" while Replaying, says "no answer for";
    a_variant_that_prints_garbage: "prints-garbage" => "protocol" while Replaying, says "debug: Some(1)";
    a_variant_that_floods_stdout: "floods-stdout" => "protocol" while Replaying, says "flood";
    a_variant_with_an_endless_line: "endless-line" => "protocol" while Replaying, says "bytes";
    a_variant_that_eats_memory: "eats-memory" => "memory" while Replaying, says "exceeded memory budget";
    a_variant_that_takes_all_memory_at_once: "gulps-memory" => "memory" while Replaying, says "exceeded memory budget";
    a_variant_that_reports_a_wrong_checksum: "reports-wrong-checksum" => "wrong-answers" while Replaying, says "checksum";
    a_variant_that_reports_impossible_hits: "reports-impossible-hits" => "wrong-answers" while Replaying, says "no cache";
    a_variant_that_reports_a_wrong_size: "reports-wrong-size" => "over-capacity" while Replaying, says "1000000 above its capacity";
    a_variant_that_answers_wrong: "answers-wrong" => "wrong-answers" while Replaying, says "request 17: another key";
    a_variant_that_is_deaf_to_bye: "deaf-to-bye" => "timeout" while Building, says "bye";
    a_variant_that_panics_when_timed: "timed-panics" => "panic" while Measuring, says "boom";
    a_variant_that_exits_when_timed: "timed-exits" => "exit" while Measuring, says "exit status: 7";
    a_variant_that_hangs_when_timed: "timed-hangs" => "timeout" while Measuring, says "no answer for";
}

#[test]
fn a_variant_that_floods_stderr_is_measured_and_its_log_is_cut() {
    let stage = Stage::new();
    let outcome = stage.explore(&stage.request(&["good", "floods-stderr"])).unwrap();
    assert!(outcome.failed().is_empty());
    let log = stage.results().join("logs/floods-stderr/check.log");
    let replay = stage.results().join("logs/floods-stderr/replay.log");
    let size =
        [log, replay].iter().filter_map(|path| path.metadata().ok()).map(|m| m.len()).sum::<u64>();
    assert!((1..9 << 20).contains(&size), "{size} bytes of log");
}

#[test]
fn a_variant_that_floods_progress_messages_exceeds_its_time_limit() {
    let stage = Stage::new();
    let mut request = stage.request(&["floods-progress"]);
    request.time_limit = Some(std::time::Duration::from_secs(5));
    stage.explore(&request).unwrap();
    assert_eq!(stage.progress("floods-progress").error.unwrap().kind, "timeout");
}

#[test]
fn a_variant_that_exceeds_its_memory_budget_in_a_timed_trial_keeps_its_results() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["good", "timed-eats-memory"])).unwrap();
    let progress = stage.progress("timed-eats-memory");
    assert_eq!(progress.status, Status::Completed);
    assert!(
        progress.disqualified.unwrap().contains("at"),
        "the message contains the number of entries"
    );
    assert!(progress.hit_ratio.contains_key("tiny"));
    assert_eq!(stage.rounds(), [0, 1, 2]);
}

#[test]
fn a_variant_without_its_service_is_skipped_with_a_hint() {
    let stage = Stage::new();
    let outcome = stage.explore(&stage.request(&["good", "needs-redis"])).unwrap();
    assert!(outcome.failed().is_empty() && !outcome.all_skipped());
    let progress = stage.progress("needs-redis");
    assert_eq!(progress.status, Status::Skipped);
    assert!(progress.error.unwrap().message.contains("apt-get install"));
}

#[test]
fn a_replay_over_its_time_limit_leaves_its_cell_empty_but_not_the_variant() {
    let stage = Stage::new();
    let mut request = stage.request(&["good", "replays-slowly"]);
    request.replay_limit = Some(Duration::from_millis(100));
    stage.explore(&request).unwrap();
    let slow = stage.progress("replays-slowly");
    assert_eq!((slow.status, slow.hit_ratio.len()), (Status::Completed, 0), "{:?}", slow.error);
    assert_eq!(stage.rounds(), [0, 1, 2]);
    let replays = || -> Vec<TrialRecord> {
        let is_replay = |record| match record {
            Record::Trial(trial)
                if trial.spec.meter == Meter::HitRatio && trial.spec.variant != "good" =>
            {
                Some(*trial)
            }
            _ => None,
        };
        stage.records().into_iter().filter_map(is_replay).collect()
    };
    assert_eq!(replays().len(), 2, "one per capacity");
    for trial in replays() {
        let TrialOutcome::Failed { kind, message } = trial.outcome else { panic!() };
        assert_eq!(kind, REPLAY_LIMIT);
        assert!(
            message.starts_with("the replay took longer than 0.1 s; use --replay-limit "),
            "{message}"
        );
    }
    stage.explore(&request).unwrap();
    assert_eq!(replays().len(), 2, "the same limit leads to the same result");
    request.replay_limit = Some(Duration::from_secs(100_000));
    request.time_limit = Some(Duration::from_secs(1));
    stage.explore(&request).unwrap();
    assert_eq!(replays().len(), 3, "a higher limit repeats the replay");
}
