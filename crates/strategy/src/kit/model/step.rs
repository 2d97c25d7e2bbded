//! Steps of a random request sequence.

use proptest::prelude::{Just, Strategy as Generator, prop_oneof};

/// One request of a random sequence; keys are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Get(u8),
    /// Puts the key's next version and commits it to the origin.
    Put(u8),
    Remove(u8),
    Clear,
    Settle,
    /// Reads the key through the cache.
    Read(u8),
    /// Writes the key's next version through the cache.
    Write(u8),
}

/// Generates steps over `keys` keys. Shrinking prefers the steps listed first.
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
