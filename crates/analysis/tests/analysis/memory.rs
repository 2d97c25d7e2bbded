//! Memory that grows, memory per entry as a trade-off, sizing, reference rows and break-even.

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::{Eligibility, ReferenceKind, Results, Reversal, TradeOffKind};
use bakeoff_protocol::sample::Record;

use crate::fixture::Fixture;
use crate::support::{change, eligibility, judged};

/// Returns a run in which moka is better than lru at every miss cost.
fn moka_wins() -> Fixture {
    let mut fixture = Fixture::typical();
    fixture.variant("moka").rate = 60.0e6;
    fixture
}

#[test]
fn a_leaking_winner_is_not_eligible_and_not_bounded() {
    let mut fixture = moka_wins();
    assert_eq!(fixture.results().scenarios[0].recommended(), Some("moka"));
    fixture.variant("moka").leaks = true;
    let results: Results = fixture.results();
    let of = &results.scenarios[0];
    let Eligibility::MemoryGrows { from_bytes, to_bytes, turnovers } = eligibility(of, "moka")
    else {
        panic!("{:?}", eligibility(of, "moka"));
    };
    // 10,000 entries of 790 bytes, of which each pass leaks as many again.
    assert!((*from_bytes as f64 / (3.0 * 7.9e6) - 1.0).abs() < 0.02, "{from_bytes}");
    assert!((*to_bytes as f64 / (11.0 * 7.9e6) - 1.0).abs() < 0.02, "{to_bytes}");
    assert!((turnovers - 10.0).abs() < 1e-9);
    assert_ne!(of.recommended(), Some("moka"));
    let moka = results.variant("moka").expect("a variant");
    assert_eq!(moka.memory_limit.kept, Some(false));
    assert!(moka.memory_limit.grows.is_some() && !moka.keeps_limit());
    let lru = results.variant("lru").expect("a variant");
    assert!(lru.memory_limit.grows.is_none() && lru.keeps_limit());
}

#[test]
fn only_the_latest_memory_trial_decides_whether_memory_grows() {
    let mut fixture = moka_wins();
    fixture.variant("moka").leaks = true;
    let mut records = fixture.records();
    let mut again = records.clone();
    again.retain(|record| match record {
        Record::Trial(trial) => trial.spec.variant == "moka" && trial.spec.meter == Meter::Memory,
        _ => false,
    });
    change(
        &mut again,
        |_| true,
        |trial| {
            trial.observed.started += jiff::SignedDuration::from_secs(3_600);
            let turnover = trial.report_mut().unwrap().memory_turnover.as_mut().unwrap();
            let held = turnover.bytes_after_pass[0];
            turnover.bytes_after_pass.fill(held);
        },
    );
    records.extend(again);
    let of = judged(&fixture, &records);
    assert_eq!(eligibility(&of, "moka"), &Eligibility::Eligible);
}

#[test]
fn more_than_twice_the_memory_per_entry_is_a_trade_off() {
    let trade_off = |bytes_per_entry: f64| {
        let mut fixture = moka_wins();
        fixture.variant("moka").bytes_per_entry = bytes_per_entry;
        let of = fixture.results().scenarios.remove(0);
        let kinds = of.recommendation().expect("a recommendation").trade_offs.clone();
        let found = kinds.into_iter().find(|one| one.kind == TradeOffKind::MemoryPerEntry);
        let stated = of.reversals.iter().any(|reversal| {
            matches!(reversal, Reversal::TradeOff(one) if one.kind == TradeOffKind::MemoryPerEntry)
        });
        assert_eq!(found.is_some(), stated);
        found
    };
    assert_eq!(trade_off(1_350.0), None);
    let found = trade_off(1_500.0).expect("a trade-off");
    assert_eq!(found.by, "lru");
    assert!((found.amount - 1_500.0).abs() < 20.0 && (found.least - 700.0).abs() < 10.0);
}

#[test]
fn sizing_follows_from_memory_and_replays() {
    let of = Fixture::typical().results().scenarios.remove(0);
    let sizing = |name: &str| of.sizing.iter().find(|one| one.variant == name).expect("a sizing");
    let lru = sizing("lru");
    let [small, .., large] = lru.budgets.as_slice() else { panic!("four budgets") };
    // 64 MiB at about 700 bytes per entry, outside of the only measured size and the replays.
    assert!((small.entries as f64 / 95_869.0 - 1.0).abs() < 0.02, "{}", small.entries);
    assert!(small.memory_extrapolated && small.hit_ratio_extrapolated && !small.all_keys_fit);
    assert!(large.all_keys_fit && large.entries == of.scenario.unique_keys);
    let infinite = of.reference.rows.iter().find(|row| row.kind == ReferenceKind::InfiniteCache);
    assert_eq!(large.hit_ratio, infinite.map(|row| row.hit_ratio));
    let at_timed = lru.curve.iter().find(|point| point.entries == 10_000).expect("a point");
    assert!(!at_timed.memory_extrapolated && (at_timed.bytes / 7e6 - 1.0).abs() < 0.02);
    // A cache without a limit has a hit ratio only where everything fits.
    let dict = sizing("dict");
    assert_eq!(dict.budgets[0].hit_ratio, None);
    assert!(dict.budgets[3].hit_ratio.is_some());
    assert!(lru.points[0].overhead_per_entry.is_some_and(|overhead| overhead < 700.0));
}

#[test]
fn break_even_and_reference_rows_are_at_the_miss_cost() {
    let of = Fixture::typical().results().scenarios.remove(0);
    let reference = &of.reference;
    let kinds: Vec<ReferenceKind> = reference.rows.iter().map(|row| row.kind).collect();
    let expected =
        [ReferenceKind::NoCache, ReferenceKind::InfiniteCache, ReferenceKind::OptimalBound];
    assert_eq!(kinds, expected);
    let row = |name: &str| {
        reference.break_even.iter().find(|one| one.variant == name).expect("a break-even")
    };
    let redis = row("redis");
    let (lookup, store) = (redis.lookup_ns.median, redis.store_ns.median);
    let expected = (lookup + store) / (reference.miss_cost_ns + store);
    assert!((redis.hit_ratio - expected).abs() < 1e-12);
    assert!(redis.hit_ratio > row("lru").hit_ratio);
    assert!(redis.margin.is_some_and(|margin| margin > 0.0));
    assert_eq!(reference.no_cache_lowest, None);
}

#[test]
fn no_cache_is_lowest_for_caches_slower_than_the_origin() {
    let mut fixture = Fixture::typical();
    for variant in &mut fixture.variants {
        variant.rate = 100.0;
    }
    let of = fixture.results().scenarios.remove(0);
    let found = of.reference.no_cache_lowest.as_ref().expect("no cache is lowest");
    assert!(found.confirmed && found.closest_ns[0] > found.access_time_ns);
}
