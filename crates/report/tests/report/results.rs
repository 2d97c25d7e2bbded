//! What the results may say: figures, verdicts, and who is named.

use std::fs;
use std::path::Path;

use crate::fixture::{Fixture, Invented, round_of, slot};
use bakeoff_analysis::compute;
use bakeoff_analysis::number;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::{Place, Results, ScenarioVerdict, Verdict};
use bakeoff_protocol::sample::{Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::{Capacity, Meter};
use proptest::prelude::*;

/// Two or more bounded variants with hit ratios counted over the same requests.
fn of(variants: &[(&str, f64, f64)]) -> Fixture {
    let variants: Vec<Invented> =
        variants.iter().map(|(name, rate, skill)| Invented::new(name, *rate, *skill)).collect();
    let baseline = variants[0].name.clone();
    Fixture { variants, baseline, rounds: 30, memory: false, ..Fixture::typical() }
}

fn judged(fixture: &Fixture, records: &[Record]) -> (Results, ScenarioVerdict) {
    let results = compute(&fixture.exploration(), records);
    let verdict = results.scenarios[0].clone();
    (results, verdict)
}

fn verdict_of(fixture: &Fixture) -> ScenarioVerdict {
    judged(fixture, &fixture.records()).1
}

/// Changes every trial that the condition holds for.
fn change(
    records: &mut [Record],
    which: impl Fn(&TrialRecord) -> bool,
    how: impl Fn(&mut TrialRecord),
) {
    for record in records {
        if let Record::Trial(trial) = record
            && which(trial)
        {
            how(trial);
        }
    }
}

fn fail(trial: &mut TrialRecord, kind: &str) {
    let message = format!("{kind} of {}", trial.spec.variant);
    trial.outcome = TrialOutcome::Failed { kind: kind.to_owned(), message };
}

#[test]
fn faster_and_better_on_both_counts() {
    let verdict = verdict_of(&of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]));
    assert!(verdict.proven, "{:?}", verdict.unproven_because);
    assert_eq!(verdict.winner.as_deref(), Some("quick"));
    let text = verdict.answer;
    assert!(text.starts_with("For user-profiles, take quick: "), "{text}");
    assert!(text.contains("points more hit ratio") && !text.contains("miss costs"), "{text}");
}

#[test]
fn speed_for_hit_ratio_names_the_crossing() {
    // 25 ns against 500 ns, for about 0.3 points: the order flips near 0.16 ms.
    let fixture = of(&[("lru", 40e6, 0.950), ("moka", 2e6, 0.954)]);
    let (results, verdict) = judged(&fixture, &fixture.records());
    assert_eq!(verdict.winner.as_deref(), Some("lru"));
    let pair = results.pairs.iter().find(|pair| !pair.twin).unwrap();
    let crossing = pair.crossing.as_ref().unwrap();
    let ratio = |name: &str| {
        let cells = results.cells.iter().filter(|cell| cell.meter == Meter::HitRatio);
        let at = |c: &&bakeoff_protocol::results::Cell| {
            c.variant == name && c.capacity == Capacity::Entries(fixture.timed)
        };
        cells.clone().find(at).unwrap().hit_ratio.unwrap()
    };
    let expected = (500.0 - 25.0) / (ratio("moka") - ratio("lru"));
    assert!((crossing.miss_ns / expected - 1.0).abs() < 0.03, "{crossing:?}, {expected}");
    assert!(crossing.low_ns < crossing.miss_ns && crossing.miss_ns < crossing.high_ns);
    assert_eq!((crossing.below.as_str(), crossing.above.as_str()), ("lru", "moka"));
    let text = verdict.answer;
    assert!(text.contains("times moka's throughput [") && text.contains("points of hit ratio."));
    assert!(text.starts_with("For user-profiles, take lru where a miss costs less than 0.1"));
    assert!(text.ends_with(". Where it costs more, moka's better hit ratio wins."), "{text}");
    let cost = number::cost(crossing.miss_ns, crossing.low_ns, crossing.high_ns);
    assert_eq!(text.matches(&cost).count(), 1, "once, with its interval: {text}");
}

