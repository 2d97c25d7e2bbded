//! Names, rules and evidence of the production checklist.

use bakeoff_protocol::results::decision::{ChecklistEvidence, ChecklistItem};

use crate::text::number::{bytes, count, counted, duration, percent, percent_with};

/// Returns the name of a checklist item.
pub const fn name(item: ChecklistItem) -> &'static str {
    match item {
        ChecklistItem::TimeToLive => "TTL on every key",
        ChecklistItem::StampedeProtection => "stampede protection",
        ChecklistItem::CacheOutage => "behavior with the cache unavailable",
        ChecklistItem::BoundedMemory => "bounded memory",
        ChecklistItem::Invalidation => "invalidation across instances",
    }
}

/// Returns the rule by which a checklist item passes.
pub const fn rule(item: ChecklistItem) -> &'static str {
    match item {
        ChecklistItem::TimeToLive => {
            "rows were changed in the origin without an invalidation, and stale answers stopped: \
             there were none in the last quarter of the time after the last change"
        }
        ChecklistItem::StampedeProtection => {
            "when many requests missed one key at once, there was at most one concurrent load per \
             instance. Two are allowed if the replay contains writes, because a read after a write \
             must not use a load that began before the write"
        }
        ChecklistItem::CacheOutage => {
            "at most 1 % of the requests failed or were not served while the cache's server was \
             unavailable, and none in the last quarter of the time after the outage. The server is \
             PostgreSQL for a variant that needs PostgreSQL, otherwise Redis"
        }
        ChecklistItem::BoundedMemory => "the cache held at most 5 % more entries than its limit",
        ChecklistItem::Invalidation => {
            "after one instance changed a value, the other instances stopped returning the old value \
             within 1 s in 99 of 100 cases"
        }
    }
}

/// Returns the measurement on which a finding rests.
pub fn evidence(evidence: &ChecklistEvidence) -> String {
    let ms = |ms: f64| duration(ms / 1e3);
    match evidence {
        ChecklistEvidence::Expiry { scenario, oldest_ms: None, .. } => {
            format!(
                "no stale answer, although rows changed in the origin without an invalidation \
                 ({scenario})"
            )
        }
        ChecklistEvidence::Expiry { scenario, oldest_ms: Some(oldest), continued: false } => {
            format!("stale answers stopped; the oldest was stale for {} ({scenario})", ms(*oldest))
        }
        ChecklistEvidence::Expiry { scenario, oldest_ms: Some(oldest), continued: true } => {
            format!(
                "stale answers continued to the end; the oldest was stale for {} ({scenario})",
                ms(*oldest)
            )
        }
        ChecklistEvidence::ConcurrentLoads { scenario, loads, instances, most } => {
            let by = if *instances > 1 {
                format!(" by {}", counted(*instances, "instance"))
            } else {
                String::new()
            };
            let most = most.as_ref().map_or_else(String::new, |most| {
                format!("; {} had {}", most.variant, count(most.loads))
            });
            format!(
                "at most {} of one key{by} ({scenario}{most})",
                counted(*loads, "concurrent load")
            )
        }
        ChecklistEvidence::Outage { scenario, event, failed, slow, recovered, recovery_ms } => {
            let after = match (recovered, recovery_ms) {
                (false, _) => String::from("; requests still failed at the end"),
                (true, Some(after)) => {
                    format!("; recovered {} after the outage began", ms(*after as f64))
                }
                (true, None) => String::new(),
            };
            format!(
                "{} of the requests failed or were not served and {} were slow during the outage \
                 ({event}, {scenario}){after}",
                percent(*failed),
                percent(*slow)
            )
        }
        ChecklistEvidence::OtherInstances { scenario, p99_ms: None, .. } => {
            format!("no stale answer from any instance ({scenario})")
        }
        ChecklistEvidence::OtherInstances { scenario, p99_ms: Some(p99), stale_share } => format!(
            "an instance kept an old value for {} (p99); {} of the answers were stale ({scenario})",
            ms(*p99),
            percent(*stale_share)
        ),
        ChecklistEvidence::Disqualified { message } => message.clone(),
        ChecklistEvidence::Limited { scenario, held, allowed } => {
            let over = *held as f64 / (*allowed).max(1) as f64 - 1.0;
            if over > 0.0 {
                format!(
                    "held {} entries, {} above its limit of {} ({scenario})",
                    count(*held),
                    percent_with(over, 1),
                    count(*allowed)
                )
            } else {
                format!("held {} of {} allowed entries ({scenario})", count(*held), count(*allowed))
            }
        }
        ChecklistEvidence::Unlimited { scenario, held, bytes: size } => {
            let size =
                if *size > 0 { format!(" (+{})", bytes(*size as f64)) } else { String::new() };
            format!("grew to {} entries{size} without a limit ({scenario})", count(*held))
        }
    }
}
