//! Units of numeric times.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Unit of numeric times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
    /// Windows ticks of 100 ns, since 1601.
    WindowsTicks,
}

/// Windows ticks from 1601 to 1970.
const TICKS_TO_1970: u64 = 116_444_736_000_000_000;

const NAMES: [(&str, TimeUnit); 5] = [
    ("s", TimeUnit::Seconds),
    ("ms", TimeUnit::Milliseconds),
    ("us", TimeUnit::Microseconds),
    ("ns", TimeUnit::Nanoseconds),
    ("ticks", TimeUnit::WindowsTicks),
];

/// Unknown unit of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time unit {0:?}; write s, ms, us, ns or ticks (100 ns since 1601)")]
pub struct TimeUnitError(String);

impl TimeUnit {
    /// Converts a whole number of units to microseconds; large numbers saturate.
    #[must_use]
    pub fn to_us(self, number: u64) -> u64 {
        match self {
            Self::Seconds => number.saturating_mul(1_000_000),
            Self::Milliseconds => number.saturating_mul(1_000),
            Self::Microseconds => number,
            Self::Nanoseconds => number / 1_000,
            Self::WindowsTicks => number.checked_sub(TICKS_TO_1970).unwrap_or(number) / 10,
        }
    }

    /// Returns the number of millionths of this unit in a microsecond.
    pub(in crate::trace) fn millionths_per_us(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1_000_000,
            Self::Nanoseconds => 1_000_000_000,
            Self::WindowsTicks => 10_000_000,
        }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
            Self::WindowsTicks => "Windows ticks of 100 ns",
        })
    }
}

impl FromStr for TimeUnit {
    type Err = TimeUnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = NAMES.iter().find(|(name, _)| *name == text);
        found.map(|&(_, unit)| unit).ok_or_else(|| TimeUnitError(text.to_owned()))
    }
}

impl Serialize for TimeUnit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_to_microseconds() {
        assert_eq!("ms".parse::<TimeUnit>().map(|unit| unit.to_us(7)), Ok(7_000));
        assert_eq!(TimeUnit::WindowsTicks.to_us(TICKS_TO_1970 + 20), 2);
        assert_eq!(TimeUnit::WindowsTicks.to_us(20), 2, "ticks since a start");
        assert!("hours".parse::<TimeUnit>().is_err());
    }
}
