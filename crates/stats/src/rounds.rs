//! Forecasts how many rounds a comparison needs, and decides when to stop.

use bakeoff_protocol::exploration::{RoundsEndReason, StoppingRule};

use crate::{Comparison, SignedRank};

/// Forecasts the number of rounds after which a comparison is conclusive.
///
/// The width of an interval shrinks with the square root of the rounds. It must shrink until the
/// interval excludes 0 or ±`margin`, whichever is nearer. `None` if more than `limit` rounds are
/// needed. The forecast extrapolates from `rounds` rounds, so only its order of magnitude is
/// reliable.
#[must_use]
pub fn required(
    comparison: &Comparison,
    margin: f64,
    rounds: usize,
    limit: usize,
) -> Option<usize> {
    let distance = comparison.estimate.abs();
    // The interval excludes 0 if half-width < distance, and is within ±margin if half-width <
    // margin − distance.
    let room = distance.max(margin - distance);
    if room <= 0.0 || rounds == 0 {
        return None;
    }
    let half_width = comparison.interval.half_width();
    let shrink = (half_width / room).powi(2).max(1.0);
    let wanted = (rounds as f64 * shrink).ceil();
    let wanted = if wanted <= limit as f64 { wanted as usize } else { return None };
    let wanted = wanted.max(min_rounds(1.0 - comparison.required));
    (wanted <= limit).then_some(wanted)
}

/// Returns the smallest number of rounds that can give an interval of confidence `1 − alpha`.
///
/// It is 6 at 5 %, 8 for four pairs (1.25 %), 9 for ten (0.5 %).
#[must_use]
pub fn min_rounds(alpha: f64) -> usize {
    (1..=64).find(|&n| 2.0 * SignedRank::new(n).at_most(0) <= alpha).unwrap_or(64)
}

/// Returns the number of pairs of `variants` variants.
#[must_use]
pub const fn pairs(variants: usize) -> usize {
    variants * variants.saturating_sub(1) / 2
}

/// Returns the smallest number of rounds for a verdict on each of `pairs` pairs and the A/A
/// control.
#[must_use]
pub fn min_rounds_for_pairs(pairs: usize) -> usize {
    min_rounds(0.05 / pairs.max(1) as f64).max(min_rounds(0.01))
}

/// Rounds between two checks of the precision. More frequent checks would stop at intervals that
/// are narrow by chance.
const CHECK_INTERVAL: usize = 5;
/// Half-width of an interval, as a fraction of the log ratio, that always counts as precise: the
/// third digit of a factor of 40 is irrelevant.
const RELATIVE_WIDTH: f64 = 0.05;

/// Returns the reason to stop after `rounds` rounds and `spent_seconds`; `None` to continue.
///
/// `pairs` is the number of compared pairs; `family` computes their comparisons if needed. The rule
/// uses precision and budget but not significance. Stopping at the first significant result would
/// find differences in noise, because every check is another chance.
#[must_use]
pub fn stop(
    rule: &StoppingRule,
    rounds: usize,
    spent_seconds: f64,
    pairs: usize,
    family: impl FnOnce() -> Vec<Option<Comparison>>,
) -> Option<RoundsEndReason> {
    if rounds >= rule.maximum_rounds as usize {
        return Some(RoundsEndReason::Rounds);
    }
    let may_check =
        rounds >= rule.minimum_rounds.max(1) as usize && rounds.is_multiple_of(CHECK_INTERVAL);
    if may_check && rule.precision > 0.0 {
        let family = family();
        let precise = |comparison: &Comparison| is_precise(comparison, rule.precision);
        if family.iter().flatten().all(precise) {
            return Some(RoundsEndReason::Precision);
        }
    }
    let spent = rule.budget_seconds.is_some_and(|budget| spent_seconds >= budget);
    (spent && rounds >= min_rounds_for_pairs(pairs)).then_some(RoundsEndReason::Time)
}

/// Returns true if the interval is narrow enough and has the required confidence.
fn is_precise(comparison: &Comparison, precision: f64) -> bool {
    let asked = precision.ln_1p().max(RELATIVE_WIDTH * comparison.estimate.abs());
    comparison.interval.confidence + 1e-12 >= comparison.required
        && comparison.interval.half_width() <= asked
}
