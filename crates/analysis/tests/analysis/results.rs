//! Tests figures, verdicts and recommendations.

use std::fs;
use std::path::Path;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::{
    Cell, Conclusion, Eligibility, Note, Pair, ScenarioResults, UnconfirmedReason, Verdict,
};
use bakeoff_protocol::sample::{Record, TrialRecord};
use bakeoff_protocol::trial::MeterReport;
use bakeoff_protocol::{Capacity, Meter};

use crate::fixture::{Fixture, SyntheticVariant, round_of, slot};
use crate::support::{analyzed, change, eligibility, fail, judged};

fn results_of(fixture: &Fixture) -> ScenarioResults {
    judged(fixture, &fixture.records())
}

fn only_pair(of: &ScenarioResults) -> &Pair {
    assert_eq!(of.pairs.len(), 1);
    &of.pairs[0]
}

#[test]
fn faster_variant_with_better_hit_ratio_is_recommended_without_condition() {
    let of = results_of(&Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]));
    assert!(of.confirmed, "{:?}", of.unconfirmed_because);
    let recommendation = of.recommendation().unwrap();
    assert_eq!(recommendation.variant, "quick");
    assert_eq!((recommendation.valid_from_miss_ns, &recommendation.valid_up_to), (None, &None));
    let closest = recommendation.closest_rival.as_ref().unwrap();
    assert!(closest.hit_ratio_gain.unwrap() > 0.0 && closest.time_difference_ns.unwrap() < 0.0);
}

#[test]
fn throughput_against_hit_ratio_has_a_crossover() {
    // 25 ns against 500 ns, for about 0.3 points: the order changes near 0.16 ms.
    let variants = Fixture::of(&[("lru", 40e6, 0.950), ("moka", 2e6, 0.954)]);
    let fixture = Fixture { miss_cost_ns: 10_000.0, ..variants };
    let of = results_of(&fixture);
    let recommendation = of.recommendation().unwrap();
    assert_eq!(recommendation.variant, "lru");
    let crossover = only_pair(&of).crossover.as_ref().unwrap();
    let ratio = |name: &str| {
        let at = |cell: &&Cell| {
            cell.hit_ratio().is_some() && cell.capacity == Capacity::Entries(fixture.timed)
        };
        of.cells_of(name).find(at).unwrap().hit_ratio().unwrap().hit_ratio.unwrap()
    };
    let expected = (500.0 - 25.0) / (ratio("moka") - ratio("lru"));
    assert!((crossover.miss_cost_ns / expected - 1.0).abs() < 0.03, "{crossover:?}, {expected}");
    assert!(crossover.low_ns < crossover.miss_cost_ns);
    assert!(crossover.miss_cost_ns < crossover.high_ns);
    let names = (crossover.better_below.as_str(), crossover.better_above.as_str());
    assert_eq!(names, ("lru", "moka"));
    let limit = recommendation.valid_up_to.as_ref().unwrap();
    assert_eq!(limit.miss_cost_ns, crossover.miss_cost_ns);
    assert_eq!(limit.interval_ns, Some([crossover.low_ns, crossover.high_ns]));
    assert_eq!((limit.rival.as_str(), limit.rival_is_better), ("moka", true));
}

#[test]
fn variant_that_leads_only_below_the_lowest_miss_cost_is_not_recommended() {
    // 25 against 42 ns, but twelve points of hit ratio: faster only below a miss cost of 0.2 µs.
    let of = results_of(&Fixture::of(&[("random", 40e6, 0.80), ("lru", 24e6, 0.95)]));
    let recommendation = of.recommendation().unwrap();
    assert_eq!(recommendation.variant, "lru");
    assert_eq!(only_pair(&of).verdict, Verdict::Slower);
    let below = recommendation.better_below.as_ref().unwrap();
    assert!(below.better_below == "random" && below.miss_cost_ns < 10_000.0, "{below:?}");
}

#[test]
fn equal_variants_are_equivalent() {
    for rounds in [12, 30, 200] {
        let equals = Fixture { rounds, ..Fixture::of(&[("one", 20e6, 0.95), ("two", 20e6, 0.95)]) };
        let of = results_of(&equals);
        assert!(of.confirmed, "{:?}", of.unconfirmed_because);
        let Conclusion::Equivalent { variants } = &of.conclusion else {
            panic!("{:?}", of.conclusion)
        };
        assert_eq!(variants.len(), 2);
    }
}

