//! Conditions under which another variant is the better choice.

use bakeoff_protocol::results::{Note, Results, Reversal, TradeOffKind};

use crate::text::number::{bytes, count, percent};
use crate::text::phrases::{alternatives as either, grouped, listed};

/// Maximum number of alternatives on the first screen.
const MAX_ALTERNATIVES: usize = 4;

/// Variants and the condition under which they are the better choice.
pub struct Alternative {
    /// Names of the variants: `redis or tiered`.
    pub variants: String,
    /// Rest of the sentence, after the names.
    pub text: String,
}

/// Returns the alternatives of all scenarios, at most four.
pub fn alternatives(results: &Results) -> Vec<Alternative> {
    if results.scenarios.iter().all(|of| of.recommendation().is_none()) {
        return Vec::new();
    }
    let mut conditions: Vec<(String, String)> = Vec::new();
    for reversal in results.scenarios.iter().flat_map(|of| &of.reversals) {
        let Some(found) = condition(reversal) else { continue };
        if !conditions.contains(&found) {
            conditions.push(found);
        }
    }
    let mut all: Vec<Alternative> = grouped(conditions)
        .into_iter()
        .map(|(variants, conditions)| Alternative {
            text: format!("instead, if {}", conditions.join(" or ")),
            variants,
        })
        .collect();
    all.extend(unbounded(results));
    all.truncate(MAX_ALTERNATIVES);
    all
}

/// Names of the variants and the requirement; `None` for a requirement on the miss cost.
fn condition(reversal: &Reversal) -> Option<(String, String)> {
    let (variants, text) = match reversal {
        // The headline names the variants of other scenarios.
        Reversal::MissCost | Reversal::Scenarios { .. } => return None,
        Reversal::Capacity { variant, from_entries, to_entries, open_ended, .. } => {
            let range = if *open_ended {
                format!("from {} on", count(*from_entries))
            } else if from_entries == to_entries {
                format!("of {}", count(*to_entries))
            } else {
                format!("from {} to {}", count(*from_entries), count(*to_entries))
            };
            return Some((variant.clone(), format!("the cache has a capacity {range} entries")));
        }
        Reversal::Threads { variant, workers, .. } => {
            return Some((variant.clone(), format!("{workers} threads share the cache")));
        }
        Reversal::SharedEntries { variants } => (either(variants), "processes must share entries"),
        Reversal::Persistence { variants } => (either(variants), "entries must survive a restart"),
        Reversal::TradeOff(trade_off) => {
            let requirement = match trade_off.kind {
                TradeOffKind::StaleReads => "stale reads are not acceptable",
                TradeOffKind::Unanswered => "requests must not fail",
                TradeOffKind::LostWrites => "writes must not be lost",
                TradeOffKind::Stampedes => "the origin cannot handle stampedes",
                TradeOffKind::MemoryPerEntry => "memory is scarce",
            };
            (trade_off.by.clone(), requirement)
        }
    };
    Some((variants, text.to_owned()))
}

/// Describes the variants without a size limit.
fn unbounded(results: &Results) -> Option<Alternative> {
    let mut names: Vec<&str> = Vec::new();
    for of in &results.scenarios {
        for note in &of.notes {
            if let Note::Unbounded { variant, .. } = note
                && !names.contains(&variant.as_str())
            {
                names.push(variant);
            }
        }
    }
    let variants = listed(&names);
    let [only] = names.as_slice() else {
        let text = String::from("are excluded: they have no size limit");
        return (!names.is_empty()).then_some(Alternative { variants, text });
    };
    let first =
        results.scenarios.iter().find_map(|of| of.row(only)?.hit_ratio.map(|ratio| (of, ratio)));
    let no_limit = first.map_or_else(
        || String::from("has no size limit"),
        |(of, ratio)| {
            let scenario = &of.scenario.name;
            format!("has a hit ratio of {} in {scenario}, but no size limit", percent(ratio))
        },
    );
    let limit = results.variant(only).map(|variant| &variant.memory_limit);
    let size = limit
        .and_then(|limit| limit.largest.as_ref())
        .filter(|growth| growth.bytes > 0)
        .map_or_else(String::new, |growth| format!(": it grew by {}", bytes(growth.bytes as f64)));
    Some(Alternative { variants, text: format!("{no_limit}{size}") })
}
