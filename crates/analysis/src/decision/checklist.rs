//! Judges each item of the production checklist by measurements, never by declarations.

use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome};
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::decision::{
    Checklist, ChecklistEvidence, ChecklistFinding, ChecklistItem, VariantLoads,
};
use bakeoff_protocol::results::paced::{RequestShares, instances, last_failure_ms, last_stale_ms};
use bakeoff_protocol::results::variant::AllowedAndHeld;
use bakeoff_protocol::results::{Results, ScenarioResults, VariantResults};

/// Share of requests that may fail or remain unserved during an outage.
const ERROR_BUDGET: f64 = 0.01;
/// Longest acceptable time until an instance stops returning a value that another instance has
/// overwritten (99th percentile, in milliseconds). A user needs longer to save and reload a page.
const INVALIDATED_WITHIN_MS: f64 = 1_000.0;
/// Number of concurrent loads of one key per instance that count as a stampede.
const STAMPEDE_LOADS: u64 = 10;
/// Share of requests that waited for the load of another request, above which a stampede was about
/// to occur and the variant prevented it.
const STAMPEDE_JOINED: f64 = 0.01;
/// Last part of the time after the final event, as a share, in which no stale answer or failure may
/// occur.
const QUIET_SHARE: f64 = 0.25;

/// Badness of a variant in one scenario, with the evidence; above 1 the item fails.
type Judgement = Option<(f64, ChecklistEvidence)>;

/// Returns the checklist of every completed variant.
pub fn checklists(results: &Results) -> Vec<Checklist> {
    let completed = results.variants.iter().filter(|one| one.status == Status::Completed);
    completed
        .map(|variant| Checklist {
            variant: variant.name.clone(),
            findings: ChecklistItem::ALL.map(|item| finding(results, variant, item)).to_vec(),
        })
        .collect()
}

/// Returns the worst finding over all scenarios that test the item.
fn finding(results: &Results, variant: &VariantResults, item: ChecklistItem) -> ChecklistFinding {
    let shown_by = shown_by(item, variant).to_owned();
    let judged = if item == ChecklistItem::BoundedMemory {
        bounded_memory(variant)
    } else {
        let shown = results.scenarios.iter().filter_map(|of| {
            let paced = of.paced(&variant.name)?;
            match item {
                ChecklistItem::TimeToLive => expiry(of, paced),
                ChecklistItem::StampedeProtection => stampede(of, paced),
                ChecklistItem::CacheOutage => outage(of, paced, variant),
                ChecklistItem::Invalidation | ChecklistItem::BoundedMemory => {
                    invalidation(of, paced)
                }
            }
        });
        shown.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let (passed, evidence) = match judged {
        Some((badness, evidence)) => (Some(badness <= 1.0), Some(evidence)),
        None => (None, None),
    };
    ChecklistFinding { item, passed, evidence, shown_by }
}

/// Returns the name of the bundled scenario that tests an item.
fn shown_by(item: ChecklistItem, variant: &VariantResults) -> &'static str {
    match item {
        ChecklistItem::TimeToLive => "forgotten-invalidation",
        ChecklistItem::StampedeProtection => "stampede",
        ChecklistItem::CacheOutage if variant.needs("postgres") => "postgres-outage",
        ChecklistItem::CacheOutage => "redis-outage",
        ChecklistItem::BoundedMemory => "user-profiles",
        ChecklistItem::Invalidation => "three-instances",
    }
}

fn expiry(of: &ScenarioResults, paced: &PacedOutcome) -> Judgement {
    let changes = paced.events.iter().filter(|event| event.kind == FaultKind::Overwrite);
    let last = changes.map(|event| event.at_ms).max()?;
    let scenario = of.scenario.name.clone();
    let Some(ended) = last_stale_ms(paced) else {
        let evidence = ChecklistEvidence::Expiry { scenario, oldest_ms: None, continued: false };
        return Some((0.0, evidence));
    };
    let left = paced.covered_ms.checked_sub(last).filter(|&left| left > 0)? as f64;
    let oldest_ms = Some(paced.freshness.age.longest_us as f64 / 1e3);
    let continued = ended.saturating_sub(last) as f64 > left * (1.0 - QUIET_SHARE);
    let evidence = ChecklistEvidence::Expiry { scenario, oldest_ms, continued };
    Some((if continued { 2.0 } else { 0.5 }, evidence))
}

