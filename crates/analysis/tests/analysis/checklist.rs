//! Tests the production checklist, which is judged by measurements only.

use crate::fixture::Fixture;
use bakeoff_analysis::decision::decide;
use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{
    AppliedEvent, InstanceCounts, PacedOutcome, TimelineBucket,
};
use bakeoff_protocol::results::decision::{ChecklistEvidence, ChecklistFinding, ChecklistItem};
use bakeoff_protocol::results::{Cell, Measurement, PacedFigures, Results};

/// Returns a replay without incidents: ten intervals of one second with a hundred requests each.
fn quiet() -> PacedOutcome {
    let mut paced =
        PacedOutcome { covered_ms: 10_000, bucket_ms: 1_000, ..PacedOutcome::default() };
    paced.timeline = vec![TimelineBucket { requests: 100, ..TimelineBucket::default() }; 10];
    paced.users.requests = 1_000;
    paced.freshness.fresh = 1_000;
    paced.origin.stampede_factor = 1;
    paced
}

fn event(kind: FaultKind, at_ms: u64, for_ms: u64) -> AppliedEvent {
    let until_ms = (for_ms > 0).then_some(at_ms + for_ms);
    AppliedEvent { at_ms, until_ms, kind }
}

/// Returns the results of a run in which `dict` and `lru` have the given paced replays.
fn results(paced: [PacedOutcome; 2]) -> Results {
    let mut results = Fixture::typical().results();
    let cells = &mut results.scenarios[0].cells;
    for (name, paced) in ["dict", "lru"].into_iter().zip(paced) {
        let template = cells.iter().find(|cell| cell.variant == name).unwrap().clone();
        let measurement =
            Measurement::Paced(Box::new(PacedFigures { paced, samples: Default::default() }));
        cells.push(Cell { measurement, ..template });
    }
    results
}

fn findings(results: &Results, item: ChecklistItem) -> [ChecklistFinding; 2] {
    let decision = decide(results, None);
    ["dict", "lru"].map(|name| {
        let list = decision.checklists.iter().find(|list| list.variant == name).unwrap();
        list.findings.iter().find(|finding| finding.item == item).unwrap().clone()
    })
}

fn passed(results: &Results, item: ChecklistItem) -> [Option<bool>; 2] {
    findings(results, item).map(|finding| finding.passed)
}

#[test]
fn time_to_live_passes_if_stale_answers_end() {
    let changed = |stale: std::ops::Range<usize>| {
        let mut paced = quiet();
        paced.events = vec![event(FaultKind::Overwrite, 2_000, 0)];
        for moment in &mut paced.timeline[stale] {
            moment.stale = 5;
            paced.freshness.stale += 5;
        }
        paced.freshness.age.record(400_000);
        paced
    };
    let results = results([changed(2..10), changed(2..5)]);
    assert_eq!(passed(&results, ChecklistItem::TimeToLive), [Some(false), Some(true)]);
    let [_, ended] = findings(&results, ChecklistItem::TimeToLive);
    assert_eq!(
        ended.evidence,
        Some(ChecklistEvidence::Expiry {
            scenario: String::from("user-profiles"),
            oldest_ms: Some(400.0),
            continued: false
        })
    );
}

#[test]
fn stampede_protection_is_judged_only_if_a_stampede_occurred() {
    let loads = |factor: u64| {
        let mut paced = quiet();
        paced.origin.stampede_factor = factor;
        paced
    };
    let item = ChecklistItem::StampedeProtection;
    assert_eq!(passed(&results([loads(1), loads(1)]), item), [None, None]);
    assert_eq!(passed(&results([loads(900), loads(1)]), item), [Some(false), Some(true)]);
    let [_, protected] = findings(&results([loads(900), loads(1)]), item);
    let Some(ChecklistEvidence::ConcurrentLoads { loads: own, most, .. }) = protected.evidence
    else {
        panic!("{protected:?}");
    };
    let most = most.unwrap();
    assert_eq!((own, most.variant.as_str(), most.loads), (1, "dict", 900));
    assert_eq!(passed(&results([loads(9), loads(2)]), item), [None, None]);
    let mut written = loads(2);
    written.origin.writes = 1;
    assert_eq!(passed(&results([loads(900), written]), item)[1], Some(true), "after a write");
    assert_eq!(passed(&results([loads(900), loads(2)]), item)[1], Some(false));
    let mut three = loads(3);
    three.instances =
        (0..3).map(|instance| InstanceCounts { instance, ..InstanceCounts::default() }).collect();
    assert_eq!(passed(&results([loads(900), three]), item)[1], Some(true), "one per instance");
}

