//! Capacities in scenarios and flags: entries, a share of the keys, or bytes.

use bakeoff_protocol::Capacity;
use bakeoff_units as units;
use serde::{Serialize, Serializer};

/// Capacity in a scenario or a flag, before the number of keys is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CapacitySpec {
    /// Number of entries; at least 1.
    Entries(u64),
    /// Share of the workload's unique keys (0.01 is 1 %), rounded to the nearest entry, at least 1.
    Share(f64),
    /// Number of bytes; at least 1.
    Bytes(u64),
}

/// Error for a text that is not a capacity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read {text:?} as a capacity: {cause}; write entries (1000), a share of the keys (1%) \
     or bytes (4096b, 500KiB, 12MB)"
)]
pub struct CapacitySpecError {
    text: String,
    cause: &'static str,
}

impl std::str::FromStr for CapacitySpec {
    type Err = CapacitySpecError;

    fn from_str(text: &str) -> Result<Self, CapacitySpecError> {
        let error = |cause| CapacitySpecError { text: text.to_owned(), cause };
        let trimmed = text.trim();
        if let Some(percent) = trimmed.strip_suffix('%') {
            let percent: f64 =
                percent.trim().parse().map_err(|_| error("there is no number before the %"))?;
            if !(percent > 0.0 && percent <= 100.0) {
                return Err(error("a share must be above 0% and at most 100%"));
            }
            return Ok(Self::Share(percent / 100.0));
        }
        let digits = trimmed.replace('_', "");
        if let Ok(entries) = digits.parse::<u64>() {
            return match entries {
                0 => Err(error("a cache must hold at least one entry")),
                entries => Ok(Self::Entries(entries)),
            };
        }
        match units::parse_bytes(trimmed) {
            Ok(0) => Err(error("a cache must hold at least one byte")),
            Ok(bytes) => Ok(Self::Bytes(bytes)),
            Err(_) => Err(error("unknown unit or out of range")),
        }
    }
}

impl std::fmt::Display for CapacitySpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entries(entries) => write!(f, "{entries}"),
            // Twelve decimals hide the rounding error of the division by 100.
            Self::Share(share) => {
                let percent = format!("{:.12}", share * 100.0);
                write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Bytes(bytes) => f.write_str(&units::format_bytes(*bytes)),
        }
    }
}

impl Serialize for CapacitySpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl CapacitySpec {
    /// Returns the number of entries for a workload with `unique_keys`; `None` for bytes.
    #[must_use]
    pub fn entries(self, unique_keys: u64) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Share(share) => Some(((share * unique_keys as f64).round() as u64).max(1)),
            Self::Bytes(_) => None,
        }
    }

    /// Returns the capacity that a strategy is opened with, for a workload with `unique_keys`.
    #[must_use]
    pub fn capacity(self, unique_keys: u64) -> Capacity {
        match self {
            Self::Bytes(bytes) => Capacity::Bytes(bytes),
            Self::Entries(entries) => Capacity::Entries(entries),
            Self::Share(_) => Capacity::Entries(self.entries(unique_keys).unwrap_or(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_in_all_forms_are_read() {
        let cases = [
            ("1000", CapacitySpec::Entries(1000)),
            ("1_000", CapacitySpec::Entries(1000)),
            ("1%", CapacitySpec::Share(0.01)),
            ("0.1%", CapacitySpec::Share(0.001)),
            ("4096b", CapacitySpec::Bytes(4096)),
            ("500KiB", CapacitySpec::Bytes(512_000)),
            ("4KB", CapacitySpec::Bytes(4_000)),
            (" 12 MiB", CapacitySpec::Bytes(12 << 20)),
            ("2gib", CapacitySpec::Bytes(2 << 30)),
        ];
        for (text, size) in cases {
            assert_eq!(text.parse(), Ok(size), "{text}");
            assert_eq!(size.to_string().parse(), Ok(size), "{size}");
        }
    }

    #[test]
    fn an_invalid_capacity_is_refused_with_examples() {
        for text in
            ["", "0", "-1", "0%", "101%", "NaN%", "1.5", "12XB", "x", "0b", "99999999999TiB"]
        {
            let error = text.parse::<CapacitySpec>().expect_err(text).to_string();
            assert!(error.contains("500KiB"), "{error}");
        }
    }

    #[test]
    fn shares_round_to_the_nearest_entry_and_to_at_least_one() {
        assert_eq!(CapacitySpec::Share(0.001).entries(48_974), Some(49));
        assert_eq!(CapacitySpec::Share(0.1).entries(48_974), Some(4_897));
        assert_eq!(CapacitySpec::Share(0.001).entries(100), Some(1));
        assert_eq!(CapacitySpec::Bytes(10).entries(100), None);
        assert_eq!(CapacitySpec::Share(0.01).capacity(1_000), Capacity::Entries(10));
    }

    #[test]
    fn a_capacity_is_written_in_its_largest_whole_unit() {
        assert_eq!(CapacitySpec::Bytes(12 << 20).to_string(), "12MiB");
        assert_eq!(CapacitySpec::Bytes(1_000).to_string(), "1000b");
        assert_eq!(CapacitySpec::Share(0.003).to_string(), "0.3%");
    }
}
