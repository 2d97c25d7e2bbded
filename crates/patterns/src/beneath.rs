//! Opening what a layer wraps: the layer keeps its own options to itself.

use std::time::Duration;

use bakeoff_strategy::{OpenConfig, OpenError, Options, Strategy};

/// The options that a layer does not take itself.
pub(crate) fn without(options: &Options, own: &[&str]) -> Options {
    let others = options.0.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    Options(others.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Opens the strategy beneath a layer that has options of its own.
pub(crate) async fn open<S: Strategy>(config: &OpenConfig, own: &[&str]) -> Result<S, OpenError> {
    let beneath = OpenConfig { options: without(&config.options, own), ..config.clone() };
    S::open(&beneath).await.map_err(|error| match error {
        OpenError::UnknownOption { name, known } => {
            let ours = own.join(", ");
            let known = if known == "none" { ours } else { format!("{ours}, {known}") };
            OpenError::UnknownOption { name, known }
        }
        other => other,
    })
}

/// Whether a layer that goes by the clock it is given does so with all that lies beneath it.
pub(crate) const fn is_timeless<S: Strategy>() -> bool {
    S::SUPPORTS_VIRTUAL_CLOCK || (S::MODE.is_sync() && !S::PROPERTIES.ttl)
}

/// Refuses, when it is compiled, what defers writes: a layer that asks the origin by itself, not
/// through what lies beneath, would be answered with what an acknowledged write is to replace; and
/// under one that renames keys all writes would be stored as the key of the first.
pub(crate) const fn commits<S: Strategy>() {
    assert!(!S::DEFERS_WRITES, "write-behind belongs round this layer, not beneath it");
}

/// An option in milliseconds.
pub(crate) fn milliseconds(
    options: &Options,
    name: &str,
    default: u64,
) -> Result<Duration, OpenError> {
    options.get(name, default).map(Duration::from_millis)
}

/// An option that is a finite number within bounds.
pub(crate) fn number(
    options: &Options,
    name: &str,
    default: f64,
    bounds: std::ops::RangeInclusive<f64>,
) -> Result<f64, OpenError> {
    let number: f64 = options.get(name, default)?;
    if bounds.contains(&number) {
        return Ok(number);
    }
    Err(OpenError::InvalidOption {
        name: name.to_owned(),
        given: number.to_string(),
        expected: format!("number from {} to {}", bounds.start(), bounds.end()),
    })
}