#[test]
fn a_speed_that_no_miss_is_cheap_enough_for_does_not_win() {
    // 25 against 42 ns, but twelve points of hit ratio: quicker only below 0.2 µs a miss.
    let verdict = verdict_of(&of(&[("random", 40e6, 0.80), ("lru", 24e6, 0.95)]));
    assert_eq!(verdict.winner.as_deref(), Some("lru"));
    assert!(verdict.answer.contains("though 40."), "{}", verdict.answer);
    assert!(verdict.answer.contains("Only where a miss costs less than"), "{}", verdict.answer);
    assert!(verdict.answer.contains("% less throughput than random"), "{}", verdict.answer);
}

#[test]
fn equals_are_not_told_apart() {
    for rounds in [12, 30, 200] {
        let twins = Fixture { rounds, ..of(&[("one", 20e6, 0.95), ("two", 20e6, 0.95)]) };
        let verdict = verdict_of(&twins);
        assert!(verdict.proven, "{:?}", verdict.unproven_because);
        assert_eq!(verdict.winner, None, "{}", verdict.answer);
        let text = &verdict.answer;
        let separates = text.contains("does not separate") || text.contains("too close to prefer");
        assert!(separates && text.contains("one and two"), "{text}");
    }
}

#[test]
fn equal_speed_and_a_better_hit_ratio() {
    let fixture = Fixture { rounds: 200, ..of(&[("lru", 20e6, 0.94), ("sieve", 20e6, 0.96)]) };
    let verdict = verdict_of(&fixture);
    assert_eq!(verdict.winner.as_deref(), Some("sieve"), "{}", verdict.answer);
    assert!(verdict.answer.contains("at the same throughput (within 1"), "{}", verdict.answer);
}

#[test]
fn who_leads_over_a_network_is_named_though_another_leads_near_by() {
    let verdict = verdict_of(&of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.95)]));
    assert_eq!(verdict.winner.as_deref(), Some("moka"), "{}", verdict.answer);
    for part in ["take moka where a miss costs 100 µs or more", "Only where a miss costs less than"]
    {
        assert!(verdict.answer.contains(part), "{}", verdict.answer);
    }
    let dear = verdict_of(&of(&[("lru", 20e6, 0.94), ("slow", 0.1e6, 0.95)]));
    assert_eq!(dear.winner.as_deref(), Some("lru"), "{}", dear.answer);
    assert!(dear.answer.contains("slow's better hit ratio wins"), "{}", dear.answer);
}

#[test]
fn an_odd_twin_names_nobody() {
    let fixture = Fixture { twin: 1.08, ..of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]) };
    let verdict = verdict_of(&fixture);
    assert!(!verdict.proven && verdict.winner.is_none());
    assert!(verdict.answer.starts_with("Unproven, so no variant is named"), "{}", verdict.answer);
    assert!(verdict.answer.contains("A/A twin"), "{}", verdict.answer);
    assert!(!verdict.answer.contains("quick"), "{}", verdict.answer);
}

#[test]
fn too_few_rounds_name_nobody() {
    for rounds in 0..8 {
        let fixture = Fixture { rounds, ..of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]) };
        let verdict = verdict_of(&fixture);
        assert!(!verdict.proven && verdict.winner.is_none(), "{rounds}: {}", verdict.answer);
    }
}

#[test]
fn a_ratio_that_moves_through_the_mark_is_drift() {
    let fixture = of(&[("lru", 20e6, 0.95), ("warming", 20e6, 0.95)]);
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
    let (_, verdict) = judged(&fixture, &records);
    assert!(!verdict.proven, "{verdict:?}");
    assert_eq!(verdict.health.drifting_pairs, ["warming / lru"]);
    // A drift that all share cancels, and is told but believed.
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
    let (_, verdict) = judged(&fixture, &records);
    assert!(verdict.proven && verdict.health.drifting_pairs.is_empty());
    assert!(verdict.health.drift.unwrap() < -0.2 && verdict.health.drift_p.unwrap() < 0.01);
}

