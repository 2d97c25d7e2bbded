//! `[origin]`, `[time]`, `[instances]` and `[[event]]`.

use bakeoff_protocol::setting::{
    Deal, EventKind, EventSetting, Latency, LatencyShape, OriginKind, OriginSetting, TimeSetting,
};

use super::super::document::{Item, Section};
use super::super::{ScenarioError, SystemPlan};

const EVENTS: [(&str, EventKind); 9] = [
    ("redis-down", EventKind::RedisDown),
    ("redis-unreachable", EventKind::RedisUnreachable),
    ("postgres-down", EventKind::PostgresDown),
    ("origin-down", EventKind::OriginDown),
    ("origin-slow", EventKind::OriginSlow),
    ("crash", EventKind::Crash),
    ("invalidate", EventKind::Invalidate),
    ("overwrite", EventKind::Overwrite),
    ("expire", EventKind::Expire),
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
        plan.deal =
            one_of(&section, "deal", &[("random", Deal::Random), ("key-hash", Deal::KeyHash)])?
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

fn origin(item: &Item<'_>, default: OriginSetting) -> Result<OriginSetting, ScenarioError> {
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
    Ok(OriginSetting {
        kind: one_of(&section, "kind", &kinds)?.unwrap_or(OriginKind::Simulated),
        latency: Latency {
            mean_ms: section
                .get("latency_ms")
                .map_or(Ok(0.0), |item| item.number(0.0, 60_000.0))?,
            shape: one_of(&section, "latency", &shapes)?.unwrap_or_default(),
        },
        concurrency: section.whole_or("concurrency", 0..=10_000, 0)? as u32,
        failure_rate: share("failure_rate")?,
        absent: share("absent")?,
        ..default
    })
}

fn time(item: &Item<'_>, default: TimeSetting) -> Result<TimeSetting, ScenarioError> {
    let known = ["clock", "rate", "scale", "ttl_ms", "moment_ms", "slow_after_ms"];
    let section = item.section("[time]", &known)?;
    let clock = one_of(&section, "clock", &[("virtual", true), ("real", false)])?;
    let number = |name, default, highest| {
        section.get(name).map_or(Ok(default), |item| item.number(1e-3, highest))
    };
    Ok(TimeSetting {
        virtual_clock: clock.unwrap_or(default.virtual_clock),
        rate: number("rate", default.rate, 1e7)?,
        scale: number("scale", default.scale, 1e7)?,
        ttl_ms: section.whole_or("ttl_ms", 0..=LONGEST_MS * 365, default.ttl_ms)?,
        moment_ms: section.whole_or("moment_ms", 1..=LONGEST_MS, default.moment_ms)?,
        slow_after_ms: section.whole_or("slow_after_ms", 1..=LONGEST_MS, default.slow_after_ms)?,
    })
}

fn event(item: &Item<'_>, instances: u32) -> Result<EventSetting, ScenarioError> {
    let known = ["at_ms", "for_ms", "what", "instance", "share"];
    let section = item.section("[[event]]", &known)?;
    let names = EVENTS.map(|(name, _)| name).join(", ");
    section.require("what", &format!("one of {names}"))?;
    let Some(what) = one_of(&section, "what", &EVENTS)? else {
        return Err(section.error("`what` is missing"));
    };
    let at_ms = section.require("at_ms", "when it happens, in milliseconds of the replay")?;
    let for_ms = section.whole_or("for_ms", 0..=LONGEST_MS, 0)?;
    if what.is_fault() && for_ms == 0 {
        return Err(section.error(format!("`for_ms` is missing: how long {} lasts", what.words())));
    }
    Ok(EventSetting {
        at_ms: at_ms.whole(0..=LONGEST_MS)?,
        for_ms,
        what,
        instance: section.whole_or("instance", 0..=u64::from(instances - 1), 0)? as u32,
        share: section.get("share").map_or(Ok(0.0), |item| item.number(0.0, 1.0))?,
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