#[test]
fn equal_throughput_and_better_hit_ratio_is_recommended() {
    let fixture =
        Fixture { rounds: 200, ..Fixture::of(&[("lru", 20e6, 0.94), ("sieve", 20e6, 0.96)]) };
    let of = results_of(&fixture);
    assert_eq!(of.recommended(), Some("sieve"));
    assert_eq!(only_pair(&of).verdict, Verdict::Equivalent);
}

#[test]
fn the_range_of_miss_costs_has_a_lower_limit_if_another_variant_is_faster() {
    let variants = Fixture::of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.95)]);
    let dear = results_of(&Fixture { miss_cost_ns: 1e6, ..variants.clone() });
    let recommendation = dear.recommendation().unwrap();
    assert_eq!(recommendation.variant, "moka");
    let crossover = only_pair(&dear).crossover.as_ref().unwrap();
    let from = recommendation.valid_from_miss_ns.unwrap();
    assert!((from - crossover.high_ns).abs() < 1e-6 * from, "{from}, {crossover:?}");
    assert_eq!(recommendation.better_below.as_ref().unwrap().better_below, "lru");
    let cheap = results_of(&Fixture { miss_cost_ns: 10_000.0, ..variants });
    let recommendation = cheap.recommendation().unwrap();
    assert_eq!(recommendation.variant, "lru");
    assert_eq!(recommendation.valid_up_to.as_ref().unwrap().rival, "moka");
}

#[test]
fn failed_aa_control_prevents_a_recommendation() {
    let fixture =
        Fixture { aa_ratio: 1.08, ..Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]) };
    let of = results_of(&fixture);
    assert!(!of.confirmed);
    assert_eq!(of.conclusion, Conclusion::Unconfirmed);
    let reason = &of.unconfirmed_because[..];
    assert!(matches!(reason, [UnconfirmedReason::AaControlFailed { .. }]), "{reason:?}");
}

#[test]
fn too_few_rounds_prevent_a_recommendation() {
    for rounds in 0..8 {
        let fixture =
            Fixture { rounds, ..Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]) };
        let of = results_of(&fixture);
        assert!(!of.confirmed && of.recommended().is_none(), "{rounds}: {:?}", of.conclusion);
    }
}

#[test]
fn ratio_that_drifts_across_the_margin_is_reported() {
    let equal = Fixture::of(&[("lru", 20e6, 0.95), ("warming", 20e6, 0.95)]);
    let fixture = Fixture { miss_cost_ns: 100.0, ..equal };
    let mut records = fixture.records();
    change(
        &mut records,
        |t| t.spec.variant == "warming" && t.timed_slot().is_some(),
        |trial| {
            let round = f64::from(round_of(trial));
            let report = trial.report_mut().unwrap();
            report.elapsed_ns = (report.elapsed_ns as f64 * (1.2 - 0.013 * round)) as u64;
        },
    );
    let of = judged(&fixture, &records);
    assert!(!of.confirmed);
    let drifting = &of.round_checks.drifting_pairs;
    assert_eq!((drifting[0].variant.as_str(), drifting[0].baseline.as_str()), ("warming", "lru"));
    // The same drift is irrelevant if a miss costs ten thousand times as much.
    let dear = Fixture { miss_cost_ns: 1e6, ..fixture.clone() };
    assert!(judged(&dear, &records).confirmed);
    // A drift that all variants share cancels: it is reported, and the run stays confirmed.
    let mut records = fixture.records();
    change(
        &mut records,
        |t| t.timed_slot().is_some(),
        |trial| {
            let round = f64::from(round_of(trial));
            let report = trial.report_mut().unwrap();
            report.elapsed_ns = (report.elapsed_ns as f64 * (1.0 + 0.02 * round)) as u64;
        },
    );
    let of = judged(&fixture, &records);
    assert!(of.confirmed && of.round_checks.drifting_pairs.is_empty());
    assert!(of.round_checks.drift.unwrap() < -0.2 && of.round_checks.drift_p.unwrap() < 0.01);
}