#[test]
fn the_unbounded_the_wrong_and_the_failed_are_said_but_not_named() {
    let mut fixture = of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.93), ("liar", 90e6, 0.99)]);
    fixture.variants.push(Invented::new("dict", 60e6, 1.0).unbounded());
    fixture.variants.push(Invented::new("crash", 70e6, 0.99));
    fixture.variants.push(Invented::new("hog", 80e6, 0.99));
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
    let (results, verdict) = judged(&fixture, &records);
    assert_eq!(verdict.winner.as_deref(), Some("lru"), "{}", verdict.answer);
    let place = |name: &str| verdict.standings.iter().find(|s| s.variant == name).unwrap().place;
    assert_eq!(place("liar"), Place::Disqualified);
    assert_eq!(place("hog"), Place::Disqualified);
    assert_eq!(place("crash"), Place::Failed);
    assert_eq!(place("dict"), Place::Unbounded);
    for name in ["liar", "hog", "crash", "dict"] {
        assert!(!verdict.answer.contains(name), "{}", verdict.answer);
        assert!(verdict.remarks.iter().any(|r| r.starts_with(name)), "{:?}", verdict.remarks);
    }
    let of_liar = results.cells.iter().filter(|cell| cell.variant == "liar");
    assert_eq!(of_liar.count(), 0, "no figure of a wrong variant is shown");
    assert!(results.pairs.iter().all(|p| p.variant != "liar" && p.baseline != "liar"));
}

#[test]
fn a_failure_that_was_made_good_is_forgiven() {
    let fixture = of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let mut records = fixture.records();
    let quick = |t: &TrialRecord| t.spec.variant == "quick" && t.timed_slot().is_some();
    let timed = records.iter().find_map(|record| match record {
        Record::Trial(trial) if quick(trial) => Some(trial.clone()),
        _ => None,
    });
    // Round 0 was interrupted by a failure, then done again.
    let mut first = timed.unwrap();
    first.observed.started -= jiff::SignedDuration::from_secs(1);
    fail(&mut first, "timeout");
    records.push(Record::Trial(first));
    assert_eq!(judged(&fixture, &records).1.winner.as_deref(), Some("quick"));
}

#[test]
fn unequal_sections_are_not_compared() {
    let fixture = of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let mut records = fixture.records();
    change(
        &mut records,
        |t| t.spec.variant == "quick" && t.timed_slot().is_some(),
        |trial| {
            let counts = &mut trial.report_mut().unwrap().counts;
            counts.hits = counts.reads;
        },
    );
    let (results, verdict) = judged(&fixture, &records);
    let pair = results.pairs.iter().find(|pair| !pair.twin).unwrap();
    assert!(pair.not_comparable.is_some() && pair.verdict == Verdict::Inconclusive);
    assert_eq!(verdict.winner, None);
    assert!(verdict.answer.contains("cannot be compared"), "{}", verdict.answer);
}

#[test]
fn sections_are_those_of_the_rounds_that_both_took_part_in() {
    // The other sits out the later rounds, whose sections hit less, whoever replays them.
    let fixture = of(&[("lru", 20e6, 0.94), ("rare", 40e6, 0.97)]);
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
    let pair = |records: &[Record]| {
        let pairs = judged(&fixture, records).0.pairs;
        pairs.into_iter().find(|pair| !pair.twin).unwrap()
    };
    let found = pair(&records);
    assert_eq!((found.rounds, found.not_comparable), (12, None));
    // Nothing of those rounds is in what is said of the pair.
    records.retain(|record| match record {
        Record::Trial(trial) => !timed(trial),
        Record::Round { round, .. } => *round < 12,
        _ => true,
    });
    assert_eq!(found.mean_time, pair(&records).mean_time);
}

