//! Replacement for `postgres.rs` in a runner that is built without PostgreSQL.

use bakeoff_protocol::paced::config::OriginConfig;
use bakeoff_strategy::OriginError;
use bytes::Bytes;

/// Type without values, because this runner does not support PostgreSQL.
pub(crate) enum Postgres {}

impl Postgres {
    pub(crate) async fn open(_: &OriginConfig, _: usize, _: usize) -> Result<Self, OriginError> {
        Err(OriginError(String::from(
            "cannot open the origin: this runner was built without PostgreSQL; build it with `--features bakeoff-runner/postgres`",
        )))
    }

    pub(crate) async fn load(&self, _: u64) -> Result<(u64, Bytes), OriginError> {
        match *self {}
    }

    pub(crate) async fn store(&self, _: u64, _: u64, _: Bytes) -> Result<(), OriginError> {
        match *self {}
    }
}
