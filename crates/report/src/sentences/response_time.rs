//! Sentences on the response time at fixed request rates.

use bakeoff_protocol::results::{HighestRate, RateRange, ScenarioResults};

use crate::text::number::{rate, tick_duration};
use crate::text::phrases::{highest_rate, listed};

/// Largest number of variants that a title or a sentence names.
const MOST_NAMES: usize = 4;

/// Formats the limit of p99 of a scenario: `1 ms`.
pub fn limit(of: &ScenarioResults) -> String {
    tick_duration(of.scenario.p99_limit_ns as f64 / 1e9)
}

/// Variants with a highest rate, the highest first.
fn ranked(of: &ScenarioResults) -> Vec<(&str, HighestRate)> {
    let mut ranked: Vec<(&str, HighestRate)> = of
        .figures
        .iter()
        .filter_map(|row| {
            Some((row.variant.as_str(), of.response_time(&row.variant)?.highest_rate?))
        })
        .collect();
    ranked.sort_by(|(_, a), (_, b)| {
        b.requests_per_second.median.total_cmp(&a.requests_per_second.median)
    });
    ranked
}

/// States the highest rate of each variant, formatted by `format`; `None` without rates.
fn statement(of: &ScenarioResults, format: fn(&HighestRate) -> String) -> Option<String> {
    let (never, within): (Vec<_>, Vec<_>) =
        ranked(of).into_iter().partition(|(_, found)| found.within == RateRange::BelowMeasured);
    let limit = limit(of);
    let mut rates: Vec<String> =
        within.iter().map(|(name, found)| format!("{} with {name}", format(found))).collect();
    if rates.len() > MOST_NAMES {
        let others = rates.len() - (MOST_NAMES - 1);
        rates.truncate(MOST_NAMES - 1);
        rates.push(format!("lower rates with {others} other variants"));
    }
    let mut parts = Vec::new();
    if !rates.is_empty() {
        parts.push(format!("p99 is at most {limit} up to {}", listed(&rates)));
    }
    let names: Vec<&str> = never.iter().map(|(name, _)| *name).collect();
    if !names.is_empty() {
        parts.push(format!("p99 exceeds {limit} at every measured rate with {}", listed(&names)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Returns the title of the chart, with the highest rates if the run is confirmed.
pub fn title(of: &ScenarioResults) -> String {
    let median = |found: &HighestRate| {
        let more = if found.within == RateRange::AtOrAboveMeasured { " or more" } else { "" };
        format!("{} requests/s{more}", rate(found.requests_per_second.median))
    };
    let stated = if of.confirmed { statement(of, median) } else { None };
    stated.unwrap_or_else(|| String::from("Response time by request rate"))
}

/// Returns a sentence on the highest rate of each variant; `None` if no rates were measured.
pub fn highest_rates(of: &ScenarioResults) -> Option<String> {
    statement(of, highest_rate).map(|stated| format!("In an open loop, {stated}."))
}
