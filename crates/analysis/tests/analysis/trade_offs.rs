//! Tests trade-offs of a recommended variant in paced replays.

use crate::fixture::Fixture;
use bakeoff_analysis::analyze;
use bakeoff_protocol::Meter;
use bakeoff_protocol::paced::outcome::{
    Freshness, LostWrites, OriginLoad, PacedOutcome, UserCounts,
};
use bakeoff_protocol::results::{Reversal, ScenarioResults, TradeOff, TradeOffKind};
use bakeoff_protocol::sample::Record;

fn fixture() -> Fixture {
    Fixture::of(&[("slow", 20e6, 0.94), ("quick", 40e6, 0.97)])
}

/// Outcome of 1,000 requests with a number of stale answers, failures and lost writes, and a
/// stampede factor.
fn outcome([stale, errors, lost, stampede_factor]: [u64; 4]) -> PacedOutcome {
    PacedOutcome {
        origin: OriginLoad { stampede_factor, ..OriginLoad::default() },
        freshness: Freshness { fresh: 1_000 - stale, stale, ..Freshness::default() },
        users: UserCounts { requests: 1_000, errors, ..UserCounts::default() },
        lost: LostWrites { writes: lost, keys: lost },
        ..PacedOutcome::default()
    }
}

/// Returns the records of a run with paced replays of some variants.
fn records(paced: &[(&str, [u64; 4])]) -> Vec<Record> {
    let mut records = fixture().records();
    for (name, figures) in paced {
        let exact = records.iter().find_map(|record| match record {
            Record::Trial(trial)
                if trial.spec.variant == *name && trial.spec.meter == Meter::HitRatio =>
            {
                Some(trial.clone())
            }
            _ => None,
        });
        let mut trial = exact.unwrap();
        trial.spec.meter = Meter::Paced;
        trial.key = format!("paced {name}");
        trial.report_mut().unwrap().meter =
            bakeoff_protocol::trial::MeterReport::Paced(Box::new(outcome(*figures)));
        records.push(Record::Trial(trial));
    }
    records
}

fn results(paced: &[(&str, [u64; 4])]) -> ScenarioResults {
    let fixture = fixture();
    let input = fixture.input_with(fixture.exploration(), records(paced));
    let of = analyze(&input, None).scenarios.remove(0);
    assert_eq!(of.recommended(), Some("quick"));
    of
}

fn trade_offs(paced: &[(&str, [u64; 4])]) -> Vec<TradeOff> {
    results(paced).recommendation().unwrap().trade_offs.clone()
}

fn kinds(paced: &[(&str, [u64; 4])]) -> Vec<TradeOffKind> {
    trade_offs(paced).iter().map(|trade_off| trade_off.kind).collect()
}

#[test]
fn more_stale_reads_are_a_trade_off_and_a_reversal() {
    let of = results(&[("quick", [350, 0, 0, 1]), ("slow", [10, 0, 0, 1])]);
    let trade_off = of.recommendation().unwrap().trade_offs[0].clone();
    assert_eq!(trade_off.kind, TradeOffKind::StaleReads);
    assert_eq!((trade_off.amount, trade_off.least, &*trade_off.by), (0.35, 0.01, "slow"));
    assert!(of.reversals.contains(&Reversal::TradeOff(trade_off)), "{:?}", of.reversals);
}

#[test]
fn more_failures_and_one_lost_write_are_trade_offs() {
    let kinds = kinds(&[("quick", [0, 20, 1, 1]), ("slow", [5, 5, 0, 1])]);
    assert_eq!(kinds, [TradeOffKind::Unanswered, TradeOffKind::LostWrites]);
}

#[test]
fn one_lost_write_is_not_rounded_to_zero() {
    let trade_offs = trade_offs(&[("quick", [0, 0, 1, 1]), ("slow", [0, 0, 0, 1])]);
    assert_eq!((trade_offs[0].amount, trade_offs[0].least), (1.0, 0.0));
}

#[test]
fn few_concurrent_loads_are_not_a_stampede() {
    let loads = |quick| kinds(&[("quick", [0, 0, 0, quick]), ("slow", [0, 0, 0, 1])]);
    assert_eq!(loads(10), []);
    assert_eq!(loads(895), [TradeOffKind::Stampedes]);
}

#[test]
fn disadvantages_that_others_share_are_not_trade_offs() {
    for paced in [
        &[("quick", [350, 20, 3, 1]), ("slow", [345, 15, 3, 1])][..],
        &[("quick", [0, 0, 0, 1]), ("slow", [350, 20, 3, 1])],
        // The other variant has no paced replay.
        &[("quick", [350, 20, 3, 1])],
        &[],
    ] {
        assert_eq!(kinds(paced), [], "{paced:?}");
    }
}