#[test]
fn unbounded_wrong_and_failed_variants_are_not_eligible() {
    let mut fixture =
        Fixture::of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.93), ("liar", 90e6, 0.99)]);
    fixture.variants.push(SyntheticVariant::new("dict", 60e6, 1.0).unbounded());
    fixture.variants.push(SyntheticVariant::new("crash", 70e6, 0.99));
    fixture.variants.push(SyntheticVariant::new("hog", 80e6, 0.99));
    let mut records = fixture.records();
    change(
        &mut records,
        |t| t.spec.variant == "liar" && round_of(t) == 7,
        |trial| {
            trial.report_mut().unwrap().counts.wrong_answers = 1;
        },
    );
    change(&mut records, |t| t.spec.variant == "crash" && round_of(t) >= 9, |t| fail(t, "panic"));
    change(&mut records, |t| t.spec.variant == "hog" && round_of(t) >= 9, |t| fail(t, "memory"));
    let of = judged(&fixture, &records);
    assert_eq!(of.recommended(), Some("lru"));
    assert!(matches!(eligibility(&of, "liar"), Eligibility::WrongAnswers { .. }));
    assert!(matches!(eligibility(&of, "hog"), Eligibility::MemoryBudgetExceeded { .. }));
    assert!(matches!(eligibility(&of, "crash"), Eligibility::TrialFailed { .. }));
    assert_eq!(eligibility(&of, "dict"), &Eligibility::Unbounded);
    assert!(
        of.notes
            .iter()
            .any(|note| { matches!(note, Note::Unbounded { variant, .. } if variant == "dict") })
    );
    assert_eq!(of.cells_of("liar").count(), 0, "no figure of a wrong variant is reported");
    assert!(of.pairs.iter().all(|p| p.variant != "liar" && p.baseline != "liar"));
}

#[test]
fn failure_of_a_trial_that_later_completed_does_not_count() {
    let fixture = Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let mut records = fixture.records();
    let quick = |t: &TrialRecord| t.spec.variant == "quick" && t.timed_slot().is_some();
    let timed = records.iter().find_map(|record| match record {
        Record::Trial(trial) if quick(trial) => Some(trial.clone()),
        _ => None,
    });
    // Round 0 was interrupted by a failure, then repeated.
    let mut first = timed.unwrap();
    first.observed.started -= jiff::SignedDuration::from_secs(1);
    fail(&mut first, "timeout");
    records.push(Record::Trial(first));
    assert_eq!(judged(&fixture, &records).recommended(), Some("quick"));
}

#[test]
fn windows_that_are_not_representative_are_noted() {
    let fixture = Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let mut records = fixture.records();
    change(
        &mut records,
        |t| t.spec.meter == Meter::HitRatio,
        |trial| {
            let report = trial.report_mut().unwrap();
            let counts = report.counts.clone();
            if let MeterReport::HitRatio { after_warmup, .. } = &mut report.meter {
                *after_warmup = counts;
            }
        },
    );
    let noted = |records: &[Record]| -> Vec<String> {
        let notes = judged(&fixture, records).notes.into_iter();
        let variant = |note| match note {
            Note::WindowsDiffer { variant, .. } => Some(variant),
            _ => None,
        };
        notes.filter_map(variant).collect()
    };
    assert_eq!(noted(&records), [""; 0]);
    change(
        &mut records,
        |t| t.spec.variant == "quick" && t.timed_slot().is_some(),
        |trial| {
            let counts = &mut trial.report_mut().unwrap().counts;
            counts.hits = counts.reads;
        },
    );
    assert_eq!(noted(&records), ["quick"]);
}

#[test]
fn only_windows_of_common_rounds_are_compared() {
    // In later rounds the windows have fewer hits for all variants; one variant lacks these rounds.
    let fixture = Fixture::of(&[("lru", 20e6, 0.94), ("rare", 40e6, 0.97)]);
    let mut records = fixture.records();
    let timed = |t: &TrialRecord| t.spec.meter == Meter::Throughput && round_of(t) >= 12;
    records.retain(|record| match record {
        Record::Trial(trial) => !(timed(trial) && trial.spec.variant == "rare"),
        _ => true,
    });
    change(&mut records, timed, |trial| {
        let counts = &mut trial.report_mut().unwrap().counts;
        counts.hits -= counts.reads / 7;
    });
    let pair = |records: &[Record]| judged(&fixture, records).pairs.remove(0);
    let found = pair(&records);
    assert_eq!(found.rounds, 12);
    // The other rounds have no effect on the pair.
    records.retain(|record| match record {
        Record::Trial(trial) => !timed(trial),
        Record::Round { round, .. } => *round < 12,
        _ => true,
    });
    assert_eq!(found.access_time, pair(&records).access_time);
}

