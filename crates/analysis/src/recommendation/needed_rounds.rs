//! Forecasts the rounds that would probably decide between two variants.

use bakeoff_protocol::results::{NeededMeasurement, ScenarioResults};

use crate::pairs::FORECAST_LIMIT;
use crate::pairs::analyzed_pair::AnalyzedPair;
use crate::select::Scope;

/// Returns the additional rounds after which the mean access times of two variants would probably
/// be separated, or shown to be equivalent.
///
/// With n rounds, the half-width of the interval of service times is proportional to 1 / √n. The
/// part of the interval that comes from hit ratios does not depend on the rounds.
pub fn needed_measurement(
    scope: &Scope,
    results: &ScenarioResults,
    pairs: &[AnalyzedPair],
    [leader, rival]: [&str; 2],
) -> Option<NeededMeasurement> {
    let of_pair = |paired: &&AnalyzedPair| {
        let names = [paired.record.variant.as_str(), paired.record.baseline.as_str()];
        !paired.aa_control && (names == [leader, rival] || names == [rival, leader])
    };
    let paired = pairs.iter().find(of_pair)?;
    let miss_ns = results.scenario.miss_cost_ns;
    let difference = paired.record.access_time?;
    let [low, high] = difference.at(miss_ns);
    let (center, half) = (difference.estimate(miss_ns).abs(), (high - low) / 2.0);
    let from_rounds = (paired.time.interval.high - paired.time.interval.low) / 2.0;
    let fixed = (half - from_rounds).max(0.0);
    let rule = results.scenario.access_time_rule()?;
    let leading = results.deciding.iter().find_map(|quantity| {
        quantity.value(leader).filter(|_| quantity.quantity == rule.quantity)
    })?;
    let margin = rule.tolerance * leading.value;
    // Half-widths at which the interval excludes zero, and at which it is within the margin.
    let widest = (center - fixed).max(margin - fixed - center);
    if widest <= 0.0 {
        return None;
    }
    let rounds = f64::from(paired.record.rounds);
    let total = rounds * (from_rounds / widest).powi(2);
    let more = (total.ceil() - rounds).max(1.0);
    (total <= FORECAST_LIMIT as f64).then(|| NeededMeasurement {
        rounds: more as u32,
        minutes: more * seconds_per_round(scope) / 60.0,
    })
}

/// Returns the mean duration of a complete round, in seconds.
fn seconds_per_round(scope: &Scope) -> f64 {
    let trials = scope.series.iter().flat_map(|series| series.trials.values());
    let total: f64 = trials.map(|(trial, _)| trial.observed.process_ns as f64 / 1e9).sum();
    total / scope.rounds.len().max(1) as f64
}
