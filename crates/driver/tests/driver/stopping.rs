//! Checks how the number of rounds, precision or budget ends the rounds, and how runs continue.

use std::collections::BTreeSet;

use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::request::profile::Profile;
use bakeoff_protocol::exploration::{Exploration, RoundsEndReason};
use bakeoff_protocol::sample::Record;

use crate::stage::Stage;

fn saved(stage: &Stage) -> Exploration {
    let text = std::fs::read(stage.results().join("exploration.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn stop_reason(stage: &Stage) -> Option<RoundsEndReason> {
    saved(stage).scenarios[0].stopped
}

#[test]
fn a_requested_number_of_rounds_is_exact() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["good", "good-too"])).unwrap();
    assert_eq!((stage.rounds().len(), stop_reason(&stage)), (3, Some(RoundsEndReason::Rounds)));
    assert_eq!(saved(&stage).stopping.unwrap().budget_seconds, None);
}

#[test]
fn a_spent_budget_ends_the_rounds_once_a_verdict_is_possible() {
    let stage = Stage::new();
    let spent = ExploreOptions {
        rounds: None,
        measure_seconds: Some(1e-3),
        ..stage.request(&["good", "good-too"])
    };
    stage.explore(&spent).unwrap();
    // A verdict over one pair and the A/A control needs at least eight rounds.
    assert_eq!((stage.rounds().len(), stop_reason(&stage)), (8, Some(RoundsEndReason::Time)));
    assert!(stage.explore(&spent).unwrap().unchanged);
    // The saved rule continues to apply until a number of rounds replaces it.
    let as_saved = ExploreOptions { variants: None, measure_seconds: None, ..spent.clone() };
    assert!(stage.explore(&as_saved).unwrap().unchanged);
    let more = ExploreOptions { rounds: Some(9), ..as_saved };
    stage.explore(&more).unwrap();
    assert_eq!((stage.rounds().len(), stop_reason(&stage)), (9, Some(RoundsEndReason::Rounds)));
}

#[test]
fn precision_ends_the_rounds_after_the_minimum_of_the_profile() {
    let stage = Stage::new();
    let loose = ExploreOptions {
        rounds: None,
        profile: Some(Profile::Quick),
        // Real trials always reach such a low precision.
        precision: Some(0.99),
        ..stage.request(&["good", "good-too"])
    };
    stage.explore(&loose).unwrap();
    assert_eq!((stage.rounds().len(), stop_reason(&stage)), (10, Some(RoundsEndReason::Precision)));
}

#[test]
fn services_skip_rounds_when_time_is_limited() {
    let mut stage = Stage::new();
    stage.servers.is_available = true;
    let request = ExploreOptions {
        rounds: Some(18),
        measure_seconds: Some(1e6),
        precision: Some(0.0),
        ..stage.request(&["good", "good-too", "needs-redis"])
    };
    stage.explore(&request).unwrap();
    let timed = |name: &str, aa_control| {
        let rounds = stage.records().into_iter().filter_map(|record| match record {
            Record::Trial(trial) if trial.spec.variant == name => {
                let slot = trial.timed_slot().filter(|slot| slot.aa_control == aa_control);
                slot.map(|slot| slot.round)
            }
            _ => None,
        });
        rounds.collect::<BTreeSet<u32>>().into_iter().collect::<Vec<u32>>()
    };
    let all: Vec<u32> = (0..18).collect();
    for entry in [timed("good", false), timed("good", true), timed("good-too", false)] {
        assert_eq!(entry, all);
    }
    // A verdict over three pairs and the A/A control needs eight rounds. The service also runs in
    // two more rounds, then in every eighth.
    assert_eq!(timed("needs-redis", false), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17]);
}