#[test]
fn a_section_that_does_not_stand_for_the_whole_leaves_the_mean_times() {
    // Eight points of hit ratio over the workload, three points fewer in the sections.
    let fixture = of(&[("lru", 20e6, 0.88), ("moka", 19e6, 0.98)]);
    let mut records = fixture.records();
    let timed = |t: &TrialRecord| t.spec.variant == "moka" && t.spec.meter == Meter::Throughput;
    change(&mut records, timed, |trial| {
        let counts = &mut trial.report_mut().unwrap().counts;
        counts.hits -= counts.reads / 33;
    });
    let (results, verdict) = judged(&fixture, &records);
    let pair = results.pairs.iter().find(|pair| !pair.twin).unwrap();
    assert!(pair.not_comparable.is_some() && pair.verdict == Verdict::Inconclusive);
    assert_eq!(verdict.winner.as_deref(), Some("moka"), "{}", verdict.answer);
    assert!(verdict.answer.contains("points more hit ratio than lru."), "{}", verdict.answer);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("speeds of moka and lru")));

    // At the true hit ratio moka could only be quicker: a miss takes no less time than a hit.
    let (_, honest) = judged(&fixture, &fixture.records());
    let plain = judged(&fixture, &fixture.records()).0;
    let plain = plain.pairs.iter().find(|pair| !pair.twin).unwrap().mean_time.unwrap();
    let wide = pair.mean_time.unwrap();
    assert!(wide.low_ns < plain.low_ns - 2.0 && (wide.high_ns - plain.high_ns).abs() < 1.0);
    assert_eq!(honest.winner, verdict.winner);
}

#[test]
fn mean_times_hold_together_whatever_level_words_free() {
    let fixture = of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97), ("same", 20.1e6, 0.95)]);
    let (results, _) = judged(&fixture, &fixture.records());
    let pairs: Vec<_> = results.pairs.iter().filter(|pair| !pair.twin).collect();
    let share = 1.0 - 0.05 / 3.0;
    let freed = pairs.iter().filter(|pair| pair.required_confidence < share - 0.01).count();
    assert_eq!((pairs.len(), freed), (3, 1), "quick is told apart, and leaves its level");
    for pair in pairs {
        let time = pair.mean_time.unwrap();
        assert!(time.confidence >= share - 1e-9, "{} / {}", pair.variant, pair.baseline);
    }
}

#[test]
fn a_lead_is_said_as_far_as_it_is_certain_where_replays_differ() {
    let fixture = of(&[("lru", 40e6, 0.95), ("wobbly", 20e6, 0.95)]);
    let mut records = fixture.records();
    let replay = |record: &&Record| match record {
        Record::Trial(trial) => {
            trial.spec.variant == "wobbly" && trial.spec.meter == Meter::HitRatio
        }
        _ => false,
    };
    let again: Vec<Record> = records.iter().filter(replay).cloned().collect();
    // One request in ten thousand more or less.
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
    let (_, verdict) = judged(&fixture, &records);
    assert_eq!(verdict.winner.as_deref(), Some("lru"), "{}", verdict.answer);
    // A lead of 25 ns over 0.0001 misses a request.
    let up_to = verdict.winner_to_miss_ns.unwrap();
    assert!((200e3..250e3).contains(&up_to), "{up_to}");
    let said = "wobbly may be the better: their replays do not tell who misses less";
    assert!(verdict.answer.contains(said), "{}", verdict.answer);
    assert_eq!(verdict_of(&fixture).winner_to_miss_ns, None, "equals never overtake");
}

#[test]
fn only_reads_miss() {
    let fixture = of(&[("lru", 40e6, 0.950), ("moka", 2e6, 0.954)]);
    let mut exploration = fixture.exploration();
    let crossing = |exploration: &Exploration| -> f64 {
        let results = compute(exploration, &fixture.records());
        results.pairs.iter().find_map(|pair| pair.crossing.clone()).unwrap().miss_ns
    };
    let before = crossing(&exploration);
    exploration.scenarios[0].reads /= 2;
    assert!((crossing(&exploration) / before - 2.0).abs() < 1e-9);
}

