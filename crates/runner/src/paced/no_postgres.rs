//! Stands for PostgreSQL in a runner that was built without it, as most are.

use bakeoff_protocol::setting::OriginSetting;
use bakeoff_strategy::OriginError;
use bytes::Bytes;

/// There is none.
pub(crate) enum Postgres {}

impl Postgres {
    pub(crate) async fn open(_: &OriginSetting, _: usize, _: usize) -> Result<Self, OriginError> {
        Err(OriginError(String::from(
            "this runner was built without PostgreSQL; build it with `--features bakeoff-runner/postgres`",
        )))
    }

    pub(crate) async fn load(&self, _: u64) -> Result<(u64, Bytes), OriginError> {
        match *self {}
    }

    pub(crate) async fn store(&self, _: u64, _: u64, _: Bytes) -> Result<(), OriginError> {
        match *self {}
    }
}
