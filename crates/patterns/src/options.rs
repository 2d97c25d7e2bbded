//! Parsing of layer options.

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

/// Returns the options whose names are not in `excluded`.
pub(crate) fn without(options: &Options, excluded: &[&str]) -> Options {
    let others = options.0.iter().filter(|(name, _)| !excluded.contains(&name.as_str()));
    Options(others.map(|(name, value)| (name.clone(), value.clone())).collect())
}
