//! The checklist of the decision record: ticked by figures, and by nothing else.

use crate::fixture::Fixture;
use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{
    AppliedEvent, InstanceCounts, PacedOutcome, TimelineBucket,
};
use bakeoff_report::decision::{Found, Item, decision};
use bakeoff_report::{Report, load};

/// Ten seconds in moments of one, a hundred requests in each.
fn quiet() -> PacedOutcome {
    let mut seen = PacedOutcome { covered_ms: 10_000, bucket_ms: 1_000, ..PacedOutcome::default() };
    seen.timeline = vec![TimelineBucket { requests: 100, ..TimelineBucket::default() }; 10];
    seen.users.requests = 1_000;
    seen.freshness.fresh = 1_000;
    seen.origin.stampede_factor = 1;
    seen
}

fn event(kind: FaultKind, at_ms: u64, for_ms: u64) -> AppliedEvent {
    let until_ms = (for_ms > 0).then_some(at_ms + for_ms);
    AppliedEvent { at_ms, until_ms, kind }
}

/// A run in which `dict` and `lru` were seen like this.
fn report(seen: [PacedOutcome; 2]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    let mut report = load(folder.path()).unwrap();
    for (row, seen) in report.scenarios[0].rows.iter_mut().zip(seen) {
        row.behaviour = Some(Box::new(seen));
    }
    report
}

fn found(report: &Report, item: Item) -> [Found; 2] {
    ["dict", "lru"].map(|name| item.found(report, report.entrant(name).unwrap()))
}

fn held(figure: &str) -> Found {
    Found::Held(figure.to_owned())
}

fn failed(figure: &str) -> Found {
    Found::Failed(figure.to_owned())
}

#[test]
fn a_time_to_live_is_seen_where_old_answers_end() {
    let changed = |stale: std::ops::Range<usize>| {
        let mut seen = quiet();
        seen.events = vec![event(FaultKind::Overwrite, 2_000, 0)];
        for moment in &mut seen.timeline[stale] {
            moment.stale = 5;
            seen.freshness.stale += 5;
        }
        seen.freshness.age.record(400_000);
        seen
    };
    let report = report([changed(2..10), changed(2..5)]);
    assert_eq!(
        found(&report, Item::TimeToLive),
        [
            failed(
                "still answered with rows that had changed up to 400 ms before when user-profiles \
                 ended: nothing had let them expire"
            ),
            held("old answers ended by themselves, the oldest after 400 ms (user-profiles)"),
        ]
    );
}

#[test]
fn protection_from_stampedes_is_seen_where_somebody_stampedes() {
    let loads = |factor: u64| {
        let mut seen = quiet();
        seen.origin.stampede_factor = factor;
        seen
    };
    let nobody_met = report([loads(1), loads(1)]);
    assert_eq!(found(&nobody_met, Item::Stampede), [Found::NotMeasured, Found::NotMeasured]);
    let met = report([loads(900), loads(1)]);
    assert_eq!(
        found(&met, Item::Stampede),
        [
            failed("900 loads of one key at once at the most (user-profiles)"),
            held("1 load of one key at once at the most (user-profiles; dict began 900)"),
        ]
    );
    let few = report([loads(9), loads(2)]);
    assert_eq!(found(&few, Item::Stampede), [Found::NotMeasured, Found::NotMeasured]);
    let mut written = loads(2);
    written.origin.writes = 1;
    let [_, twice] = found(&report([loads(900), written]), Item::Stampede);
    assert!(matches!(twice, Found::Held(_)), "the second began after a write: {twice:?}");
    let [_, twice] = found(&report([loads(900), loads(2)]), Item::Stampede);
    assert!(matches!(twice, Found::Failed(_)), "{twice:?}");
    let mut three = loads(3);
    three.instances =
        (0..3).map(|instance| InstanceCounts { instance, ..InstanceCounts::default() }).collect();
    let met = report([loads(900), three]);
    assert_eq!(
        found(&met, Item::Stampede)[1],
        held(
            "3 loads of one key at once by 3 instances at the most (user-profiles; dict began 900)"
        )
    );
}

