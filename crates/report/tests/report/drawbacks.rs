//! A winner whose users put up with more than those of another is named with that condition.

use crate::fixture::{Fixture, Invented};
use bakeoff_analysis::compute;
use bakeoff_protocol::Meter;
use bakeoff_protocol::paced::outcome::{
    Freshness, LostWrites, OriginLoad, PacedOutcome, UserCounts,
};
use bakeoff_protocol::results::{DrawbackKind, ScenarioVerdict};
use bakeoff_protocol::sample::Record;
use bakeoff_protocol::trial::MeterReport;
use bakeoff_report::render;

fn fixture() -> Fixture {
    let variants = [Invented::new("slow", 20e6, 0.94), Invented::new("quick", 40e6, 0.97)].to_vec();
    Fixture {
        variants,
        baseline: String::from("slow"),
        rounds: 30,
        memory: false,
        ..Fixture::typical()
    }
}

/// Of 1,000 requests: old answers, failures, lost writes, and loads of one key at once.
fn seen([stale, errors, lost, stampede_factor]: [u64; 4]) -> PacedOutcome {
    PacedOutcome {
        origin: OriginLoad { stampede_factor, ..OriginLoad::default() },
        freshness: Freshness { fresh: 1_000 - stale, stale, ..Freshness::default() },
        users: UserCounts { requests: 1_000, errors, ..UserCounts::default() },
        lost: LostWrites { writes: lost, keys: lost },
        ..PacedOutcome::default()
    }
}

/// The records of a run with a paced replay of each variant that is told of.
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
        trial.report_mut().unwrap().meter = MeterReport::Paced(Box::new(seen(*figures)));
        records.push(Record::Trial(trial));
    }
    records
}

fn verdict(paced: &[(&str, [u64; 4])]) -> ScenarioVerdict {
    let results = compute(&fixture().exploration(), &records(paced));
    let verdict = results.scenarios[0].clone();
    assert_eq!(verdict.winner.as_deref(), Some("quick"));
    verdict
}

fn kinds(verdict: &ScenarioVerdict) -> Vec<DrawbackKind> {
    verdict.winner_drawbacks.iter().map(|drawback| drawback.kind).collect()
}

#[test]
fn old_answers_are_a_condition() {
    let verdict = verdict(&[("quick", [350, 0, 0, 1]), ("slow", [10, 0, 0, 1])]);
    let start = "For user-profiles, take quick where old answers do no harm: ";
    assert!(verdict.answer.starts_with(start), "{}", verdict.answer);
    let drawback = &verdict.winner_drawbacks[0];
    assert_eq!((drawback.amount, drawback.least, &*drawback.by), (0.35, 0.01, "slow"));
}

#[test]
fn failures_by_a_point_and_lost_writes_by_one_are_conditions_as_well() {
    let all = verdict(&[("quick", [0, 20, 1, 1]), ("slow", [5, 5, 0, 1])]);
    assert_eq!(kinds(&all), [DrawbackKind::Unanswered, DrawbackKind::LostWrites]);
    let start = "For user-profiles, take quick where requests may fail and writes may be lost: ";
    assert!(all.answer.starts_with(start), "{}", all.answer);
}

#[test]
fn one_lost_write_is_counted_and_not_rounded_away() {
    let verdict = verdict(&[("quick", [0, 0, 1, 1]), ("slow", [0, 0, 0, 1])]);
    let drawback = &verdict.winner_drawbacks[0];
    assert_eq!((drawback.amount, drawback.least), (1.0, 0.0));
    let summary = summary(&[("quick", [0, 0, 1, 1]), ("slow", [0, 0, 0, 1])]);
    let said = "If no write may be lost: 1 of quick's writes got lost, none of slow's, the fewest.";
    assert!(summary.contains(said), "{summary}");
}

#[test]
fn a_stampede_is_more_than_readers_that_meet_by_chance() {
    let loads = |quick| verdict(&[("quick", [0, 0, 0, quick]), ("slow", [0, 0, 0, 1])]);
    assert_eq!(kinds(&loads(10)), []);
    let stampede = loads(895);
    assert_eq!(kinds(&stampede), [DrawbackKind::Stampedes]);
    let start = "For user-profiles, take quick where the origin bears stampedes: ";
    assert!(stampede.answer.starts_with(start), "{}", stampede.answer);
}

#[test]
fn what_others_put_up_with_as_well_is_none() {
    for paced in [
        &[("quick", [350, 20, 3, 1]), ("slow", [345, 15, 3, 1])][..],
        &[("quick", [0, 0, 0, 1]), ("slow", [350, 20, 3, 1])],
        // Nothing is known of the other's users.
        &[("quick", [350, 20, 3, 1])],
        &[],
    ] {
        let verdict = verdict(paced);
        assert_eq!(kinds(&verdict), [], "{paced:?}");
        assert!(verdict.answer.starts_with("For user-profiles, take quick: "), "{paced:?}");
    }
}

fn summary(paced: &[(&str, [u64; 4])]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fixture().write(folder.path());
    let mut lines = String::new();
    for record in records(paced) {
        lines += &serde_json::to_string(&record).unwrap();
        lines += "\n";
    }
    std::fs::write(folder.path().join("samples.jsonl"), lines).unwrap();
    render(folder.path()).unwrap();
    std::fs::read_to_string(folder.path().join("summary.md")).unwrap()
}

#[test]
fn what_would_change_the_answer_names_who_does_better() {
    let summary = summary(&[("quick", [350, 0, 0, 1]), ("slow", [10, 0, 0, 1])]);
    let said = "If old answers do harm: 35.00 % of quick's answers were old, 1.00 % of slow's";
    assert!(summary.contains(said), "{summary}");
}
