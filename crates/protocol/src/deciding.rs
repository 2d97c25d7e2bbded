//! Deciding quantities: what the recommendation of a scenario rests on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PacedOutcome;

/// Deciding quantity of a scenario, with the difference that still counts as equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DecidingRule {
    /// Quantity to compare; the lowest value is the best.
    pub quantity: DecidingQuantity,
    /// Largest difference from the best variant that counts as equal, in the unit of
    /// [`DecidingQuantity::tolerance_unit`].
    pub tolerance: f64,
}

/// Quantity on which a recommendation rests; the lowest value is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DecidingQuantity {
    /// Mean access time at the scenario's miss cost, in nanoseconds.
    MeanAccessTime,
    /// Share of the scheduled requests that failed or were not served.
    FailedRequests,
    /// Time from the first fault to the end of its effects, in milliseconds.
    RecoveryTime,
    /// Share of the accepted requests that took longer than the scenario's threshold.
    SlowRequests,
    /// Number of loads from the origin.
    OriginLoads,
    /// Maximum number of concurrent loads and writes at the origin.
    PeakOriginLoads,
    /// Maximum number of concurrent loads of one key.
    PeakLoadsOfOneKey,
    /// Share of the answers that were older than the newest committed version.
    StaleReads,
    /// Longest time for which an outdated value was returned, in milliseconds.
    LongestStaleness,
    /// Number of acknowledged writes that never reached the origin.
    LostWrites,
}

/// Unit of a tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToleranceUnit {
    /// Share of the best value: 0.01 is 1 %.
    Relative,
    /// Difference of two values in the unit of the quantity.
    Absolute,
}

impl DecidingQuantity {
    /// Every quantity.
    pub const ALL: [Self; 10] = [
        Self::MeanAccessTime,
        Self::FailedRequests,
        Self::RecoveryTime,
        Self::SlowRequests,
        Self::OriginLoads,
        Self::PeakOriginLoads,
        Self::PeakLoadsOfOneKey,
        Self::StaleReads,
        Self::LongestStaleness,
        Self::LostWrites,
    ];

    /// Returns the name in scenario files and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MeanAccessTime => "mean-access-time",
            Self::FailedRequests => "failed-requests",
            Self::RecoveryTime => "recovery-time",
            Self::SlowRequests => "slow-requests",
            Self::OriginLoads => "origin-loads",
            Self::PeakOriginLoads => "peak-origin-loads",
            Self::PeakLoadsOfOneKey => "peak-loads-of-one-key",
            Self::StaleReads => "stale-reads",
            Self::LongestStaleness => "longest-staleness",
            Self::LostWrites => "lost-writes",
        }
    }

    /// Returns true if only a paced replay measures the quantity.
    #[must_use]
    pub const fn is_paced(self) -> bool {
        !matches!(self, Self::MeanAccessTime)
    }

    /// Returns the unit of the tolerance.
    #[must_use]
    pub const fn tolerance_unit(self) -> ToleranceUnit {
        match self {
            Self::MeanAccessTime
            | Self::OriginLoads
            | Self::PeakOriginLoads
            | Self::LongestStaleness => ToleranceUnit::Relative,
            _ => ToleranceUnit::Absolute,
        }
    }

    /// Returns the tolerance of a rule that states none.
    ///
    /// A single lost write decides. A few concurrent loads of one key happen by chance.
    #[must_use]
    pub const fn default_tolerance(self) -> f64 {
        match self {
            Self::MeanAccessTime => 0.01,
            Self::FailedRequests | Self::SlowRequests | Self::StaleReads => 0.005,
            Self::RecoveryTime => 200.0,
            Self::OriginLoads => 0.02,
            Self::PeakOriginLoads | Self::LongestStaleness => 0.1,
            Self::PeakLoadsOfOneKey => 9.0,
            Self::LostWrites => 0.0,
        }
    }

    /// Returns the value of a paced quantity; `None` for one that paced replays do not measure.
    #[must_use]
    pub fn of(self, outcome: &PacedOutcome) -> Option<f64> {
        Some(match self {
            Self::MeanAccessTime => return None,
            Self::FailedRequests => outcome.error_share(),
            Self::RecoveryTime => outcome.users.recovery_ms.unwrap_or(0) as f64,
            Self::SlowRequests => outcome.users.slow as f64 / outcome.users.requests.max(1) as f64,
            Self::OriginLoads => outcome.origin.loads as f64,
            Self::PeakOriginLoads => outcome.origin.peak_concurrency as f64,
            Self::PeakLoadsOfOneKey => outcome.origin.stampede_factor as f64,
            Self::StaleReads => outcome.stale_share(),
            Self::LongestStaleness => outcome.invalidation.longest_us as f64 / 1e3,
            Self::LostWrites => outcome.lost.writes as f64,
        })
    }
}

impl DecidingRule {
    /// Creates a rule with the default tolerance.
    #[must_use]
    pub const fn new(quantity: DecidingQuantity) -> Self {
        Self { quantity, tolerance: quantity.default_tolerance() }
    }

    /// Returns the highest value that counts as equal to `best`.
    #[must_use]
    pub fn equal_up_to(&self, best: f64) -> f64 {
        match self.quantity.tolerance_unit() {
            ToleranceUnit::Relative => best * (1.0 + self.tolerance),
            ToleranceUnit::Absolute => best + self.tolerance,
        }
    }
}

impl fmt::Display for DecidingQuantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_scenario_files_are_those_in_records() {
        for quantity in DecidingQuantity::ALL {
            let json = serde_json::to_value(quantity).expect("a string");
            assert_eq!(json, quantity.name());
        }
    }

    #[test]
    fn tolerances_are_relative_or_absolute() {
        let rule = |quantity, tolerance| DecidingRule { quantity, tolerance };
        assert_eq!(rule(DecidingQuantity::OriginLoads, 0.5).equal_up_to(100.0), 150.0);
        assert_eq!(rule(DecidingQuantity::LostWrites, 0.5).equal_up_to(100.0), 100.5);
    }
}
