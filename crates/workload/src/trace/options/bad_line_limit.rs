//! Limit of lines that cannot be read.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Maximum number of lines of a file that cannot be read, absolute or as a share of all lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLineLimit {
    /// Number of lines.
    Lines(u64),
    /// Share of the lines in thousandths of a percent; always allows one line.
    Share(u32),
}

impl Default for BadLineLimit {
    fn default() -> Self {
        Self::Share(1_000)
    }
}

/// Invalid limit of lines that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid limit of bad lines {0:?}; write a number such as 20, or a share such as 2%")]
pub struct BadLineLimitError(String);

impl BadLineLimit {
    /// Returns true if more lines are bad than this limit allows among `lines` lines.
    ///
    /// A share also requires that most lines can be read.
    #[must_use]
    pub fn is_exceeded(self, bad: u64, lines: u64) -> bool {
        match self {
            Self::Lines(limit) => bad > limit,
            Self::Share(share) => {
                let limit = u128::from(lines) * u128::from(share) / 100_000;
                let is_most = u128::from(bad) * 2 >= u128::from(lines);
                u128::from(bad) > limit && (bad > 1 || is_most || share == 0)
            }
        }
    }

    /// Returns true if a file is refused at its first excess line, before its end is known.
    #[must_use]
    pub fn is_absolute(self) -> bool {
        matches!(self, Self::Lines(_) | Self::Share(0))
    }
}

impl fmt::Display for BadLineLimit {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(lines) => write!(to, "{lines}"),
            Self::Share(share) => write!(to, "{}%", f64::from(*share) / 1_000.0),
        }
    }
}

impl FromStr for BadLineLimit {
    type Err = BadLineLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || BadLineLimitError(text.to_owned());
        match text.strip_suffix('%') {
            Some(percent) => match percent.trim().parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => {
                    Ok(Self::Share((percent * 1_000.0).round() as u32))
                }
                _ => Err(invalid()),
            },
            None => text.parse().map(Self::Lines).map_err(|_| invalid()),
        }
    }
}

impl Serialize for BadLineLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_allows_one_line_but_not_most_lines() {
        let limit = BadLineLimit::default();
        for (bad, lines, exceeded) in
            [(0, 1, false), (1, 1, true), (1, 11, false), (2, 11, true), (10, 1_000, false)]
        {
            assert_eq!(limit.is_exceeded(bad, lines), exceeded, "{bad} of {lines}");
        }
        assert!(limit.is_exceeded(11, 1_000) && !BadLineLimit::Lines(2).is_exceeded(2, 2));
        assert!(BadLineLimit::Share(0).is_exceeded(1, 1_000_000));
    }

    #[test]
    fn limits_are_numbers_or_percentages() {
        assert_eq!("20".parse(), Ok(BadLineLimit::Lines(20)));
        assert_eq!("2.5%".parse(), Ok(BadLineLimit::Share(2_500)));
        assert_eq!(BadLineLimit::Share(2_500).to_string(), "2.5%");
        for wrong in ["", "-1", "101%", "few"] {
            assert!(wrong.parse::<BadLineLimit>().is_err(), "{wrong}");
        }
    }
}
