//! Tests the conclusion in cases whose answer is clear.

use bakeoff_analysis::analyze;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::paced::outcome::{OriginLoad, PacedOutcome, UserCounts};
use bakeoff_protocol::results::{Conclusion, Note, Results, Reversal, ScenarioResults, Verdict};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::trial::{Load, MeterReport};
use bakeoff_protocol::{DecidingQuantity, DecidingRule, Meter};

use crate::fixture::{Fixture, SyntheticVariant, slot};

fn of(variants: &[(&str, f64, f64)]) -> Fixture {
    Fixture { miss_cost_ns: 5e6, ..Fixture::of(variants) }
}

fn first(fixture: &Fixture) -> ScenarioResults {
    fixture.results().scenarios.remove(0)
}

fn analyzed(
    fixture: &Fixture,
    records: Vec<Record>,
    change: impl FnOnce(&mut Exploration),
) -> Results {
    let mut exploration = fixture.exploration();
    change(&mut exploration);
    analyze(&fixture.input_with(exploration, records), None)
}

fn trials(records: &mut [Record]) -> impl Iterator<Item = &mut TrialRecord> {
    records.iter_mut().filter_map(|record| match record {
        Record::Trial(trial) => Some(&mut **trial),
        _ => None,
    })
}

#[test]
fn no_cache_is_best_if_a_miss_costs_less_than_a_lookup() {
    // 10 µs per lookup, 1 µs per miss.
    let fixture = Fixture { miss_cost_ns: 1_000.0, ..of(&[("a", 1e5, 0.94), ("b", 0.9e5, 0.95)]) };
    let Conclusion::NoCache { lowest, ratio } = first(&fixture).conclusion else { panic!() };
    assert_eq!(lowest, "a");
    assert!(ratio > 10.0, "{ratio}");
}

#[test]
fn no_cache_is_best_only_if_its_lead_is_confirmed() {
    // 10 µs per lookup and half of the misses: both are equally fast at about 20 µs per miss.
    let variants = of(&[("a", 1e5, 0.94), ("b", 0.5e5, 0.94)]);
    let mut open = 0;
    for step in -20..=20 {
        let miss_cost_ns = 20_000.0 * (1.0 + f64::from(step) / 500.0);
        let of = first(&Fixture { hit_ratio: Some(0.5), miss_cost_ns, ..variants.clone() });
        match &of.reference.no_cache_lowest {
            None => assert_eq!(of.recommended(), Some("a"), "{step}"),
            Some(found) if found.confirmed => {
                assert!(matches!(of.conclusion, Conclusion::NoCache { .. }), "{:?}", of.conclusion);
            }
            Some(_) => {
                let Conclusion::Undecided { variants, .. } = &of.conclusion else {
                    panic!("{:?}", of.conclusion)
                };
                assert_eq!(variants, &["a"]);
                open += 1;
            }
        }
    }
    assert!(open > 0);
}

#[test]
fn an_unbounded_cache_is_excluded_although_its_mean_access_time_is_lower() {
    let mut fixture = of(&[("lru", 20e6, 0.90), ("moka", 2e6, 0.97)]);
    fixture.variants.push(SyntheticVariant::new("dict", 60e6, 1.0).unbounded());
    let of = first(&fixture);
    assert_eq!(of.recommended(), Some("moka"));
    let ratio = of.notes.iter().find_map(|note| match note {
        Note::Unbounded { variant, compared_with, access_time_ratio, .. } => {
            assert_eq!((variant.as_str(), compared_with.as_str()), ("dict", "moka"));
            *access_time_ratio
        }
        _ => None,
    });
    assert!(ratio.unwrap() < 0.5, "{ratio:?}");
    assert!(of.pair("dict", "moka").unwrap().verdict == Verdict::Faster, "dict is compared, too");
}

#[test]
fn no_variant_is_recommended_if_none_is_eligible() {
    let mut fixture = of(&[("dict", 60e6, 1.0), ("map", 50e6, 1.0)]);
    fixture.variants.iter_mut().for_each(|variant| variant.bounded = false);
    assert_eq!(first(&fixture).conclusion, Conclusion::NoCandidate);
}

