//! Tests the changes between two runs.

use crate::fixture::Fixture;
use bakeoff_analysis::compare::variant_change;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::results::comparison::{RunDifference, ThroughputChange, VariantChange};

/// Returns the changes of moka and redis between two runs; moka is three times as fast in the
/// second.
fn changes(change: fn(&mut Fixture), adapt: fn(&mut Results)) -> [VariantChange; 2] {
    let mut fixture = Fixture::typical();
    let before = fixture.results();
    fixture.variant("moka").rate *= 3.0;
    change(&mut fixture);
    let mut after = fixture.results();
    adapt(&mut after);
    ["moka", "redis"].map(|name| variant_change(&[&before, &after], "user-profiles", name))
}

fn throughput(change: fn(&mut Fixture), adapt: fn(&mut Results)) -> ThroughputChange {
    match changes(change, adapt) {
        [VariantChange::Changed { throughput, .. }, _] => throughput,
        other => panic!("{other:?}"),
    }
}

#[test]
fn changes_of_hit_ratio_and_throughput_are_found() {
    let [moka, redis] = changes(|fixture| fixture.variant("moka").skill = 0.97, |_| {});
    let VariantChange::Changed { hit_ratio, throughput } = moka else { panic!("{moka:?}") };
    assert!(hit_ratio.unwrap() < 0.0);
    assert_eq!(throughput, ThroughputChange::Faster);
    let unchanged =
        VariantChange::Changed { hit_ratio: None, throughput: ThroughputChange::Unknown };
    assert_eq!(redis, unchanged);
}

#[test]
fn runs_that_cannot_be_compared_have_no_change() {
    let other_baseline = |fixture: &mut Fixture| fixture.baseline = String::from("redis");
    assert_eq!(throughput(other_baseline, |_| {}), ThroughputChange::OtherBaseline);
    assert_eq!(throughput(|fixture| fixture.aa_ratio = 1.2, |_| {}), ThroughputChange::Unconfirmed);
    let few = |results: &mut Results| {
        for pair in &mut results.scenarios[0].pairs {
            pair.confidence = 0.9;
        }
    };
    assert_eq!(throughput(|_| {}, few), ThroughputChange::TooFewRounds);
    let requests = |results: &mut Results| {
        results.scenarios[0].scenario.workload = String::from("another");
    };
    let [moka, _] = changes(|_| {}, requests);
    assert_eq!(moka, VariantChange::NotComparable(RunDifference::Workload));
    let capacity = |results: &mut Results| {
        results.scenarios[0].scenario.timed_capacity = bakeoff_protocol::Capacity::Unbounded;
    };
    let [moka, _] = changes(|_| {}, capacity);
    assert_eq!(moka, VariantChange::NotComparable(RunDifference::CapacityOrLoad));
}
