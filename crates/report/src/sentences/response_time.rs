//! Sentences on the response time at fixed request rates.

use bakeoff_protocol::results::{HighestRate, RateRange, ScenarioResults};

use crate::text::number::{rate, tick_duration};
use crate::text::phrases::{highest_rate, listed};

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

/// Returns the title of the chart, with the highest rates if the run is confirmed.
pub fn title(of: &ScenarioResults) -> String {
    let limit = limit(of);
    let ranked = ranked(of);
    if !of.confirmed || ranked.is_empty() {
        return String::from("Response time by request rate");
    }
    let rates: Vec<String> = ranked
        .iter()
        .map(|(name, found)| {
            let median = rate(found.requests_per_second.median);
            match found.within {
                RateRange::BelowMeasured => format!("less than {median} requests/s with {name}"),
                RateRange::Measured => format!("{median} requests/s with {name}"),
                RateRange::AtOrAboveMeasured => format!("at least {median} requests/s with {name}"),
            }
        })
        .collect();
    format!("p99 is at most {limit} up to {}", listed(&rates))
}

/// Returns a sentence on the highest rate of each variant; `None` if no rates were measured.
pub fn highest_rates(of: &ScenarioResults) -> Option<String> {
    let ranked = ranked(of);
    let rates: Vec<String> =
        ranked.iter().map(|(name, found)| format!("{} with {name}", highest_rate(found))).collect();
    let limit = limit(of);
    (!rates.is_empty())
        .then(|| format!("Highest request rate with p99 ≤ {limit}: {}.", listed(&rates)))
}
