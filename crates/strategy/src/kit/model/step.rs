//! One request of a random sequence.

use proptest::prelude::{Just, Strategy as Generator, prop_oneof};

/// A request; keys are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Get the key.
    Get(u8),
    /// Put the key's next version, which the origin has as well.
    Put(u8),
    /// Remove the key.
    Remove(u8),
    /// Remove every key.
    Clear,
    /// Finish housekeeping.
    Settle,
    /// Read the key through the cache.
    Read(u8),
    /// Write the key's next version through the cache.
    Write(u8),
}

/// Steps over `keys` keys; the earlier kinds are the simpler ones, which shrinking prefers.
pub(super) fn step(keys: u8) -> impl Generator<Value = Step> {
    prop_oneof![
        6 => (0..keys).prop_map(Step::Get),
        6 => (0..keys).prop_map(Step::Put),
        3 => (0..keys).prop_map(Step::Remove),
        1 => Just(Step::Clear),
        1 => Just(Step::Settle),
        4 => (0..keys).prop_map(Step::Read),
        3 => (0..keys).prop_map(Step::Write),
    ]
}
