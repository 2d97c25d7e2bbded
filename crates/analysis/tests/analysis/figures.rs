//! Tests figures of a variant and of the whole run.

use crate::fixture::{Fixture, round_of};
use bakeoff_analysis::analyze;
use bakeoff_protocol::results::{Check, Eligibility, Results};
use bakeoff_protocol::sample::{REPLAY_LIMIT, Record, TrialOutcome, TrialRecord};
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

#[test]
fn throughput_is_a_lower_bound_if_the_load_generator_was_the_limit() {
    let saturated = |generator: f64, service: f64| {
        let results = results(&Fixture::typical(), |trial| {
            if trial.spec.variant == "redis" && trial.timed_slot().is_some() {
                trial.observed.service_cpu_share.insert(String::from("redis"), service);
                let report = trial.report_mut().unwrap();
                report.cpu_ns = (report.elapsed_ns as f64 * generator) as u64;
            }
        });
        let marked: Vec<String> = results.scenarios[0]
            .figures
            .iter()
            .filter(|row| row.generator_saturated.is_some())
            .map(|row| row.variant.clone())
            .collect();
        let check = results.run_checks.iter().find_map(|check| match &check.check {
            Check::GeneratorSaturation { cells } => Some((check.passed, cells.len())),
            _ => None,
        });
        (marked, check.unwrap())
    };
    let redis = vec![String::from("redis")];
    assert_eq!(saturated(0.98, 0.3), (redis, (Some(false), 1)), "a fast server waits");
    assert_eq!(saturated(0.98, 0.97), (vec![], (Some(true), 0)), "both are busy");
    assert_eq!(saturated(0.6, 0.3), (vec![], (Some(true), 0)), "both wait for each other");
}

#[test]
fn a_replay_over_its_time_limit_leaves_the_hit_ratio_empty_with_the_reason() {
    let reason = "the replay took longer than 3 min; use --replay-limit 10min";
    let results = results(&Fixture::typical(), |trial| {
        if trial.spec.variant == "redis" && trial.spec.meter == Meter::HitRatio {
            let (kind, message) = (String::from(REPLAY_LIMIT), String::from(reason));
            trial.outcome = TrialOutcome::Failed { kind, message };
        }
    });
    let of = &results.scenarios[0];
    let redis = of.figures.iter().find(|row| row.variant == "redis").unwrap();
    assert_eq!((redis.hit_ratio, redis.hit_ratio_absence.as_deref()), (None, Some(reason)));
    assert!(redis.requests_per_second.is_some());
    let eligibility = of.eligibility.iter().find(|entry| entry.variant == "redis").unwrap();
    assert_eq!(eligibility.eligibility, Eligibility::HitRatioUnknown);
    assert_eq!(results.trials.failed, 0);
}

#[test]
fn a_hit_ratio_close_to_zero_is_implausible_next_to_lru() {
    let implausible = |fixture: &Fixture| {
        fixture.results().run_checks.into_iter().find_map(|check| match check.check {
            Check::ImplausibleHitRatios { found } => Some(found),
            _ => None,
        })
    };
    let mut fixture = Fixture::typical();
    assert_eq!(implausible(&fixture), None);
    fixture.variant("moka").skill = 0.02;
    let found = implausible(&fixture).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].variant, "moka");
    assert!(found[0].hit_ratio < 0.03 && found[0].lru_hit_ratio > 0.3, "{found:?}");
}
