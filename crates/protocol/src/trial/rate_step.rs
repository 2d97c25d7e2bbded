//! Steps of an open loop: requests that arrive at one fixed rate, and what was measured of them.

use serde::{Deserialize, Serialize};

/// Smallest completed rate, as a share of the scheduled rate, that counts as sustained.
const MIN_COMPLETED_SHARE: f64 = 0.95;
/// Largest share of requests sent late up to which a rate counts as sustained.
///
/// A pause of the machine delays some requests at any rate; above its capacity, a variant is late
/// with nearly all of them.
const MAX_MISSED_SHARE: f64 = 0.5;

/// Part of an open loop in which requests arrive at one fixed rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateStep {
    /// Scheduled arrivals per second, over all workers; at least 1.
    pub requests_per_second: u32,
    /// Number of requests of the step; at least 1.
    pub requests: u64,
}

/// Measurement of one step of an open loop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateStepReport {
    /// Scheduled arrivals per second, over all workers.
    pub requests_per_second: u32,
    /// Number of requests of the step.
    pub requests: u64,
    /// Wall time from the first scheduled arrival to the last answer, in nanoseconds.
    pub elapsed_ns: u64,
    /// Number of requests sent too late: more than 1 ms, and more than one interval of the
    /// schedule, after their scheduled arrival.
    pub missed_deadlines: u64,
    /// Response times in nanoseconds, as HdrHistogram V2, deflated, in base64.
    pub histogram: String,
}

impl RateStepReport {
    /// Returns the rate of completed requests, in requests per second.
    #[must_use]
    pub fn completed_per_second(&self) -> f64 {
        // The last request arrives one interval before the end of the schedule.
        let scheduled_ns = self.requests as f64 * 1e9 / f64::from(self.requests_per_second.max(1));
        self.requests as f64 * 1e9 / scheduled_ns.max(self.elapsed_ns as f64).max(1.0)
    }

    /// Returns the completed rate as a share of the scheduled rate, at most 1.
    #[must_use]
    pub fn completed_share(&self) -> f64 {
        self.completed_per_second() / f64::from(self.requests_per_second.max(1))
    }

    /// Returns the share of requests that were sent too late.
    #[must_use]
    pub fn missed_share(&self) -> f64 {
        self.missed_deadlines as f64 / self.requests.max(1) as f64
    }

    /// Returns true if the variant cannot sustain the rate.
    ///
    /// Then less than 95 % of the scheduled rate was completed, or more than half of the requests
    /// were sent too late.
    #[must_use]
    pub fn is_saturated(&self) -> bool {
        self.completed_share() < MIN_COMPLETED_SHARE || self.missed_share() > MAX_MISSED_SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(elapsed_ns: u64, missed_deadlines: u64) -> RateStepReport {
        RateStepReport {
            requests_per_second: 1_000,
            requests: 500,
            elapsed_ns,
            missed_deadlines,
            histogram: String::new(),
        }
    }

    #[test]
    fn a_rate_is_sustained_if_nearly_all_requests_are_completed_in_time() {
        let punctual = step(499_000_000, 0);
        assert_eq!((punctual.completed_share(), punctual.is_saturated()), (1.0, false));
        assert!(!step(520_000_000, 0).is_saturated(), "a late last answer");
        assert!(!step(500_000_000, 100).is_saturated(), "a pause of the machine");
        let slow = step(1_000_000_000, 0);
        assert_eq!((slow.completed_per_second(), slow.is_saturated()), (500.0, true));
        assert!(step(500_000_000, 300).is_saturated(), "late with most requests");
    }
}
