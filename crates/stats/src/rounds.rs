//! How many rounds: what would settle a comparison, and when to stop.

use bakeoff_protocol::exploration::{Stopped, Stopping};

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
/// 8 for four pairs (1.25 %), 9 for ten (0.5 %).
#[must_use]
pub fn fewest(alpha: f64) -> usize {
    (1..=64).find(|&n| 2.0 * SignedRank::new(n).at_most(0) <= alpha).unwrap_or(64)
}

/// Pairs among so many entrants.
#[must_use]
pub const fn pairs(entrants: usize) -> usize {
    entrants * entrants.saturating_sub(1) / 2
}

/// The fewest rounds with which a word is possible of each of `pairs` pairs, and of the twin.
#[must_use]
pub fn fewest_for(pairs: usize) -> usize {
    fewest(0.05 / pairs.max(1) as f64).max(fewest(0.01))
}

/// Rounds between two looks at the precision: many looks at noise find a narrow moment in it.
const LOOK: usize = 5;
/// Share of a difference that its own interval may be wide: of a factor of 40, nobody needs to
/// know the third digit.
const OF_THE_DIFFERENCE: f64 = 0.05;

/// Why measuring may stop after `rounds` rounds and `spent_seconds`, if it may. `pairs` is the
/// number of pairs that are compared; `family` is asked for what [`crate::compare`] says of them
/// so far, where that matters.
///
/// The rule looks at precision and budget alone. It never looks at whether something is
/// significant: stopping at the first significant round makes false winners of noise, since
/// every look is another chance.
#[must_use]
pub fn stop(
    rule: &Stopping,
    rounds: usize,
    spent_seconds: f64,
    pairs: usize,
    family: impl FnOnce() -> Vec<Option<Comparison>>,
) -> Option<Stopped> {
    if rounds >= rule.maximum_rounds as usize {
        return Some(Stopped::Rounds);
    }
    let may_look = rounds >= rule.minimum_rounds.max(1) as usize && rounds.is_multiple_of(LOOK);
    if may_look && rule.precision > 0.0 {
        let family = family();
        let precise = |comparison: &Comparison| is_precise(comparison, rule.precision);
        if family.iter().flatten().all(precise) {
            return Some(Stopped::Precision);
        }
    }
    let spent = rule.budget_seconds.is_some_and(|budget| spent_seconds >= budget);
    (spent && rounds >= fewest_for(pairs)).then_some(Stopped::Time)
}

/// Whether the interval is as narrow as asked, at the confidence that it should have.
fn is_precise(comparison: &Comparison, precision: f64) -> bool {
    let asked = precision.ln_1p().max(OF_THE_DIFFERENCE * comparison.estimate.abs());
    comparison.interval.confidence + 1e-12 >= comparison.required
        && comparison.interval.half_width() <= asked
}