#[test]
fn mean_access_times_allow_for_windows_that_are_not_representative() {
    // Eight points of hit ratio over the workload, three points fewer in the windows.
    let fixture = Fixture::of(&[("lru", 20e6, 0.88), ("moka", 19e6, 0.98)]);
    let mut records = fixture.records();
    let timed = |t: &TrialRecord| t.spec.variant == "moka" && t.spec.meter == Meter::Throughput;
    change(&mut records, timed, |trial| {
        let counts = &mut trial.report_mut().unwrap().counts;
        counts.hits -= counts.reads / 33;
    });
    let of = judged(&fixture, &records);
    let pair = only_pair(&of);
    assert_eq!(of.recommended(), Some("moka"));

    // At its true hit ratio, moka can only be faster: a miss takes at least as long as a hit.
    let representative = judged(&fixture, &fixture.records());
    let narrow = only_pair(&representative).access_time.unwrap();
    let wide = pair.access_time.unwrap();
    assert!(wide.low_ns < narrow.low_ns - 2.0 && (wide.high_ns - narrow.high_ns).abs() < 1.0);
    assert_eq!(representative.recommended(), of.recommended());
}

#[test]
fn access_time_intervals_hold_jointly() {
    let fixture =
        Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97), ("same", 20.1e6, 0.95)]);
    let of = judged(&fixture, &fixture.records());
    let pairs: Vec<_> = of.pairs.iter().collect();
    let share = 1.0 - 0.05 / 3.0;
    let freed = pairs.iter().filter(|pair| pair.required_confidence < share - 0.01).count();
    assert_eq!(
        (pairs.len(), freed),
        (3, 1),
        "the verdict on quick is significant, so that its level passes to the others"
    );
    for pair in pairs {
        let time = pair.access_time.unwrap();
        assert!(time.confidence >= share - 1e-9, "{} / {}", pair.variant, pair.baseline);
    }
}

#[test]
fn recommendation_has_an_upper_limit_if_replays_differ() {
    let equal = Fixture::of(&[("lru", 40e6, 0.95), ("wobbly", 20e6, 0.95)]);
    let fixture = Fixture { miss_cost_ns: 1_000.0, ..equal };
    let mut records = fixture.records();
    let replay = |record: &&Record| match record {
        Record::Trial(trial) => {
            trial.spec.variant == "wobbly" && trial.spec.meter == Meter::HitRatio
        }
        _ => false,
    };
    let again: Vec<Record> = records.iter().filter(replay).cloned().collect();
    // Replays differ by one hit in ten thousand requests.
    for more in [true, false] {
        let mut other = again.clone();
        change(
            &mut other,
            |_| true,
            |trial| {
                let counts = &mut trial.report_mut().unwrap().counts;
                let few = counts.reads / 10_000;
                counts.hits = if more { counts.hits + few } else { counts.hits - few };
            },
        );
        records.extend(other);
    }
    let of = judged(&fixture, &records);
    let recommendation = of.recommendation().unwrap();
    assert_eq!(recommendation.variant, "lru");
    // A lead of 25 ns is worth 0.0001 misses per request at 0.25 ms.
    let limit = recommendation.valid_up_to.as_ref().unwrap();
    assert!((200e3..250e3).contains(&limit.miss_cost_ns), "{limit:?}");
    assert_eq!((limit.rival.as_str(), limit.rival_is_better), ("wobbly", false));
    let equal = results_of(&fixture);
    assert_eq!(equal.recommendation().unwrap().valid_up_to, None, "equal hit ratios never cross");
}

#[test]
fn only_reads_miss() {
    let fixture = Fixture::of(&[("lru", 40e6, 0.950), ("moka", 2e6, 0.954)]);
    let mut exploration = fixture.exploration();
    let crossover = |exploration: &Exploration| -> f64 {
        let results = analyzed(&fixture, exploration, &fixture.records());
        results.pairs().find_map(|pair| pair.crossover.clone()).unwrap().miss_cost_ns
    };
    let before = crossover(&exploration);
    exploration.scenarios[0].reads /= 2;
    assert!((crossover(&exploration) / before - 2.0).abs() < 1e-9);
}