#[test]
fn an_outage_may_cost_one_in_a_hundred_and_must_end() {
    let outage = |errors: u64, until: usize| {
        let mut seen = quiet();
        seen.events = vec![event(FaultKind::RedisDown, 3_000, 2_000)];
        for moment in &mut seen.timeline[3..until] {
            moment.errors = errors;
        }
        seen.users.errors = errors * (until as u64 - 3);
        seen.users.recovery_ms = seen.recovery_ms();
        seen
    };
    let run = report([outage(80, 5), outage(1, 5)]);
    assert_eq!(
        found(&run, Item::Outage),
        [
            failed(
                "80.00 % failed or not served and 0.00 % slow while it lasted (Redis down, \
                 user-profiles); as before 2.00 s after it began"
            ),
            held(
                "1.00 % failed or not served and 0.00 % slow while it lasted (Redis down, \
                 user-profiles); as before 2.00 s after it began"
            ),
        ]
    );
    let run = report([outage(1, 10), quiet()]);
    let [for_ever, never] = found(&run, Item::Outage);
    assert_eq!(never, Found::NotMeasured, "nothing was away");
    let Found::Failed(figure) = for_ever else { panic!("{for_ever:?}") };
    assert!(figure.ends_with("requests still failed when the replay ended"), "{figure}");
}

#[test]
fn an_outage_counts_for_those_whose_cache_is_away() {
    let outage = |kind: FaultKind| {
        let mut seen = quiet();
        seen.events = vec![event(kind, 3_000, 2_000)];
        seen
    };
    let of = |services: &[&str], kind: FaultKind| {
        let mut run = report([outage(kind), quiet()]);
        run.entrants[0].manifest.services = services.iter().map(ToString::to_string).collect();
        let [found, _] = found(&run, Item::Outage);
        found != Found::NotMeasured
    };
    let mut run = report([quiet(), quiet()]);
    assert_eq!(Item::Outage.scenario(&run.entrants[0]), "redis-outage");
    run.entrants[0].manifest.services = vec![String::from("postgres")];
    assert_eq!(Item::Outage.scenario(&run.entrants[0]), "postgres-outage");
    assert!(of(&["postgres"], FaultKind::PostgresDown));
    assert!(!of(&["postgres"], FaultKind::RedisDown), "it does not notice");
    assert!(of(&["redis"], FaultKind::RedisUnreachable));
    assert!(!of(&["redis"], FaultKind::PostgresDown), "that is the origin");
    assert!(!of(&[], FaultKind::PostgresDown), "that is the origin");
    assert!(of(&[], FaultKind::RedisDown), "its users are served, whatever becomes of Redis");
}

#[test]
fn being_told_is_seen_where_others_write() {
    let told = |after_us: Option<u64>, instances: u32| {
        let mut seen = quiet();
        seen.origin.writes = 100;
        seen.instances = (0..instances)
            .map(|instance| InstanceCounts { instance, ..InstanceCounts::default() })
            .collect();
        if let Some(after_us) = after_us {
            seen.invalidation.record(after_us);
            seen.freshness.stale = 10;
            seen.freshness.fresh -= 10;
        }
        seen
    };
    let run = report([told(Some(4_000_000), 3), told(Some(3_000), 3)]);
    assert_eq!(
        found(&run, Item::Invalidation),
        [
            failed(
                "an instance went on with an old value for 4.00 s (p99), and 1.00 % of the answers \
                 were old (user-profiles)"
            ),
            held(
                "an instance went on with an old value for 3.00 ms (p99), and 1.00 % of the answers \
                 were old (user-profiles)"
            ),
        ]
    );
    let run = report([told(Some(4_000_000), 1), told(None, 2)]);
    assert_eq!(
        found(&run, Item::Invalidation),
        [Found::NotMeasured, held("no old answer from any instance (user-profiles)")]
    );
}

#[test]
fn what_a_run_shows_stands_in_its_record() {
    let mut stale = quiet();
    stale.freshness.stale = 30;
    stale.freshness.fresh = 970;
    stale.freshness.age.record(2_000_000);
    let record = decision(&report([stale, quiet()]), None);
    for line in [
        "- [ ] bounded memory: no: grew to 100,000 entries (+66.9 MiB) without a limit \
         (user-profiles)",
        "- [x] bounded memory: held 10,000 of 10,000 entries allowed (user-profiles)",
        "- [ ] invalidation told: not measured (`three-instances` shows it)",
        "- stale answers: 3.00 % in user-profiles, out of date for 2.00 s (p99), 2.00 s at most",
        "- stale answers: none in user-profiles",
        "`bakeoff explore --scenarios forgotten-invalidation,redis-outage,stampede,three-instances`",
    ] {
        assert!(record.contains(line), "no {line} in\n{record}");
    }
}