#[test]
fn a_better_hit_ratio_decides_although_the_variant_is_slower() {
    let of = first(&of(&[("quick", 40e6, 0.90), ("sieve", 10e6, 0.97)]));
    assert_eq!(of.recommended(), Some("sieve"));
    assert_eq!(of.pair("sieve", "quick").unwrap().verdict, Verdict::Slower);
    let rival = of.recommendation().unwrap().closest_rival.as_ref().unwrap();
    let [change, _, high] = rival.access_time_change.unwrap();
    assert!(change < high && high < -0.05, "{rival:?}");
    let fewer = rival.fewer_origin_loads.unwrap();
    let own = of.row("sieve").unwrap().hit_ratio.unwrap();
    let other = of.row("quick").unwrap().hit_ratio.unwrap();
    assert!((fewer - (1.0 - (1.0 - own) / (1.0 - other))).abs() < 1e-9);
}

#[test]
fn inconclusive_throughput_withholds_nothing() {
    let mut fixture = of(&[("lru", 20e6, 0.90), ("sieve", 20.2e6, 0.97)]);
    fixture.variants.iter_mut().for_each(|variant| variant.noise = 0.2);
    let of = first(&fixture);
    assert_eq!(of.pairs[0].verdict, Verdict::Inconclusive);
    assert_eq!(of.recommended(), Some("sieve"));
}

#[test]
fn few_hits_are_noted() {
    let fixture = Fixture { hit_ratio: Some(0.01), ..of(&[("a", 20e6, 0.9), ("b", 2e6, 0.9)]) };
    let notes = first(&fixture).notes;
    assert!(notes.contains(&Note::FewHits { hit_ratio: 0.01 }), "{notes:?}");
}

#[test]
fn another_variant_can_be_better_at_other_capacities() {
    let fixture = of(&[("lru", 20e6, 0.90), ("sieve", 20e6, 0.97)]);
    let mut records = fixture.records();
    for trial in trials(&mut records) {
        let large = trial.spec.capacity.entries().is_some_and(|entries| entries >= 20_000);
        if trial.spec.variant == "lru" && trial.spec.meter == Meter::HitRatio && large {
            let counts = &mut trial.report_mut().unwrap().counts;
            counts.hits += counts.reads / 10;
        }
    }
    let of = analyzed(&fixture, records, |_| {}).scenarios.remove(0);
    assert_eq!(of.recommended(), Some("sieve"));
    let found = of.reversals.iter().find(|one| matches!(one, Reversal::Capacity { .. }));
    let Some(Reversal::Capacity { variant, from_entries, to_entries, open_ended, hit_ratio_gain }) =
        found
    else {
        panic!("{:?}", of.reversals)
    };
    let range = (variant.as_str(), *from_entries, *to_entries, *open_ended);
    assert_eq!(range, ("lru", 20_000, 50_000, true));
    assert!(*hit_ratio_gain > 0.0);
}

#[test]
fn another_variant_can_be_better_with_more_threads() {
    let fixture = of(&[("lru", 20e6, 0.97), ("sharded", 10e6, 0.90)]);
    let mut records = fixture.records();
    let mut more = records.clone();
    more.retain(|record| match record {
        Record::Trial(trial) => trial.timed_slot().is_some_and(|slot| !slot.aa_control),
        Record::Round { .. } => true,
        _ => false,
    });
    for record in &mut more {
        match record {
            Record::Trial(trial) => {
                slot(trial).round_group = String::from("four");
                trial.spec.load = Load { workers: 4, ..Load::ONE };
                if trial.spec.variant == "sharded" {
                    trial.report_mut().unwrap().elapsed_ns /= 4;
                }
            }
            Record::Round { round_group, .. } => *round_group = String::from("four"),
            _ => {}
        }
    }
    records.extend(more);
    let results = analyzed(&fixture, records, |exploration| {
        exploration.scenarios[0].secondary_groups = vec![String::from("four")];
    });
    let of = &results.scenarios[0];
    assert_eq!(of.recommended(), Some("lru"));
    let found = of.reversals.iter().find_map(|one| match one {
        Reversal::Threads { variant, workers, ratio } => Some((variant.as_str(), *workers, *ratio)),
        _ => None,
    });
    let (variant, workers, ratio) = found.unwrap();
    assert_eq!((variant, workers), ("sharded", 4));
    assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
}

