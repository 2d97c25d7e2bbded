//! Replacement for `sqlite.rs` in a runner that is built without SQLite.

use std::path::Path;

use bakeoff_strategy::OriginError;
use bytes::Bytes;

/// Type without values, because this runner does not support SQLite.
pub(crate) enum Sqlite {}

impl Sqlite {
    pub(crate) fn open(_: &Path, _: usize, _: usize) -> Result<Self, OriginError> {
        Err(OriginError(String::from(
            "cannot open the origin: this runner was built without SQLite; build it with `--features bakeoff-runner/sqlite`",
        )))
    }

    pub(crate) async fn load(&self, _: u64) -> Result<(u64, Bytes), OriginError> {
        match *self {}
    }

    pub(crate) async fn store(&self, _: u64, _: u64, _: Bytes) -> Result<(), OriginError> {
        match *self {}
    }
}
