//! Production checklist in words.

use bakeoff_protocol::results::decision::{ChecklistEvidence, ChecklistItem};

use crate::text::number::{bytes, count, counted, duration, percent, percent_with};

/// Returns the name of an item.
pub const fn name(item: ChecklistItem) -> &'static str {
    match item {
        ChecklistItem::TimeToLive => "TTL on every key",
        ChecklistItem::StampedeProtection => "stampede protection",
        ChecklistItem::CacheOutage => "behavior with the cache unavailable",
        ChecklistItem::BoundedMemory => "bounded memory",
        ChecklistItem::Invalidation => "invalidation across instances",
    }
}

/// Returns the rule of an item.
pub const fn rule(item: ChecklistItem) -> &'static str {
    match item {
        ChecklistItem::TimeToLive => {
            "rows changed behind the cache, and no answer was stale in the last quarter of the time \
             after that"
        }
        ChecklistItem::StampedeProtection => {
            "when many requests asked for a key that was being loaded, each instance loaded it once, \
             or twice if keys were written meanwhile: a read after a write must not be answered by a \
             load from before it"
        }
        ChecklistItem::CacheOutage => {
            "at most 1 % of the requests failed or were not served while the server of the cache was \
             unavailable, and none in the last quarter of the time after it. The server is Redis, or \
             PostgreSQL with an available origin"
        }
        ChecklistItem::BoundedMemory => "it held at most 5 % more entries than its limit",
        ChecklistItem::Invalidation => {
            "99 of 100 values that another instance overwrote were answered for at most 1 s"
        }
    }
}

/// Returns the figures behind a finding.
pub fn evidence(evidence: &ChecklistEvidence) -> String {
    let ms = |ms: f64| duration(ms / 1e3);
    match evidence {
        ChecklistEvidence::Expiry { scenario, oldest_ms: None, .. } => {
            format!("no stale answer, although rows changed behind the cache ({scenario})")
        }
        ChecklistEvidence::Expiry { scenario, oldest_ms: Some(oldest), continued: false } => {
            format!("stale answers ended; the oldest was {} old ({scenario})", ms(*oldest))
        }
        ChecklistEvidence::Expiry { scenario, oldest_ms: Some(oldest), continued: true } => {
            format!(
                "answers were up to {} old and still stale at the end: nothing expired ({scenario})",
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
                    format!("; recovered {} after it began", ms(*after as f64))
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
            let by = if over > 0.0 {
                format!(", {} more", percent_with(over, 1))
            } else {
                String::new()
            };
            format!("held {} of {} allowed entries{by} ({scenario})", count(*held), count(*allowed))
        }
        ChecklistEvidence::Unlimited { scenario, held, bytes: size } => {
            let size =
                if *size > 0 { format!(" (+{})", bytes(*size as f64)) } else { String::new() };
            format!("grew to {} entries{size} without a limit ({scenario})", count(*held))
        }
    }
}