#[test]
fn only_whole_rounds_of_the_present_family_count() {
    let fixture = of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    let whole = fixture.records();
    let expected = judged(&fixture, &whole).0;
    let mut records = whole.clone();
    for record in &whole {
        let Record::Trial(trial) = record else { continue };
        if trial.timed_slot().is_some() && round_of(trial) == 29 {
            // A round under way, an older family, an older workload: none of them counts.
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
    assert_eq!(judged(&fixture, &records).0, expected);
}

#[test]
fn exact_replays_count_for_every_scenario_with_their_workload() {
    let mut fixture = of(&[("lru", 20e6, 0.94), ("quick", 40e6, 0.97)]);
    fixture.scenarios.push(String::from("outage"));
    let mut records = fixture.records();
    let mut asked = fixture.exploration();
    // The same requests under another name: the driver need not replay them twice.
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
    let results = compute(&asked, &records);
    let hits = |scenario: &str| -> Vec<_> {
        let of = |cell: &&bakeoff_protocol::results::Cell| {
            cell.scenario == scenario && cell.meter == Meter::HitRatio
        };
        let cells = results.cells.iter().filter(of);
        cells.map(|cell| (cell.variant.clone(), cell.capacity, cell.hit_ratio)).collect()
    };
    assert!(!hits("outage").is_empty());
    assert_eq!(hits("outage"), hits("user-profiles"));
    let speeds = results.cells.iter().filter(|cell| cell.meter == Meter::Throughput);
    assert_eq!(speeds.filter(|cell| cell.scenario == "outage").count(), 2, "timed for itself");
}

#[test]
fn memory_is_what_grew_beyond_the_harness() {
    let mut fixture = Fixture { memory: true, ..of(&[("lru", 20e6, 0.94), ("moka", 2e6, 0.97)]) };
    let mean = |fixture: &Fixture, records: &[Record], name: &str| {
        let results = judged(fixture, records).0;
        let cell =
            |c: &&bakeoff_protocol::results::Cell| c.variant == name && c.meter == Meter::Memory;
        results.cells.iter().find(cell).unwrap().bytes_per_entry.unwrap().median
    };
    let plain = mean(&fixture, &fixture.records(), "lru");
    assert!((plain / 700.0 - 1.0).abs() < 0.01, "{plain}");
    fixture.variants.push(Invented::new("null", 100e6, 0.5));
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
    let beside = mean(&fixture, &records, "lru");
    assert!((plain - beside - 50.0).abs() < 3.0, "{plain} and {beside}: 0.5 of 10,000 entries");
}

/// What may befall a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    Unbounded,
    Wrong,
    Outgrown,
    Panicked,
    AsConfigured,
    EasierSection,
    Unread,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Fine),
        1 => Just(Fate::Unbounded),
        1 => Just(Fate::Wrong),
        1 => Just(Fate::Outgrown),
        1 => Just(Fate::Panicked),
        1 => Just(Fate::AsConfigured),
        1 => Just(Fate::EasierSection),
        1 => Just(Fate::Unread),
    ]
}

/// Generated runs: rates, hit ratios and fates of up to five variants.
fn runs() -> impl Strategy<Value = (Fixture, Vec<Record>, Vec<Fate>)> {
    let rate = prop_oneof![Just(20e6), Just(20.3e6), Just(21e6), Just(2e6), 1e5..60e6];
    let skill = prop_oneof![Just(0.95), Just(0.951), 0.8..1.0];
    let noise = prop_oneof![Just(0.0), Just(0.01), Just(0.05), Just(0.3)];
    let variant = (rate, skill, noise, fates());
    let twin = prop_oneof![4 => Just(1.0), 1 => Just(1.05), 1 => Just(0.5)];
    (prop::collection::vec(variant, 1..5), 0..40_u32, twin).prop_map(|(made, rounds, twin)| {
        let mut fixture = of(&[("v0", 1.0, 1.0)]);
        fixture.variants.clear();
        (fixture.rounds, fixture.twin, fixture.memory) = (rounds, twin, true);
        for (place, (rate, skill, noise, fate)) in made.iter().enumerate() {
            let mut variant = Invented::new(&format!("v{place}"), *rate, *skill);
            variant.noise = *noise;
            variant.bounded = *fate != Fate::Unbounded;
            fixture.variants.push(variant);
        }
        let mut records = fixture.records();
        for (place, (.., fate)) in made.iter().enumerate() {
            befall(&mut records, &format!("v{place}"), *fate);
        }
        (fixture, records, made.into_iter().map(|(.., fate)| fate).collect())
    })
}

