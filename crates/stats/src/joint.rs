//! Compares several pairs jointly, with intervals at the levels of Holm's step-down procedure.
//!
//! With m comparisons, the first step gives each the level α/m. A comparison whose interval is
//! beyond ±δ is *decided*; its share of α goes to the others, and so on until a step decides none
//! (S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
//! Statistics 6, 1979, with "at most δ apart" as the hypothesis). Each verdict is read from the
//! interval at the level of the last step.
//!
//! The verdicts hold jointly; the intervals do not. Each interval has its stated confidence alone,
//! but no set of intervals of this form belongs to a step-down (O. Guilbaud, "Simultaneous
//! confidence regions corresponding to Holm's step-down procedure and other closed-testing
//! procedures", Biometrical Journal 50, 2008). With five variants of which two are equal and
//! the others far apart, at least one interval misses in 7 % of the runs
//! (`crates/stats/tests/stats/joint_confidence.rs`). Conclusions from the end of an interval
//! instead of a verdict use [`JointConfidence::alpha_per_comparison`].
//!
//! Only the verdicts "faster" and "slower" pass on their level; "equivalent" and "slightly" do not.
//! On a quiet machine, equal variants are almost always found equivalent. If they passed on their
//! α, the pair with the largest deviation would get it: of ten pairs of equal variants, one was
//! then found different in 6.7 % of the simulated runs, above the promised 5 %.

use std::collections::BTreeMap;

use crate::{Interval, SignedRank, Walsh, signed_rank::p_value, verdict, verdict::Verdict};

/// Requirements for a set of comparisons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointConfidence {
    /// Upper bound of the probability that any verdict is wrong.
    pub alpha: f64,
    /// Largest irrelevant difference in log throughput: ln(1 + δ).
    pub margin: f64,
}

impl JointConfidence {
    /// Returns a joint level of 5 %; differences below `delta` (0.01 is 1 %) are irrelevant.
    #[must_use]
    pub fn with_margin(delta: f64) -> Self {
        Self { alpha: 0.05, margin: delta.max(0.0).ln_1p() }
    }

    /// Returns the level per comparison at which all intervals hold jointly (Bonferroni's
    /// inequality).
    #[must_use]
    pub fn alpha_per_comparison(&self, comparisons: usize) -> f64 {
        self.alpha / comparisons.max(1) as f64
    }

    /// Returns a level of 1 % for the A/A control, which compares the baseline with itself.
    ///
    /// A valid run is rejected once in a hundred times. At 5 %, nearly every fifth exploration of
    /// four valid scenarios would lose one of them, and no difference could be found in more than
    /// 95 of 100 runs.
    #[must_use]
    pub fn for_aa_control(delta: f64) -> Self {
        Self { alpha: 0.01, ..Self::with_margin(delta) }
    }
}

/// Result of one comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Hodges–Lehmann estimate of the difference.
    pub estimate: f64,
    /// Interval on which the verdict rests, with its attained confidence.
    pub interval: Interval,
    /// Required confidence; above the attained confidence if there are too few rounds for a
    /// verdict.
    pub required: f64,
    /// Verdict at the required confidence.
    pub verdict: Verdict,
    /// Two-sided p-value of the hypothesis of no difference; uncorrected, for information only.
    pub p_value: f64,
}

/// Compares all pairs of a family jointly.
///
/// Each element of `family` has the differences of one pair in log throughput, by round. The result
/// is `None` for an element without differences or with a difference that is not finite; it still
/// counts for the correction.
#[must_use]
pub fn compare(family: &[Vec<f64>], confidence: JointConfidence) -> Vec<Option<Comparison>> {
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
        Comparison {
            p_value: *p_value,
            ..compare_at_level(walsh, alpha, confidence.margin, distribution)
        }
    };
    let mut decided: Vec<Option<Comparison>> = vec![None; members.len()];
    loop {
        let undecided = decided.iter().filter(|s| s.is_none()).count();
        let alpha = confidence.alpha_per_comparison(undecided);
        let mut progress = false;
        for (member, slot) in members.iter().zip(&mut decided) {
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
                .zip(decided)
                .map(|(member, s)| s.or_else(|| member.as_ref().map(|member| at(member, alpha))))
                .collect();
        }
    }
}

/// Compares one pair at a given level; the caller sets the p-value.
fn compare_at_level(
    walsh: &Walsh,
    alpha: f64,
    margin: f64,
    distribution: &SignedRank,
) -> Comparison {
    let interval = walsh.interval(alpha, distribution);
    let required = 1.0 - alpha;
    // Rounding tolerance: 1 − 2p and 1 − α may differ in the last digit.
    let verdict = if interval.confidence + 1e-12 < required {
        Verdict::Inconclusive
    } else {
        verdict(&interval, margin)
    };
    Comparison { estimate: walsh.estimate(), interval, required, verdict, p_value: 1.0 }
}