#[test]
fn outage_may_fail_one_request_in_a_hundred_and_must_end() {
    let outage = |errors: u64, until: usize| {
        let mut paced = quiet();
        paced.events = vec![event(FaultKind::RedisDown, 3_000, 2_000)];
        for moment in &mut paced.timeline[3..until] {
            moment.errors = errors;
        }
        paced.users.errors = errors * (until as u64 - 3);
        paced.users.recovery_ms = paced.recovery_ms();
        paced
    };
    let item = ChecklistItem::CacheOutage;
    let run = results([outage(80, 5), outage(1, 5)]);
    assert_eq!(passed(&run, item), [Some(false), Some(true)]);
    let [failed, _] = findings(&run, item);
    let Some(ChecklistEvidence::Outage { failed, slow, recovered, recovery_ms, .. }) =
        failed.evidence
    else {
        panic!("an outage");
    };
    assert_eq!((failed, slow, recovered, recovery_ms), (0.8, 0.0, true, Some(2_000)));
    let run = results([outage(1, 10), quiet()]);
    assert_eq!(passed(&run, item), [Some(false), None], "no recovery, no outage");
}

#[test]
fn outage_counts_for_variants_whose_cache_is_unavailable() {
    let outage = |kind: FaultKind| {
        let mut paced = quiet();
        paced.events = vec![event(kind, 3_000, 2_000)];
        paced
    };
    let item = ChecklistItem::CacheOutage;
    let counts = |services: &[&str], kind: FaultKind| {
        let mut run = results([outage(kind), quiet()]);
        run.variants[0].manifest.services = services.iter().map(ToString::to_string).collect();
        passed(&run, item)[0].is_some()
    };
    let mut run = results([quiet(), quiet()]);
    assert_eq!(findings(&run, item)[0].shown_by, "redis-outage");
    run.variants[0].manifest.services = vec![String::from("postgres")];
    assert_eq!(findings(&run, item)[0].shown_by, "postgres-outage");
    assert!(counts(&["postgres"], FaultKind::PostgresDown));
    assert!(
        !counts(&["postgres"], FaultKind::RedisDown),
        "a variant over PostgreSQL does not use Redis"
    );
    assert!(counts(&["redis"], FaultKind::RedisUnreachable));
    assert!(!counts(&["redis"], FaultKind::PostgresDown), "PostgreSQL is only the origin");
    assert!(!counts(&[], FaultKind::PostgresDown), "PostgreSQL is only the origin");
    assert!(counts(&[], FaultKind::RedisDown), "a variant without a server must pass too");
}

#[test]
fn invalidation_is_judged_if_other_instances_write() {
    let written = |after_us: Option<u64>, instances: u32| {
        let mut paced = quiet();
        paced.origin.writes = 100;
        paced.instances = (0..instances)
            .map(|instance| InstanceCounts { instance, ..InstanceCounts::default() })
            .collect();
        if let Some(after_us) = after_us {
            paced.invalidation.record(after_us);
            paced.freshness.stale = 10;
            paced.freshness.fresh -= 10;
        }
        paced
    };
    let item = ChecklistItem::Invalidation;
    let run = results([written(Some(4_000_000), 3), written(Some(3_000), 3)]);
    assert_eq!(passed(&run, item), [Some(false), Some(true)]);
    let run = results([written(Some(4_000_000), 1), written(None, 2)]);
    assert_eq!(passed(&run, item), [None, Some(true)]);
}

#[test]
fn bounded_memory_is_judged_by_the_entries_held() {
    let run = results([quiet(), quiet()]);
    assert_eq!(passed(&run, ChecklistItem::BoundedMemory), [Some(false), Some(true)]);
    let [grown, held] = findings(&run, ChecklistItem::BoundedMemory);
    assert!(matches!(grown.evidence, Some(ChecklistEvidence::Unlimited { held: 100_000, .. })));
    let limited = matches!(
        held.evidence,
        Some(ChecklistEvidence::Limited { held: 10_000, allowed: 10_000, .. })
    );
    assert!(limited, "{held:?}");
}
