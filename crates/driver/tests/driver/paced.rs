//! Paced replays with several instances, one of which crashes and restarts.

use bakeoff_protocol::Meter;
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::sample::{Record, TrialRecord};

use crate::stage::Stage;

/// 4,000 requests at 20,000 per second: 200 ms.
const SETTING: &str = r#"
[origin]
latency_ms = 1
[time]
requests_per_second = 20_000
[instances]
count = 3
[[event]]
kind = "crash"
instance = 1
at_ms = 50
duration_ms = 30
"#;

fn paced(stage: &Stage) -> Vec<TrialRecord> {
    let paced = |record| match record {
        Record::Trial(trial) if trial.spec.meter == Meter::Paced => Some(*trial),
        _ => None,
    };
    stage.records().into_iter().filter_map(paced).collect()
}

#[test]
fn one_sample_contains_all_instances_and_their_restarts() {
    let stage = Stage::new();
    stage.append_to_scenario(SETTING);
    let request = stage.request(&["good", "keeps-pace"]);
    stage.explore(&request).unwrap();

    let trials = paced(&stage);
    let replays = trials.len();
    assert_eq!(
        replays as u32,
        request.profile.unwrap_or_default().paced_replays(),
        "the machine's clock is not exact"
    );
    let trial = &trials[0];
    assert_eq!(trial.spec.variant, "keeps-pace");
    assert!(trial.timed_slot().is_some());
    let outcome = trial.report().unwrap().meter.paced().unwrap();
    let reads: Vec<_> =
        outcome.instances.iter().map(|share| (share.instance, share.reads)).collect();
    assert_eq!(reads, [(0, 1), (1, 2), (2, 1)]);
    assert_eq!(outcome.freshness.fresh, 4);
    assert_eq!(outcome.origin.stampede_factor, 2, "all instances use the same origin");
    assert_eq!(outcome.events.len(), 1);
    // The restarted instance began at 80 ms, and its first interval of 10 ms still failed.
    assert_eq!(outcome.users.recovery_ms, Some(40));
    for variant in ["good", "keeps-pace"] {
        assert_eq!(stage.progress(variant).status, Status::Completed, "{variant}");
    }

    stage.explore(&request).unwrap();
    assert_eq!(paced(&stage).len(), replays, "completed replays are not repeated");
}
