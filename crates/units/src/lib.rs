//! Parses sizes (`512MiB`) and durations (`1m 30s`) in scenarios, flags and decision files.

use std::time::Duration;

use bytesize::ByteSize;

/// Error for a text that is not a size or a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text is not a size in bytes.
    #[error("cannot read {0:?} as a size: write bytes with a unit, such as 4096b, 512MiB or 1.5GB")]
    Size(String),
    /// The text is not a duration.
    #[error(
        "cannot read {0:?} as a duration: write a number with a unit, such as 100us, 5ms or 1m 30s"
    )]
    Duration(String),
}

/// Parses a size in bytes: `4096`, `4096b`, `512MiB` (powers of 1024) or `1.5GB` (powers of 1000).
///
/// Case is ignored, and underscores may separate digits.
///
/// # Errors
/// [`UnitError::Size`] for any other text, and for sizes of `u64::MAX` bytes or more.
pub fn parse_bytes(text: &str) -> Result<u64, UnitError> {
    let error = || UnitError::Size(text.to_owned());
    let size: ByteSize = text.trim().replace('_', "").parse().map_err(|_| error())?;
    // `ByteSize` yields `u64::MAX` for larger sizes.
    if size.as_u64() == u64::MAX { Err(error()) } else { Ok(size.as_u64()) }
}

/// Formats a size as `12MiB` or `1000b`; [`parse_bytes`] returns exactly the same size.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor)) {
        Some((unit, factor)) => format!("{}{unit}", bytes / factor),
        None => format!("{bytes}b"),
    }
}

/// Parses a duration: `100us`, `1.5ms`, `30s`, `1m 30s`.
///
/// # Errors
/// [`UnitError::Duration`] for any other text.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    humantime::parse_duration(text.trim()).map_err(|_| UnitError::Duration(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_without_a_unit_are_bytes() {
        let cases = [
            ("4096", 4_096),
            ("1_000", 1_000),
            ("4096b", 4_096),
            (" 12 MiB ", 12 << 20),
            ("2gib", 2 << 30),
            ("1.5KiB", 1_536),
            ("4KB", 4_000),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "x", "-1MiB", "1.5", "12XB", "10%", "99999999999TiB"] {
            let error = parse_bytes(text).expect_err(text).to_string();
            assert!(error.contains("512MiB"), "{error}");
        }
    }

    #[test]
    fn a_formatted_size_parses_to_the_same_size() {
        for (bytes, text) in [(12 << 20, "12MiB"), (1_000, "1000b"), (0, "0b"), (1_536, "1536b")] {
            assert_eq!(format_bytes(bytes), text);
            assert_eq!(parse_bytes(text), Ok(bytes));
        }
    }

    #[test]
    fn durations_need_a_unit() {
        for (text, nanoseconds) in [
            ("10ns", 10),
            ("2µs", 2_000),
            ("100us", 100_000),
            ("1.5 ms", 1_500_000),
            ("1m 30s", 90_000_000_000),
        ] {
            assert_eq!(parse_duration(text).map(|time| time.as_nanos()), Ok(nanoseconds), "{text}");
        }
        for text in ["", "5", "-5ms", "5 parsecs", "99999999999999999999s"] {
            let error = parse_duration(text).expect_err(text).to_string();
            assert!(error.contains("5ms"), "{error}");
        }
    }
}
