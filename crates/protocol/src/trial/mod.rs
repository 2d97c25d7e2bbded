//! Types that describe a trial: its specification and its report.

mod counts;
mod operations;
mod rate_step;
mod replay_clock;
mod report;
mod spec;

pub(crate) use counts::add_elementwise;
pub use counts::{Counts, MAX_TENANTS, TenantCounts, add_by_tenant};
pub use operations::{MemoryTurnover, OperationTimes};
pub use rate_step::{RateStep, RateStepReport};
pub use replay_clock::ReplayClock;
pub use report::{MeterReport, TimingCalibration, TrialReport, Violation};
pub use spec::{Lanes, Load, Meter, ScheduleSlot, TimedSlot, TrialSpec, Window};

/// Serialization of 64-bit numbers as decimal strings.
pub mod decimal {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Serializes a number as a string.
    ///
    /// # Errors
    /// Any error of the serializer.
    pub fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    /// Deserializes a number from a string.
    ///
    /// # Errors
    /// An error of the deserializer if the string is not a decimal 64-bit number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
