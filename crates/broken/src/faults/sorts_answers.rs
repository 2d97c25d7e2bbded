//! Answers several keys in the order that suits it.

use bakeoff_strategy::{Key, Value};

use crate::store::Store;
use crate::fault::Fault;

/// Answers several keys in the order that suits it.
#[derive(Debug, Default)]
pub struct SortsAnswers;

impl Fault for SortsAnswers {
    const RULE: &'static str = "get-many";

    fn get_many(&self, store: &Store, keys: &[Key]) -> Vec<Option<Value>> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.into_iter().map(|key| store.get(key)).collect()
    }
}
