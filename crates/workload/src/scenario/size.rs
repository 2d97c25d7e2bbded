//! Capacities as people write them: entries, a share of the keys, bytes with a unit.

use bakeoff_protocol::Capacity;
use serde::{Serialize, Serializer};

/// A capacity as a scenario or a flag gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// Entries; at least 1.
    Entries(u64),
    /// A share of the workload's unique keys (0.01 is 1 %), rounded to the nearest entry, at
    /// least 1.
    Share(f64),
    /// Bytes; at least 1.
    Bytes(u64),
}

/// A text that is no capacity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no capacity: {what}; write entries (1000), a share of the keys (1%) or bytes (4096b, 500KiB, 12MiB, 1GiB)"
)]
pub struct SizeError {
    text: String,
    what: &'static str,
}

const UNITS: [(&str, u64); 5] =
    [("KIB", 1 << 10), ("MIB", 1 << 20), ("GIB", 1 << 30), ("TIB", 1 << 40), ("B", 1)];

impl std::str::FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let error = |what| SizeError { text: text.to_owned(), what };
        let trimmed = text.trim();
        if let Some(percent) = trimmed.strip_suffix('%') {
            let percent: f64 =
                percent.trim().parse().map_err(|_| error("no number before the %"))?;
            if !(percent > 0.0 && percent <= 100.0) {
                return Err(error("a share lies above 0% and at most at 100%"));
            }
            return Ok(Self::Share(percent / 100.0));
        }
        let upper = trimmed.to_ascii_uppercase();
        for (unit, factor) in UNITS {
            if let Some(number) = upper.strip_suffix(unit) {
                let bytes = whole(number).ok_or(error("no whole number before the unit"))?;
                return match bytes.checked_mul(factor) {
                    Some(bytes @ 1..) => Ok(Self::Bytes(bytes)),
                    _ => Err(error("out of range")),
                };
            }
        }
        match whole(&upper) {
            Some(entries @ 1..) => Ok(Self::Entries(entries)),
            Some(0) => Err(error("a cache holds at least one entry")),
            None => Err(error("neither a whole number nor one with a known unit")),
        }
    }
}

/// A whole number; underscores may part its digits.
fn whole(text: &str) -> Option<u64> {
    let digits: String = text.trim().chars().filter(|&character| character != '_').collect();
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if only_digits { digits.parse().ok() } else { None }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entries(entries) => write!(f, "{entries}"),
            // Twelve digits hide the last bits that the division by 100 left.
            Self::Share(share) => {
                let percent = format!("{:.12}", share * 100.0);
                write!(f, "{}%", percent.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Bytes(bytes) => {
                let unit = UNITS[..4].iter().rev().find(|(_, factor)| bytes % factor == 0);
                match unit {
                    Some((name, factor)) => {
                        write!(f, "{}{}iB", bytes / factor, &name[..1])
                    }
                    None => write!(f, "{bytes}b"),
                }
            }
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Size {
    /// The number of entries for a workload of that many keys; `None` for bytes.
    #[must_use]
    pub fn entries(self, unique_keys: u64) -> Option<u64> {
        match self {
            Self::Entries(entries) => Some(entries),
            Self::Share(share) => Some(((share * unique_keys as f64).round() as u64).max(1)),
            Self::Bytes(_) => None,
        }
    }

    /// The capacity that a strategy is opened with, for a workload of that many keys.
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
    fn sizes_are_read_as_people_write_them() {
        let cases = [
            ("1000", Size::Entries(1000)),
            ("1_000", Size::Entries(1000)),
            ("1%", Size::Share(0.01)),
            ("0.1%", Size::Share(0.001)),
            ("4096b", Size::Bytes(4096)),
            ("500KiB", Size::Bytes(512_000)),
            (" 12 MiB", Size::Bytes(12 << 20)),
            ("2gib", Size::Bytes(2 << 30)),
        ];
        for (text, size) in cases {
            assert_eq!(text.parse(), Ok(size), "{text}");
            assert_eq!(size.to_string().parse(), Ok(size), "{size}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_the_forms_that_are() {
        for text in
            ["", "0", "-1", "0%", "101%", "NaN%", "1.5", "12MB", "x", "0b", "99999999999TiB"]
        {
            let error = text.parse::<Size>().expect_err(text).to_string();
            assert!(error.contains("500KiB"), "{error}");
        }
    }

    #[test]
    fn shares_round_to_the_nearest_entry_and_hold_one_at_least() {
        assert_eq!(Size::Share(0.001).entries(48_974), Some(49));
        assert_eq!(Size::Share(0.1).entries(48_974), Some(4_897));
        assert_eq!(Size::Share(0.001).entries(100), Some(1));
        assert_eq!(Size::Bytes(10).entries(100), None);
        assert_eq!(Size::Share(0.01).capacity(1_000), Capacity::Entries(10));
    }

    #[test]
    fn a_size_is_shown_in_its_largest_whole_unit() {
        assert_eq!(Size::Bytes(12 << 20).to_string(), "12MiB");
        assert_eq!(Size::Bytes(1_000).to_string(), "1000b");
        assert_eq!(Size::Share(0.003).to_string(), "0.3%");
    }
}
