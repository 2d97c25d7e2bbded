//! Many comparisons at once: intervals at levels that Holm's step-down grants.
//!
//! With m comparisons the first step gives each the level α/m. A comparison whose interval there
//! lies beyond ±δ is *settled*; the α that it held is shared among the others, and so on until a
//! step settles nothing (S. Holm, "A simple sequentially rejective multiple test procedure",
//! Scandinavian Journal of Statistics 6, 1979, with "no more than δ apart" as the hypothesis).
//! Each word is read from the interval at the level of the step that the comparison reached.
//!
//! The words hold together; the intervals do not. The interval of a step is as sure as it says of
//! its own pair, but no set of intervals of this form belongs to a step-down (on those that do: O.
//! Guilbaud, "Simultaneous confidence regions corresponding to Holm's step-down procedure and other
//! closed-testing procedures", Biometrical Journal 50, 2008): with two equals among five variants
//! far apart, some interval misses in 7 % of the runs (`crates/stats/tests/stats/together.rs`). Whatever
//! rests on where an interval ends, and not on a word, takes [`Plan::each`].
//!
//! Only "faster" and "slower" free their level, neither "equivalent" nor "slightly": a family of
//! equals settles as equivalent nearly surely, and would hand its α to whichever of them strayed
//! furthest. Ten pairs of equals on a quiet simulated machine were then told apart in 6.7 % of
//! the runs, above the 5 % that were promised.

use std::collections::BTreeMap;

use crate::{Interval, SignedRank, Walsh, signed_rank::p_value, verdict, verdict::Verdict};

/// What is asked of a family of comparisons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Probability that any word of the family is wrong, at most.
    pub alpha: f64,
    /// Differences in log throughput of at most this do not matter: ln(1 + δ).
    pub margin: f64,
}

impl Plan {
    /// 5 % for the family; differences below the share `delta` (0.01 is 1 %) do not matter.
    #[must_use]
    pub fn at(delta: f64) -> Self {
        Self { alpha: 0.05, margin: delta.max(0.0).ln_1p() }
    }

    /// The level of each of so many intervals that all hold together: an equal share (Bonferroni's
    /// inequality).
    #[must_use]
    pub fn each(&self, members: usize) -> f64 {
        self.alpha / members.max(1) as f64
    }

    /// For the baseline's twin, which should equal itself: 1 %, so that an honest run is thrown
    /// away once in a hundred times. At 5 %, an exploration of four honest scenarios would lose
    /// one in nearly every fifth run, and no difference could be found in more than 95 of 100.
    #[must_use]
    pub fn twin(delta: f64) -> Self {
        Self { alpha: 0.01, ..Self::at(delta) }
    }
}

/// What one comparison gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Hodges–Lehmann estimate of the difference.
    pub estimate: f64,
    /// The interval that the word is read from; `interval.confidence` is what was attained.
    pub interval: Interval,
    /// Confidence that the step asks for; more than was attained where there are too few
    /// rounds for any word.
    pub required: f64,
    /// The word.
    pub verdict: Verdict,
    /// Two-sided p-value of no difference, for the record: not corrected, and no word rests on it.
    pub p_value: f64,
}

/// Compares a family: for each member the differences in log throughput, one a round. `None` for
/// a member without any (finite) difference; it counts towards the correction all the same.
#[must_use]
pub fn compare(family: &[Vec<f64>], plan: Plan) -> Vec<Option<Comparison>> {
    let mut distributions: BTreeMap<usize, SignedRank> = BTreeMap::new();
    let members: Vec<Option<(Walsh, f64)>> = family
        .iter()
        .map(|differences| Some((Walsh::new(differences)?, p_value(differences))))
        .collect();
    for (walsh, _) in members.iter().flatten() {
        let n = walsh.differences();
        distributions.entry(n).or_insert_with(|| SignedRank::new(n));
    }
    let at = |(walsh, p_value): &(Walsh, f64), alpha: f64| {
        let distribution = &distributions[&walsh.differences()];
        Comparison { p_value: *p_value, ..one(walsh, alpha, plan.margin, distribution) }
    };
    let mut settled: Vec<Option<Comparison>> = vec![None; members.len()];
    loop {
        let open = settled.iter().filter(|s| s.is_none()).count();
        let alpha = plan.each(open);
        let mut progress = false;
        for (member, slot) in members.iter().zip(&mut settled) {
            let (Some(member), None) = (member, &slot) else { continue };
            let comparison = at(member, alpha);
            if matches!(comparison.verdict, Verdict::Faster | Verdict::Slower) {
                *slot = Some(comparison);
                progress = true;
            }
        }
        if !progress {
            return members
                .iter()
                .zip(settled)
                .map(|(member, s)| s.or_else(|| member.as_ref().map(|member| at(member, alpha))))
                .collect();
        }
    }
}

/// One comparison at a level of its own.
fn one(walsh: &Walsh, alpha: f64, margin: f64, distribution: &SignedRank) -> Comparison {
    let interval = walsh.interval(alpha, distribution);
    let required = 1.0 - alpha;
    // A hair of slack: 1 − 2p and 1 − α may differ in the last digit.
    let verdict = if interval.confidence + 1e-12 < required {
        Verdict::Inconclusive
    } else {
        verdict(&interval, margin)
    };
    Comparison { estimate: walsh.estimate(), interval, required, verdict, p_value: 1.0 }
}