fn stampede(of: &ScenarioResults, paced: &PacedOutcome) -> Judgement {
    let all = || of.figures.iter().filter_map(|row| Some((row, of.paced(&row.variant)?)));
    let occurred = |paced: &PacedOutcome| {
        let joined: u64 = paced.timeline.iter().map(|moment| moment.joined).sum();
        paced.origin.stampede_factor >= STAMPEDE_LOADS * instances(paced)
            || joined as f64 > STAMPEDE_JOINED * paced.users.requests as f64
    };
    if !all().any(|(_, paced)| occurred(paced)) {
        return None;
    }
    let (loads, instances) = (paced.origin.stampede_factor, instances(paced));
    // A read after a write must not wait for a load that began before the write.
    let allowed = if paced.origin.writes > 0 { 2 * instances } else { instances };
    let most = all()
        .max_by_key(|(_, paced)| paced.origin.stampede_factor)
        .filter(|(_, other)| other.origin.stampede_factor > loads)
        .map(|(row, other)| VariantLoads {
            variant: row.variant.clone(),
            loads: other.origin.stampede_factor,
        });
    let scenario = of.scenario.name.clone();
    let evidence = ChecklistEvidence::ConcurrentLoads { scenario, loads, instances, most };
    Some((loads as f64 / allowed as f64, evidence))
}

/// Returns true if an event makes the cache of a variant unavailable.
///
/// A variant without a server is judged by the loss of Redis, the usual cache server. A variant that
/// needs only PostgreSQL is not affected by a loss of Redis.
fn affects_cache(variant: &VariantResults, event: &AppliedEvent) -> bool {
    match event.kind {
        FaultKind::RedisDown | FaultKind::RedisUnreachable => {
            variant.needs("redis") || variant.manifest.services.is_empty()
        }
        FaultKind::PostgresDown => variant.needs("postgres"),
        _ => false,
    }
}

fn outage(of: &ScenarioResults, paced: &PacedOutcome, variant: &VariantResults) -> Judgement {
    let outages = || paced.events.iter().filter(|event| affects_cache(variant, event));
    let event = outages().next()?.kind;
    let over = outages().filter_map(|event| event.until_ms).max()?;
    let during = RequestShares::during(paced, |event| affects_cache(variant, event))?;
    let left = paced.covered_ms.checked_sub(over)? as f64;
    let recovered = last_failure_ms(paced)
        .is_none_or(|last| last.saturating_sub(over) as f64 <= left * (1.0 - QUIET_SHARE));
    let failed = during.failed + during.unserved;
    let badness = failed / ERROR_BUDGET;
    let evidence = ChecklistEvidence::Outage {
        scenario: of.scenario.name.clone(),
        event,
        failed,
        slow: during.slow,
        recovered,
        recovery_ms: paced.users.recovery_ms,
    };
    Some((if recovered { badness } else { badness.max(2.0) }, evidence))
}

fn invalidation(of: &ScenarioResults, paced: &PacedOutcome) -> Judgement {
    let faults = paced.events.iter().any(|event| event.kind.is_failure());
    let removed = paced.events.iter().any(|event| event.kind == FaultKind::Invalidate);
    if instances(paced) < 2 || faults || !(paced.origin.writes > 0 || removed) {
        return None;
    }
    let p99_ms = paced.invalidation.quantile_ms(0.99);
    let scenario = of.scenario.name.clone();
    let evidence =
        ChecklistEvidence::OtherInstances { scenario, p99_ms, stale_share: paced.stale_share() };
    Some((p99_ms.map_or(0.0, |p99| p99 / INVALIDATED_WITHIN_MS), evidence))
}

fn bounded_memory(variant: &VariantResults) -> Judgement {
    const FAILED: f64 = 2.0;
    if let Some(message) = &variant.disqualified {
        return Some((FAILED, ChecklistEvidence::Disqualified { message: message.clone() }));
    }
    let limit = &variant.memory_limit;
    if limit.server_capacity {
        return None;
    }
    if let Some(AllowedAndHeld { allowed, held, scenario }) = limit.at_highest_ratio.clone() {
        let badness = if limit.kept == Some(true) { 0.0 } else { FAILED };
        return Some((badness, ChecklistEvidence::Limited { scenario, held, allowed }));
    }
    let grown = limit.largest.clone()?;
    let (scenario, held, bytes) = (grown.scenario, grown.entries, grown.bytes);
    Some((FAILED, ChecklistEvidence::Unlimited { scenario, held, bytes }))
}
