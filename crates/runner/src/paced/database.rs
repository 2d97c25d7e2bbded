//! Storage of the rows of a paced origin: none (simulated), a SQLite file or a PostgreSQL table.

use bakeoff_protocol::paced::config::{OriginConfig, OriginKind};
use bakeoff_strategy::{Key, OriginError, Value};
use bytes::Bytes;

use super::commit_log::CommitLog;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use crate::data::body;
use crate::failure::Failure;

/// Storage of rows. Each row has a key, a version and a body.
pub(crate) enum Database {
    /// No storage: a row is created when it is loaded.
    Simulated,
    /// SQLite file, used by blocking threads.
    Sqlite(Sqlite),
    /// PostgreSQL table.
    Postgres(Postgres),
}

impl Database {
    /// Opens the database. A new database contains version 0 of `keys` keys.
    ///
    /// # Errors
    /// [`Failure::Runner`] with the message of the database.
    pub(crate) async fn open(
        origin: &OriginConfig,
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

    /// Loads the row of a key, which must exist.
    ///
    /// # Errors
    /// [`OriginError`] if the database fails.
    pub(crate) async fn load(
        &self,
        log: &CommitLog,
        id: u64,
        bytes: u32,
    ) -> Result<Value, OriginError> {
        let (version, body) = match self {
            Self::Simulated => {
                let version = log.newest(id as usize);
                let key = Key::from_id(id);
                let slice = body::slice(body::block(), key, version, bytes as usize);
                (version, Bytes::from_static(slice))
            }
            Self::Sqlite(sqlite) => sqlite.load(id).await?,
            Self::Postgres(postgres) => postgres.load(id).await?,
        };
        Ok(Value { key: Key::from_id(id), version, body })
    }

    /// Commits a value unless a newer one exists.
    ///
    /// # Errors
    /// [`OriginError`] if the database fails.
    pub(crate) async fn store(&self, id: u64, value: Value) -> Result<(), OriginError> {
        match self {
            Self::Simulated => Ok(()),
            Self::Sqlite(sqlite) => sqlite.store(id, value.version, value.body).await,
            Self::Postgres(postgres) => postgres.store(id, value.version, value.body).await,
        }
    }
}
