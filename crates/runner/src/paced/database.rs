//! Where rows lie: nowhere but in the ledger, in a file of SQLite, or in a table of PostgreSQL.

use bakeoff_protocol::setting::{OriginKind, OriginSetting};
use bakeoff_strategy::{Key, OriginError, Value};
use bytes::Bytes;

use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::world::World;
use crate::body;
use crate::failure::Failure;

/// A store of rows: key, version and body.
pub(crate) enum Database {
    /// Rows are made when they are loaded.
    Simulated,
    /// A file of SQLite, used by threads of ours.
    Sqlite(Sqlite),
    /// A table of PostgreSQL.
    Postgres(Postgres),
}

impl Database {
    /// Opens the database, with a row of version 0 for each of `keys` keys.
    ///
    /// # Errors
    /// [`Failure::Runner`] with the database's own words.
    pub(crate) async fn open(
        origin: &OriginSetting,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, Failure> {
        let failed = |error: OriginError| Failure::Runner(error.to_string());
        match origin.kind {
            OriginKind::Simulated => Ok(Self::Simulated),
            OriginKind::Sqlite => {
                let sqlite = Sqlite::open(origin.address.as_ref(), keys, body_bytes);
                sqlite.map(Self::Sqlite).map_err(failed)
            }
            OriginKind::Postgres => {
                let postgres = Postgres::open(origin, keys, body_bytes).await;
                postgres.map(Self::Postgres).map_err(failed)
            }
        }
    }

    /// The row of a key that has one.
    pub(crate) async fn load(
        &self,
        world: &World,
        id: u64,
        bytes: u32,
    ) -> Result<Value, OriginError> {
        let (version, body) = match self {
            Self::Simulated => {
                let version = world.ledger.newest(id as usize);
                let key = Key::from_id(id);
                let slice = body::slice(world.context.block, key, version, bytes as usize);
                (version, Bytes::from_static(slice))
            }
            Self::Sqlite(sqlite) => sqlite.load(id).await?,
            Self::Postgres(postgres) => postgres.load(id).await?,
        };
        Ok(Value { key: Key::from_id(id), version, body })
    }

    /// Commits a value, unless a newer one is there.
    pub(crate) async fn store(&self, id: u64, value: Value) -> Result<(), OriginError> {
        match self {
            Self::Simulated => Ok(()),
            Self::Sqlite(sqlite) => sqlite.store(id, value.version, value.body).await,
            Self::Postgres(postgres) => postgres.store(id, value.version, value.body).await,
        }
    }
}
