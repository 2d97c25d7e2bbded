//! How many rounds: what would settle a comparison, and when to stop.

use crate::{Comparison, SignedRank};

/// Rounds with which a comparison that stands where this one does would probably be settled:
/// the width of an interval shrinks with the root of the rounds, and it has to shrink until it
/// no longer reaches the nearest of the marks that keep the word open (0, or ±`margin`).
///
/// `None` where no number of rounds below `limit` would. It is a forecast from one estimate,
/// right in order of magnitude; `rounds` is what the comparison rests on.
#[must_use]
pub fn required(
    comparison: &Comparison,
    margin: f64,
    rounds: usize,
    limit: usize,
) -> Option<usize> {
    let distance = comparison.estimate.abs();
    // Beyond 0 needs half-width < distance; within ±margin needs half-width < margin − distance.
    let room = distance.max(margin - distance);
    if room <= 0.0 || rounds == 0 {
        return None;
    }
    let half_width = comparison.interval.half_width();
    let shrink = (half_width / room).powi(2).max(1.0);
    let wanted = (rounds as f64 * shrink).ceil();
    let wanted = if wanted <= limit as f64 { wanted as usize } else { return None };
    let wanted = wanted.max(fewest(1.0 - comparison.required));
    (wanted <= limit).then_some(wanted)
}

/// The fewest rounds with which an interval of confidence `1 − alpha` exists at all: 6 at 5 %,
/// 9 for four pairs (1.25 %), 10 for ten (0.5 %).
#[must_use]
pub fn fewest(alpha: f64) -> usize {
    (1..=64).find(|&n| 2.0 * SignedRank::new(n).at_most(0) <= alpha).unwrap_or(64)
}

/// Whether measuring may stop.
///
/// The rule looks at precision and budget alone. It never looks at whether something is
/// significant: stopping at the first significant round makes false winners of noise, since
/// every look is another chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// Half-width in log throughput that every interval has to reach.
    pub precision: f64,
    /// Never fewer rounds.
    pub minimum: usize,
    /// Never more.
    pub maximum: usize,
}

impl Stopping {
    /// Whether to stop after `rounds` rounds, given the half-widths of all intervals.
    #[must_use]
    pub fn is_enough(&self, rounds: usize, half_widths: &[f64]) -> bool {
        rounds >= self.maximum
            || (rounds >= self.minimum && half_widths.iter().all(|&half| half <= self.precision))
    }
}