#[test]
fn another_variant_can_be_better_in_another_scenario() {
    let mut fixture = of(&[("lru", 20e6, 0.90), ("sieve", 20e6, 0.97)]);
    fixture.scenarios = vec![String::from("steady"), String::from("newest")];
    let mut records = fixture.records();
    for trial in trials(&mut records) {
        if (trial.spec.variant.as_str(), trial.spec.scenario.as_str()) == ("sieve", "newest") {
            let counts = &mut trial.report_mut().unwrap().counts;
            counts.hits -= counts.hits / 5;
            counts.misses = counts.reads - counts.hits;
        }
    }
    let results = analyzed(&fixture, records, |_| {});
    let recommended: Vec<_> = results.scenarios.iter().map(|of| of.recommended()).collect();
    assert_eq!(recommended, [Some("sieve"), Some("lru")]);
    let other = Reversal::Scenarios {
        variant: String::from("lru"),
        scenarios: vec![String::from("newest")],
    };
    assert!(results.scenarios[0].reversals.contains(&other));
}

/// Adds paced replays in which a variant failed a number of requests of 1,000, one replay each.
fn with_replays(fixture: &Fixture, failed: &[(&str, &[u64])]) -> Vec<Record> {
    let mut records = fixture.records();
    for (name, replays) in failed {
        let exact = trials(&mut records)
            .find(|trial| trial.spec.variant == *name && trial.spec.meter == Meter::HitRatio)
            .cloned()
            .unwrap();
        for errors in *replays {
            let mut trial = exact.clone();
            trial.spec.meter = Meter::Paced;
            trial.key = format!("paced {name}");
            let outcome = PacedOutcome {
                users: UserCounts { requests: 1_000, errors: *errors, ..UserCounts::default() },
                origin: OriginLoad { loads: 100, ..OriginLoad::default() },
                ..PacedOutcome::default()
            };
            trial.report_mut().unwrap().meter = MeterReport::Paced(Box::new(outcome));
            records.push(Record::Trial(Box::new(trial)));
        }
    }
    records
}

fn by_failures(fixture: &Fixture, failed: &[(&str, &[u64])]) -> ScenarioResults {
    let records = with_replays(fixture, failed);
    let results = analyzed(fixture, records, |exploration| {
        let scenario = &mut exploration.scenarios[0];
        scenario.decide = [DecidingQuantity::FailedRequests, DecidingQuantity::OriginLoads]
            .map(DecidingRule::new)
            .to_vec();
        scenario.timed = false;
        scenario.round_group = String::from("none");
    });
    results.scenarios.into_iter().next().unwrap()
}

#[test]
fn failed_requests_decide_without_timed_rounds() {
    let fixture = of(&[("fast", 40e6, 0.97), ("fail-open", 1e6, 0.90)]);
    let of = by_failures(&fixture, &[("fast", &[250, 252]), ("fail-open", &[27, 30])]);
    assert_eq!((of.rounds, of.confirmed), (0, true));
    let recommendation = of.recommendation().unwrap();
    assert_eq!(recommendation.variant, "fail-open");
    assert_eq!(recommendation.decided_by, DecidingQuantity::FailedRequests);
    let rival = recommendation.closest_rival.as_ref().unwrap();
    assert_eq!(rival.values, Some([0.027, 0.25]));
    let value = of.deciding[0].value("fast").unwrap();
    assert_eq!((value.low, value.high, value.samples), (0.25, 0.252, 2));
}

#[test]
fn replays_whose_ranges_overlap_decide_nothing() {
    let fixture = of(&[("one", 40e6, 0.97), ("other", 1e6, 0.90)]);
    let of = by_failures(&fixture, &[("one", &[100, 250]), ("other", &[120, 130])]);
    let Conclusion::Undecided { variants, quantity, needed } = &of.conclusion else {
        panic!("{:?}", of.conclusion)
    };
    assert_eq!((variants.len(), *quantity), (2, DecidingQuantity::FailedRequests));
    assert_eq!(*needed, None);
    let of = by_failures(&fixture, &[("one", &[100]), ("other", &[101])]);
    assert!(matches!(of.conclusion, Conclusion::Equivalent { .. }), "{:?}", of.conclusion);
}
