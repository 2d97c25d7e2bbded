//! Answers several keys in the order that suits it.

use bakeoff_strategy::Key;

use crate::fault::Fault;

/// Answers several keys in the order that suits it.
#[derive(Debug, Default)]
pub struct SortsAnswers;

impl Fault for SortsAnswers {
    fn rule(&self) -> &'static str {
        "get-many"
    }

    fn many(&self, keys: &[Key]) -> Vec<Key> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys
    }
}
