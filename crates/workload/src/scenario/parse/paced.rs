//! Parser of `[origin]`, `[time]`, `[instances]` and `[[event]]`.

use bakeoff_protocol::paced::config::{
    FaultEvent, FaultKind, LatencyShape, OriginConfig, OriginKind, OriginLatency, PaceConfig,
    Routing,
};

use super::document::{Section, TomlValue};
use crate::scenario::error::ScenarioError;
use crate::scenario::paced_plan::PacedPlan;

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

/// Upper limit of times in a replay: a day, in milliseconds.
const MAX_MS: u64 = 86_400_000;

/// Keys of `[origin]`.
pub(super) const ORIGIN_KEYS: [&str; 6] =
    ["kind", "latency_ms", "latency_shape", "concurrency", "failure_rate", "absent_share"];
/// Keys of `[time]` that only paced replays use.
const PACED_TIME_KEYS: [&str; 5] = ["clock", "scale", "ttl_ms", "bucket_ms", "slow_threshold_ms"];

/// Parses the request rate of a workload without timestamps, in requests per second.
pub(super) fn parse_request_rate(top: &Section<'_>) -> Result<Option<f64>, ScenarioError> {
    let Some(time) = top.get("time") else { return Ok(None) };
    let rate = time_section(&time)?.get("requests_per_second");
    rate.map(|item| item.number(1e-3, 1e7)).transpose()
}

fn time_section<'a>(item: &TomlValue<'a>) -> Result<Section<'a>, ScenarioError> {
    let keys = [&["requests_per_second"], &PACED_TIME_KEYS[..]].concat();
    item.section("[time]", &keys)
}

/// Parses the sections of a paced replay; `None` if the scenario has none of them.
///
/// A section `[time]` with only a request rate does not add a paced replay. Without a paced replay,
/// `[origin]` states only the miss cost.
pub(super) fn parse_paced(
    top: &Section<'_>,
    request_rate: f64,
) -> Result<Option<PacedPlan>, ScenarioError> {
    let given = ["origin", "time", "instances", "event"].map(|name| top.get(name));
    let [origin_item, time_item, instances, event_items] = given;
    let has_paced_time = match &time_item {
        Some(item) => {
            let section = time_section(item)?;
            PACED_TIME_KEYS.iter().any(|key| section.get(key).is_some())
        }
        None => false,
    };
    let others = [&instances, &event_items];
    if !has_paced_time && others.into_iter().all(Option::is_none) {
        origin_item.map_or(Ok(()), |item| item.section("[origin]", &["latency_ms"]).map(drop))?;
        return Ok(None);
    }
    let mut plan = PacedPlan::default();
    plan.time.rate = request_rate;
    if let Some(item) = origin_item {
        plan.origin = parse_origin(&item, plan.origin)?;
    }
    if let Some(item) = &time_item {
        plan.time = parse_time(item, plan.time)?;
    }
    if let Some(item) = instances {
        let section = item.section("[instances]", &["count", "routing"])?;
        plan.instances = section.integer_or("count", 1..=4, 1)? as u32;
        plan.routing = one_of(
            &section,
            "routing",
            &[("random", Routing::Random), ("key-hash", Routing::KeyHash)],
        )?
        .unwrap_or_default();
    }
    if let Some(item) = event_items {
        for item in item.items()? {
            plan.events.push(parse_event(&item, plan.instances)?);
        }
    }
    let needs_real_clock = plan.origin.kind != OriginKind::Simulated || plan.instances > 1;
    if let Some(item) = time_item.filter(|_| plan.time.virtual_clock && needs_real_clock) {
        return Err(item.error(
            "a virtual clock needs one instance and a simulated origin; write clock = \"real\"",
        ));
    }
    Ok(Some(plan))
}

fn parse_origin(
    item: &TomlValue<'_>,
    default: OriginConfig,
) -> Result<OriginConfig, ScenarioError> {
    let section = item.section("[origin]", &ORIGIN_KEYS)?;
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
            shape: one_of(&section, "latency_shape", &shapes)?.unwrap_or_default(),
        },
        concurrency: Some(section.integer_or("concurrency", 0..=10_000, 0)? as u32)
            .filter(|&limit| limit > 0),
        failure_rate: share("failure_rate")?,
        absent: share("absent_share")?,
        ..default
    })
}

fn parse_time(item: &TomlValue<'_>, default: PaceConfig) -> Result<PaceConfig, ScenarioError> {
    let section = time_section(item)?;
    let clock = one_of(&section, "clock", &[("virtual", true), ("real", false)])?;
    let number = |name, default, highest| {
        section.get(name).map_or(Ok(default), |item| item.number(1e-3, highest))
    };
    Ok(PaceConfig {
        virtual_clock: clock.unwrap_or(default.virtual_clock),
        rate: default.rate,
        scale: number("scale", default.scale, 1e7)?,
        ttl_ms: Some(section.integer_or("ttl_ms", 0..=MAX_MS * 365, 0)?)
            .filter(|&ttl_ms| ttl_ms > 0),
        bucket_ms: section.integer_or("bucket_ms", 1..=MAX_MS, default.bucket_ms)?,
        slow_threshold_ms: section.integer_or(
            "slow_threshold_ms",
            1..=MAX_MS,
            default.slow_threshold_ms,
        )?,
    })
}

fn parse_event(item: &TomlValue<'_>, instances: u32) -> Result<FaultEvent, ScenarioError> {
    let known = ["at_ms", "duration_ms", "kind", "instance", "key_share"];
    let section = item.section("[[event]]", &known)?;
    let names = EVENTS.map(|(name, _)| name).join(", ");
    let missing = format!("choose one of {names}");
    section.require("kind", &missing)?;
    let Some(kind) = one_of(&section, "kind", &EVENTS)? else {
        return Err(section.error(format!("`kind` is missing; {missing}")));
    };
    let at_ms =
        section.require("at_ms", "write the time in milliseconds from the start of the replay")?;
    let duration_ms = section.integer_or("duration_ms", 0..=MAX_MS, 0)?;
    if kind.is_failure() && duration_ms == 0 {
        return Err(section.error("`duration_ms` is missing; write the duration of the fault"));
    }
    Ok(FaultEvent {
        at_ms: at_ms.integer(0..=MAX_MS)?,
        duration_ms,
        kind,
        instance: section.integer_or("instance", 0..=u64::from(instances - 1), 0)? as u32,
        key_share: section.get("key_share").map_or(Ok(0.0), |item| item.number(0.0, 1.0))?,
    })
}

/// Returns the value in `values` that the string at `key` names; `None` without this key.
fn one_of<T: Copy>(
    section: &Section<'_>,
    key: &str,
    values: &[(&str, T)],
) -> Result<Option<T>, ScenarioError> {
    let Some(item) = section.get(key) else { return Ok(None) };
    let text = item.text()?;
    match values.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let known: Vec<String> = values.iter().map(|(name, _)| format!("{name:?}")).collect();
            Err(item.error(format!("unknown value {text:?}; available: {}", known.join(", "))))
        }
    }
}
