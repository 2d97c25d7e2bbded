//! Parsing of layer options.

use std::ops::RangeInclusive;
use std::time::Duration;

use bakeoff_strategy::{OpenError, Options};

/// Parses an option in milliseconds.
pub(crate) fn parse_millis(
    options: &Options,
    name: &str,
    default: u64,
) -> Result<Duration, OpenError> {
    options.get(name, default).map(Duration::from_millis)
}

/// Parses an option that is a number within `range`.
pub(crate) fn parse_number(
    options: &Options,
    name: &str,
    default: f64,
    range: RangeInclusive<f64>,
) -> Result<f64, OpenError> {
    let number: f64 = options.get(name, default)?;
    if range.contains(&number) {
        return Ok(number);
    }
    Err(OpenError::InvalidOption {
        name: name.to_owned(),
        given: number.to_string(),
        expected: format!("a number from {} to {}", range.start(), range.end()),
    })
}

/// Returns the options whose names are not in `excluded`.
pub(crate) fn without(options: &Options, excluded: &[&str]) -> Options {
    let others = options.0.iter().filter(|(name, _)| !excluded.contains(&name.as_str()));
    Options(others.map(|(name, value)| (name.clone(), value.clone())).collect())
}
