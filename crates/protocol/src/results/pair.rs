//! Paired comparisons of throughput and their verdicts.

use serde::{Deserialize, Serialize};

/// Verdict on a paired comparison. δ is the largest difference that counts as equivalent.
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
    /// The interval satisfies none of the other conditions.
    Inconclusive,
}

/// Paired comparison of `variant` with `baseline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the variant.
    pub variant: String,
    /// Name of the variant that `variant` is compared with.
    pub baseline: String,
    /// Throughput of the variant divided by that of the baseline (Hodges–Lehmann estimate).
    pub ratio: f64,
    /// Lower end of the interval on which the verdict is based. The verdicts of a scenario hold
    /// jointly with 95 % confidence; each interval alone has `confidence`.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Confidence that Holm's procedure requires for this pair. If `confidence` is lower, there are
    /// too few rounds for any verdict.
    pub required_confidence: f64,
    /// Two-sided p-value of the signed-rank test against no difference, not corrected for the
    /// number of pairs. No verdict depends on it.
    #[serde(default)]
    pub p_value: f64,
    /// Number of rounds with both variants.
    pub rounds: u32,
    /// Verdict on the difference.
    pub verdict: Verdict,
    /// Estimated number of additional rounds until a verdict, if it is inconclusive.
    pub more_rounds: Option<u32>,
    /// Throughput ratio of each round.
    #[serde(default)]
    pub ratios: Vec<f64>,
    /// Miss cost at which the two variants have the same mean access time.
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
    /// Difference of service times in nanoseconds (Hodges–Lehmann estimate).
    pub time_ns: f64,
    /// Lower end of the interval, in nanoseconds. The interval is widened by the effect of the
    /// measured windows' hit ratios. The intervals of all pairs of a scenario hold jointly with 95
    /// % confidence.
    pub low_ns: f64,
    /// Upper end of the interval, in nanoseconds.
    pub high_ns: f64,
    /// Confidence of this interval alone.
    #[serde(default)]
    pub confidence: f64,
    /// Baseline's misses per request minus the variant's: lowest and highest value.
    pub fewer_misses: [f64; 2],
}

/// Miss cost at which two variants have the same mean access time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Crossover {
    /// Variant with the lower mean access time below the crossover.
    pub better_below: String,
    /// Variant with the lower mean access time above the crossover.
    pub better_above: String,
    /// Estimated miss cost, in nanoseconds.
    pub miss_cost_ns: f64,
    /// Lower end of the interval, in nanoseconds.
    pub low_ns: f64,
    /// Upper end of the interval, in nanoseconds.
    pub high_ns: f64,
}

impl AccessTimeDifference {
    /// Returns the difference with variant and baseline exchanged.
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

    /// Returns the estimated difference in nanoseconds at a miss cost.
    #[must_use]
    pub fn estimate(&self, miss_ns: f64) -> f64 {
        let [least, most] = self.fewer_misses;
        self.time_ns - f64::midpoint(least, most) * miss_ns
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
    /// of all ratios.
    #[must_use]
    pub fn has_enough_rounds(&self) -> bool {
        self.confidence + 1e-12 >= self.required_confidence
    }

    /// Returns the comparison with variant and baseline exchanged.
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
    /// Returns the verdict with variant and baseline exchanged.
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
