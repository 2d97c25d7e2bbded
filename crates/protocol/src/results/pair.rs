//! Paired comparisons of throughput and their verdicts.

use serde::{Deserialize, Serialize};

use super::cell::NotComparable;

/// Verdict on a paired comparison; δ is the largest difference called equivalent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval is above +δ.
    Faster,
    /// The interval is above 0 and contains +δ.
    SlightlyFaster,
    /// The interval is within ±δ.
    Equivalent,
    /// The interval is below 0 and contains −δ.
    SlightlySlower,
    /// The interval is below −δ.
    Slower,
    /// None of these.
    Inconclusive,
}

/// Paired comparison of `variant` with `baseline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// The scenario.
    pub scenario: String,
    /// The variant.
    pub variant: String,
    /// The variant that it is compared with.
    pub baseline: String,
    /// Throughput of the variant divided by that of the baseline: Hodges–Lehmann estimate.
    pub ratio: f64,
    /// Lower end of the interval that decides the verdict. The verdicts of a scenario hold jointly
    /// with 95 % confidence; the interval alone has `confidence`.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Confidence that Holm's step of this pair requires. If it is higher than `confidence`, there
    /// are too few rounds for any verdict.
    pub required_confidence: f64,
    /// Two-sided p-value of no difference (signed-rank test), not corrected for the number of
    /// pairs. No verdict depends on it.
    #[serde(default)]
    pub p_value: f64,
    /// Rounds with both variants.
    pub rounds: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// Estimated further rounds for a verdict, if it is inconclusive.
    pub more_rounds: Option<u32>,
    /// Reason why the throughputs must not be compared; the verdict is then inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<NotComparable>,
    /// Ratio of each round.
    #[serde(default)]
    pub ratios: Vec<f64>,
    /// Miss cost at which the order by mean access time changes.
    #[serde(default)]
    pub crossover: Option<Crossover>,
    /// Difference of mean access times; absent if the hit ratios were counted over different
    /// requests.
    #[serde(default)]
    pub access_time: Option<AccessTimeDifference>,
}

/// Difference of mean access times per request, variant minus baseline:
/// `time_ns − fewer_misses · m` for a miss cost m.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessTimeDifference {
    /// Difference of service times in nanoseconds: Hodges–Lehmann estimate.
    pub time_ns: f64,
    /// Lower end, widened by the effect of the measured windows' hit ratios. The intervals of all
    /// pairs of a scenario hold jointly with 95 % confidence.
    pub low_ns: f64,
    /// Upper end.
    pub high_ns: f64,
    /// Confidence of the interval alone.
    #[serde(default)]
    pub confidence: f64,
    /// Misses per request of the baseline minus those of the variant: lowest and highest.
    pub fewer_misses: [f64; 2],
}

/// Miss cost at which two variants have the same mean access time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Crossover {
    /// Variant with the lower mean access time below the crossover.
    pub better_below: String,
    /// Variant with the lower mean access time above it.
    pub better_above: String,
    /// Estimate, in nanoseconds.
    pub miss_cost_ns: f64,
    /// Lower end of its interval.
    pub low_ns: f64,
    /// Upper end.
    pub high_ns: f64,
}

impl AccessTimeDifference {
    /// Returns the difference with the roles exchanged.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let [least, most] = self.fewer_misses;
        Self {
            time_ns: -self.time_ns,
            low_ns: -self.high_ns,
            high_ns: -self.low_ns,
            fewer_misses: [-most, -least],
            ..*self
        }
    }

    /// Returns the lowest and highest difference in nanoseconds at a miss cost.
    #[must_use]
    pub fn at(&self, miss_ns: f64) -> [f64; 2] {
        let [least, most] = self.fewer_misses;
        [self.low_ns - most * miss_ns, self.high_ns - least * miss_ns]
    }
}

impl Pair {
    /// Returns true if there are enough rounds for a verdict. Otherwise the interval is the range
    /// of all rounds.
    #[must_use]
    pub fn has_enough_rounds(&self) -> bool {
        self.confidence + 1e-12 >= self.required_confidence
    }

    /// Returns the comparison with the roles exchanged.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self {
            variant: self.baseline.clone(),
            baseline: self.variant.clone(),
            ratio: 1.0 / self.ratio,
            low: 1.0 / self.high,
            high: 1.0 / self.low,
            verdict: self.verdict.inverted(),
            ratios: self.ratios.iter().map(|ratio| 1.0 / ratio).collect(),
            access_time: self.access_time.as_ref().map(AccessTimeDifference::inverted),
            ..self.clone()
        }
    }
}

impl Verdict {
    /// Returns the verdict with the roles exchanged.
    #[must_use]
    pub const fn inverted(self) -> Self {
        match self {
            Self::Faster => Self::Slower,
            Self::SlightlyFaster => Self::SlightlySlower,
            Self::Equivalent => Self::Equivalent,
            Self::SlightlySlower => Self::SlightlyFaster,
            Self::Slower => Self::Faster,
            Self::Inconclusive => Self::Inconclusive,
        }
    }
}
