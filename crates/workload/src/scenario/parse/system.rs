//! `[origin]`, `[time]`, `[instances]` and `[[event]]`.

use bakeoff_protocol::paced::config::{
    FaultEvent, FaultKind, LatencyShape, OriginConfig, OriginKind, OriginLatency, PaceConfig,
    Routing,
};

use super::super::document::{Item, Section};
use super::super::{ScenarioError, SystemPlan};

const EVENTS: [(&str, FaultKind); 9] = [
    ("redis-down", FaultKind::RedisDown),
    ("redis-unreachable", FaultKind::RedisUnreachable),
    ("postgres-down", FaultKind::PostgresDown),
    ("origin-down", FaultKind::OriginDown),
    ("origin-slow", FaultKind::OriginSlow),
    ("crash", FaultKind::Crash),
    ("invalidate", FaultKind::Invalidate),
    ("overwrite", FaultKind::Overwrite),
    ("expire", FaultKind::Expire),
];

/// The longest replay that makes sense: a day, in milliseconds.
const LONGEST_MS: u64 = 86_400_000;

/// What the four sections say; `None` where there is none of them.
pub(super) fn plan(top: &Section<'_>) -> Result<Option<SystemPlan>, ScenarioError> {
    let given = ["origin", "time", "instances", "event"].map(|name| top.get(name));
    if given.iter().all(Option::is_none) {
        return Ok(None);
    }
    let [origin_item, time_item, instances, event_items] = given;
    let mut plan = SystemPlan::default();
    if let Some(item) = origin_item {
        plan.origin = origin(&item, plan.origin)?;
    }
    if let Some(item) = &time_item {
        plan.time = time(item, plan.time)?;
    }
    if let Some(item) = instances {
        let section = item.section("[instances]", &["count", "deal"])?;
        plan.instances = section.whole_or("count", 1..=4, 1)? as u32;
        plan.routing = one_of(
            &section,
            "deal",
            &[("random", Routing::Random), ("key-hash", Routing::KeyHash)],
        )?
        .unwrap_or_default();
    }
    if let Some(item) = event_items {
        for item in item.items()? {
            plan.events.push(event(&item, plan.instances)?);
        }
    }
    let real = plan.origin.kind != OriginKind::Simulated || plan.instances > 1;
    if let Some(item) = time_item.filter(|_| plan.time.virtual_clock && real) {
        return Err(item.error(
            "a virtual clock is for one instance over a simulated origin; write clock = \"real\"",
        ));
    }
    Ok(Some(plan))
}

fn origin(item: &Item<'_>, default: OriginConfig) -> Result<OriginConfig, ScenarioError> {
    let known = ["kind", "latency_ms", "latency", "concurrency", "failure_rate", "absent"];
    let section = item.section("[origin]", &known)?;
    let kinds = [
        ("none", OriginKind::Simulated),
        ("simulated", OriginKind::Simulated),
        ("sqlite", OriginKind::Sqlite),
        ("postgres", OriginKind::Postgres),
    ];
    let shapes = [
        ("constant", LatencyShape::Constant),
        ("exponential", LatencyShape::Exponential),
        ("log-normal", LatencyShape::LogNormal),
    ];
    let share = |name| section.get(name).map_or(Ok(0.0), |item| item.number(0.0, 1.0));
    Ok(OriginConfig {
        kind: one_of(&section, "kind", &kinds)?.unwrap_or(OriginKind::Simulated),
        latency: OriginLatency {
            mean_ms: section
                .get("latency_ms")
                .map_or(Ok(0.0), |item| item.number(0.0, 60_000.0))?,
            shape: one_of(&section, "latency", &shapes)?.unwrap_or_default(),
        },
        concurrency: Some(section.whole_or("concurrency", 0..=10_000, 0)? as u32)
            .filter(|&limit| limit > 0),
        failure_rate: share("failure_rate")?,
        absent: share("absent")?,
        ..default
    })
}

fn time(item: &Item<'_>, default: PaceConfig) -> Result<PaceConfig, ScenarioError> {
    let known = ["clock", "rate", "scale", "ttl_ms", "moment_ms", "slow_after_ms"];
    let section = item.section("[time]", &known)?;
    let clock = one_of(&section, "clock", &[("virtual", true), ("real", false)])?;
    let number = |name, default, highest| {
        section.get(name).map_or(Ok(default), |item| item.number(1e-3, highest))
    };
    Ok(PaceConfig {
        virtual_clock: clock.unwrap_or(default.virtual_clock),
        rate: number("rate", default.rate, 1e7)?,
        scale: number("scale", default.scale, 1e7)?,
        ttl_ms: Some(section.whole_or("ttl_ms", 0..=LONGEST_MS * 365, 0)?)
            .filter(|&ttl_ms| ttl_ms > 0),
        bucket_ms: section.whole_or("moment_ms", 1..=LONGEST_MS, default.bucket_ms)?,
        slow_threshold_ms: section.whole_or(
            "slow_after_ms",
            1..=LONGEST_MS,
            default.slow_threshold_ms,
        )?,
    })
}

fn event(item: &Item<'_>, instances: u32) -> Result<FaultEvent, ScenarioError> {
    let known = ["at_ms", "for_ms", "what", "instance", "share"];
    let section = item.section("[[event]]", &known)?;
    let names = EVENTS.map(|(name, _)| name).join(", ");
    section.require("what", &format!("one of {names}"))?;
    let Some(kind) = one_of(&section, "what", &EVENTS)? else {
        return Err(section.error("`what` is missing"));
    };
    let at_ms = section.require("at_ms", "when it happens, in milliseconds of the replay")?;
    let duration_ms = section.whole_or("for_ms", 0..=LONGEST_MS, 0)?;
    if kind.is_failure() && duration_ms == 0 {
        return Err(section.error(format!("`for_ms` is missing: how long {kind} lasts")));
    }
    Ok(FaultEvent {
        at_ms: at_ms.whole(0..=LONGEST_MS)?,
        duration_ms,
        kind,
        instance: section.whole_or("instance", 0..=u64::from(instances - 1), 0)? as u32,
        key_share: section.get("share").map_or(Ok(0.0), |item| item.number(0.0, 1.0))?,
    })
}

/// The meaning of a word, if it is given.
fn one_of<T: Copy>(
    section: &Section<'_>,
    key: &str,
    words: &[(&str, T)],
) -> Result<Option<T>, ScenarioError> {
    let Some(item) = section.get(key) else { return Ok(None) };
    let text = item.text()?;
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, meaning)) => Ok(Some(*meaning)),
        None => {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            Err(item.error(format!("{text:?} is none of {}", known.join(", "))))
        }
    }
}