fn befall(records: &mut [Record], name: &str, fate: Fate) {
    let timed = |t: &TrialRecord| t.spec.variant == name && t.spec.meter == Meter::Throughput;
    let counted = |t: &TrialRecord| t.spec.variant == name && t.spec.meter == Meter::HitRatio;
    match fate {
        Fate::Fine | Fate::Unbounded => {}
        Fate::Wrong => change(records, counted, |t| {
            t.report_mut().unwrap().counts.wrong_answers = 3;
        }),
        Fate::Outgrown => change(records, |t| timed(t) && round_of(t) > 2, |t| fail(t, "memory")),
        Fate::Panicked => change(records, timed, |t| fail(t, "panic")),
        Fate::AsConfigured => {
            change(
                records,
                |t| t.spec.variant == name,
                |t| t.observed.capacity_as_configured = true,
            );
        }
        Fate::EasierSection => change(records, timed, |t| {
            t.report_mut().unwrap().counts.hits = 0;
        }),
        Fate::Unread => change(
            records,
            |t| t.spec.variant == name,
            |t| {
                let counts = &mut t.report_mut().unwrap().counts;
                (counts.reads, counts.hits) = (0, 0);
            },
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_named_without_proof((fixture, records, fates) in runs()) {
        let (results, verdict) = judged(&fixture, &records);
        let json = serde_json::to_value(&results).unwrap();
        prop_assert!(!json.to_string().contains("NaN") && !verdict.answer.contains("NaN"));
        prop_assert!(!verdict.answer.is_empty() && !verdict.answer.contains("inf"));
        prop_assert_eq!(&serde_json::from_value::<Results>(json).unwrap(), &results);
        prop_assert_eq!(verdict.proven, verdict.unproven_because.is_empty());
        let Some(winner) = &verdict.winner else {
            prop_assert!(!verdict.answer.contains("take "), "{}", verdict.answer);
            return Ok(());
        };
        prop_assert!(verdict.proven);
        prop_assert!(verdict.answer.contains(&format!("take {winner}")), "{}", verdict.answer);
        let place = |name: &str| {
            verdict.standings.iter().find(|standing| standing.variant == name).map(|s| s.place)
        };
        prop_assert_eq!(place(winner), Some(Place::Eligible));
        let fate = fates[winner[1..].parse::<usize>().unwrap()];
        // Sections that were easier by as much for all make a fair race; the pairs below tell.
        let fair = matches!(fate, Fate::Fine | Fate::EasierSection);
        prop_assert!(fair, "{winner} was named in spite of {fate:?}");
        let rivals = fixture.variants.iter().map(|v| v.name.as_str()).filter(|name| {
            *name != winner && place(name) == Some(Place::Eligible)
        });
        for rival in rivals {
            let pair = results.pairs.iter().find(|pair| {
                !pair.twin && [&pair.variant, &pair.baseline].map(String::as_str)
                    .iter().all(|name| [winner.as_str(), rival].contains(name))
            });
            let pair = pair.unwrap();
            let surely_less = pair.mean_time.is_some_and(|difference| {
                let of_winner = pair.variant == *winner;
                let seen = if of_winner { difference } else { difference.inverted() };
                [1e4, 1e5].iter().any(|&miss_ns| seen.at(miss_ns)[1] < 0.0)
            });
            let told_apart = if pair.not_comparable.is_some() {
                surely_less
            } else {
                pair.verdict != Verdict::Inconclusive
            };
            prop_assert!(told_apart, "{} beside {}", winner, rival);
        }
    }

    #[test]
    fn the_order_of_the_lines_says_nothing(
        (fixture, records, _) in runs(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = records.clone();
        let mut state = seed | 1;
        for place in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(place, (state >> 33) as usize % (place + 1));
        }
        prop_assert_eq!(judged(&fixture, &records).0, judged(&fixture, &shuffled).0);
    }
}

#[test]
fn the_results_hold_to_their_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let text = fs::read_to_string(folder.join("results.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let fixture = Fixture::typical();
    let results = compute(&fixture.exploration(), &fixture.records());
    let value = serde_json::to_value(&results).unwrap();
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty() && !results.cells.is_empty(), "{errors:#?}");
}
