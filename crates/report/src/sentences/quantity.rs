//! Phrases for deciding quantities and their values.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::results::{QuantityResults, ScenarioResults, VariantFigures};

use crate::text::number::{count, duration, percent, tick_duration};
use crate::text::phrases::MISSING;

/// Returns the name of a quantity within a sentence; the mean access time with its miss cost.
pub fn name(of: &ScenarioResults, quantity: DecidingQuantity) -> String {
    let text = match quantity {
        DecidingQuantity::MeanAccessTime => {
            return format!("mean access time at a miss cost of {}", miss_cost(of));
        }
        DecidingQuantity::FailedRequests => "failed requests",
        DecidingQuantity::RecoveryTime => "recovery time",
        DecidingQuantity::SlowRequests => "slow requests",
        DecidingQuantity::OriginLoads => "loads from the origin",
        DecidingQuantity::PeakOriginLoads => "concurrent requests at the origin",
        DecidingQuantity::PeakLoadsOfOneKey => "concurrent loads of one key",
        DecidingQuantity::StaleReads => "stale reads",
        DecidingQuantity::LongestStaleness => "longest staleness",
        DecidingQuantity::LostWrites => "lost writes",
    };
    text.to_owned()
}

/// Columns of the deciding quantities, in the order in which they decide: head and cells by variant.
pub fn columns(of: &ScenarioResults) -> Vec<(&'static str, Vec<String>)> {
    let column = |results: &QuantityResults| {
        let cell = |row: &VariantFigures| {
            let found = results.value(&row.variant);
            found.map_or_else(|| MISSING.to_owned(), |it| value(results.quantity, it.value))
        };
        (head(results.quantity), of.figures.iter().map(cell).collect())
    };
    of.deciding.iter().map(column).collect()
}

const fn head(quantity: DecidingQuantity) -> &'static str {
    match quantity {
        DecidingQuantity::MeanAccessTime => "mean access time",
        DecidingQuantity::FailedRequests => "failed requests",
        DecidingQuantity::RecoveryTime => "recovery time",
        DecidingQuantity::SlowRequests => "slow requests",
        DecidingQuantity::OriginLoads => "origin loads",
        DecidingQuantity::PeakOriginLoads => "peak origin requests",
        DecidingQuantity::PeakLoadsOfOneKey => "peak loads of one key",
        DecidingQuantity::StaleReads => "stale reads",
        DecidingQuantity::LongestStaleness => "longest staleness",
        DecidingQuantity::LostWrites => "lost writes",
    }
}

/// Formats the scenario's miss cost: `5 ms`.
pub fn miss_cost(of: &ScenarioResults) -> String {
    tick_duration(of.scenario.miss_cost_ns / 1e9)
}

/// Formats a value with its unit.
pub fn value(quantity: DecidingQuantity, value: f64) -> String {
    match quantity {
        DecidingQuantity::MeanAccessTime => duration(value / 1e9),
        DecidingQuantity::FailedRequests
        | DecidingQuantity::SlowRequests
        | DecidingQuantity::StaleReads => percent(value),
        DecidingQuantity::RecoveryTime | DecidingQuantity::LongestStaleness => {
            duration(value / 1e3)
        }
        DecidingQuantity::OriginLoads
        | DecidingQuantity::PeakOriginLoads
        | DecidingQuantity::PeakLoadsOfOneKey
        | DecidingQuantity::LostWrites => count(value as u64),
    }
}

/// States the deciding quantity of the recommended variant and of its closest rival, as a title.
///
/// `None` unless one of these paced quantities decided.
pub fn finding(of: &ScenarioResults, quantities: &[DecidingQuantity]) -> Option<String> {
    let recommendation = of.recommendation()?;
    let decided_by = Some(recommendation.decided_by).filter(|one| quantities.contains(one))?;
    let closest = recommendation.closest_rival.as_ref()?;
    let comparison = comparison(decided_by, closest.values?, &closest.variant);
    Some(format!("With {}, {comparison}", recommendation.variant))
}

/// Formats the reason for a choice by a paced quantity: `2.7 % failed requests, against 25.2 % with
/// redis`.
pub fn comparison(quantity: DecidingQuantity, [own, other]: [f64; 2], rival: &str) -> String {
    let against = format!("against {} with {rival}", value(quantity, other));
    let own = value(quantity, own);
    match quantity {
        DecidingQuantity::MeanAccessTime => format!("mean access time {own}, {against}"),
        DecidingQuantity::FailedRequests => format!("{own} of the requests failed, {against}"),
        DecidingQuantity::RecoveryTime => format!("it recovered within {own}, {against}"),
        DecidingQuantity::SlowRequests => format!("{own} of the answers were slow, {against}"),
        DecidingQuantity::OriginLoads => format!("{own} loads from the origin, {against}"),
        DecidingQuantity::PeakOriginLoads => {
            format!("at most {own} concurrent requests at the origin, {against}")
        }
        DecidingQuantity::PeakLoadsOfOneKey => {
            format!("at most {own} concurrent loads of one key, {against}")
        }
        DecidingQuantity::StaleReads => format!("{own} of the answers were stale, {against}"),
        DecidingQuantity::LongestStaleness => {
            format!("an outdated value was returned for at most {own}, {against}")
        }
        DecidingQuantity::LostWrites => format!("{own} lost writes, {against}"),
    }
}