#[test]
fn only_complete_rounds_of_the_current_group_are_used() {
    let fixture = Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let whole = fixture.records();
    let expected = judged(&fixture, &whole);
    let mut records = whole.clone();
    for record in &whole {
        let Record::Trial(trial) = record else { continue };
        if trial.timed_slot().is_some() && round_of(trial) == 29 {
            // An incomplete round, an older round group and an older workload are not used.
            let mut under_way = trial.clone();
            slot(&mut under_way).round = 30;
            let mut older = trial.clone();
            slot(&mut older).round_group = "older".into();
            older.report_mut().unwrap().elapsed_ns *= 3;
            let mut other = trial.clone();
            other.spec.workload = "other".into();
            other.report_mut().unwrap().elapsed_ns *= 5;
            records.extend([under_way, older, other].map(Record::Trial));
        }
    }
    assert_eq!(judged(&fixture, &records), expected);
}

#[test]
fn exact_replays_apply_to_every_scenario_with_the_same_workload() {
    let mut fixture = Fixture::of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    fixture.scenarios.push(String::from("outage"));
    let mut records = fixture.records();
    let mut asked = fixture.exploration();
    // A second scenario has the same workload, which the driver does not replay twice.
    let workload = asked.scenarios[0].workload.clone();
    asked.scenarios[1].workload.clone_from(&workload);
    records.retain(|record| match record {
        Record::Trial(trial) => trial.spec.scenario != "outage" || trial.timed_slot().is_some(),
        _ => true,
    });
    change(
        &mut records,
        |trial| trial.spec.scenario == "outage",
        |trial| {
            trial.spec.workload.clone_from(&workload);
        },
    );
    let results = analyzed(&fixture, &asked, &records);
    let hits = |scenario: &str| -> Vec<_> {
        let cells = results.cells().filter(|cell| cell.scenario == scenario);
        let hits = |cell: &Cell| Some(cell.hit_ratio()?.hit_ratio);
        cells.filter_map(|cell| Some((cell.variant.clone(), cell.capacity, hits(cell)?))).collect()
    };
    assert!(!hits("outage").is_empty());
    assert_eq!(hits("outage"), hits("user-profiles"));
    let timed = results.cells().filter(|cell| cell.throughput().is_some());
    assert_eq!(timed.filter(|cell| cell.scenario == "outage").count(), 2, "timed separately");
}

#[test]
fn memory_per_entry_excludes_the_harness() {
    let mut fixture =
        Fixture { memory: true, ..Fixture::of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.97)]) };
    let mean = |fixture: &Fixture, records: &[Record], name: &str| {
        let of = judged(fixture, records);
        of.cells_of(name).find_map(|cell| cell.memory()?.bytes_per_entry).unwrap().median
    };
    let plain = mean(&fixture, &fixture.records(), "lru");
    assert!((plain / 700.0 - 1.0).abs() < 0.01, "{plain}");
    fixture.variants.push(SyntheticVariant::new("null", 100e6, 0.5));
    let mut records = fixture.records();
    let growth = |t: &mut TrialRecord| {
        let report = t.report_mut().unwrap();
        report.rss_anon_after_bytes = report.rss_anon_before_bytes + 1_000_000;
        report.entries_held = 0;
    };
    change(&mut records, |t| t.spec.variant == "null" && t.spec.meter == Meter::Memory, growth);
    change(
        &mut records,
        |t| t.spec.variant == "lru" && t.spec.meter == Meter::Memory,
        |t| {
            t.observed.service_bytes.insert("redis".into(), 500_000);
        },
    );
    fixture.variants.pop();
    let with_server = mean(&fixture, &records, "lru");
    assert!(
        (plain - with_server - 50.0).abs() < 3.0,
        "{plain} and {with_server}: 0.5 of 10,000 entries"
    );
}

#[test]
fn results_conform_to_their_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let text = fs::read_to_string(folder.join("results.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let results = Fixture::typical().results();
    let value = serde_json::to_value(&results).unwrap();
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty() && results.cells().next().is_some(), "{errors:#?}");
}
