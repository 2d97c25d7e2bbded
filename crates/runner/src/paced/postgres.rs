//! Rows of the origin in a PostgreSQL table, reached through a pool of connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bakeoff_protocol::paced::config::OriginConfig;
use bakeoff_strategy::{Key, OriginError};
use bytes::Bytes;
use tokio::sync::Mutex;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, NoTls, Statement};

use crate::data::body;

/// Number of connections per instance if the concurrency of the origin is not limited, as in a
/// typical pool.
const CONNECTIONS: u32 = 10;
/// Maximum number of connections per instance. Four instances then stay below the usual server
/// limit of 100.
const MAX_CONNECTIONS: u32 = 20;
/// Key of the advisory lock that an instance holds while it creates the table.
const TABLE_LOCK: i64 = 0x6261_6b65_6f66_6600;

/// Pool of connections. The next request that uses a lost connection reopens it.
pub(crate) struct Postgres {
    address: String,
    connections: Vec<RwLock<Arc<Connection>>>,
    next: AtomicUsize,
    reopening: Mutex<()>,
}

struct Connection {
    client: Client,
    load: Statement,
    store: Statement,
}

impl Postgres {
    /// Opens the connections. Creates and fills the table if it is missing.
    ///
    /// Call it within the runtime that sends the requests, because tasks of that runtime drive the
    /// connections.
    ///
    /// # Errors
    /// [`OriginError`] if the server cannot be reached or refuses a connection or a statement.
    pub(crate) async fn open(
        origin: &OriginConfig,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, OriginError> {
        Self::try_open(origin, keys, body_bytes).await.map_err(origin_error)
    }

    async fn try_open(
        origin: &OriginConfig,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, Error> {
        let wanted = origin.concurrency.unwrap_or(CONNECTIONS);
        let mut connections = Vec::new();
        for number in 0..wanted.min(MAX_CONNECTIONS) {
            let mut client = connect(&origin.address).await?;
            if number == 0 {
                fill(&mut client, keys, body_bytes).await?;
            }
            connections.push(RwLock::new(Connection::prepared(client).await?));
        }
        let (next, reopening) = (AtomicUsize::new(0), Mutex::default());
        Ok(Self { address: origin.address.clone(), connections, next, reopening })
    }

    /// Loads version and body of a row.
    ///
    /// # Errors
    /// [`OriginError`] if the row does not exist or the server fails.
    pub(crate) async fn load(&self, id: u64) -> Result<(u64, Bytes), OriginError> {
        let connection = self.connection().await?;
        let row = connection.client.query_opt(&connection.load, &[&id.cast_signed()]).await;
        let row = row.map_err(origin_error)?;
        let row = row.ok_or_else(|| {
            OriginError(format!("cannot load row {id} from postgres: it does not exist"))
        })?;
        let version: i64 = row.try_get(0).map_err(origin_error)?;
        let body: &[u8] = row.try_get(1).map_err(origin_error)?;
        Ok((version.unsigned_abs(), Bytes::copy_from_slice(body)))
    }

    /// Commits a row unless a newer version exists.
    ///
    /// # Errors
    /// [`OriginError`] if the server fails.
    pub(crate) async fn store(
        &self,
        id: u64,
        version: u64,
        body: Bytes,
    ) -> Result<(), OriginError> {
        let connection = self.connection().await?;
        let stored = connection
            .client
            .execute(&connection.store, &[&id.cast_signed(), &version.cast_signed(), &&*body])
            .await;
        stored.map(drop).map_err(origin_error)
    }

    async fn connection(&self) -> Result<Arc<Connection>, OriginError> {
        let index = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let slot = &self.connections[index];
        let connection = current(slot);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        // Many requests may find the connection closed at the same time; the first one reopens it.
        let _reopening = self.reopening.lock().await;
        let connection = current(slot);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        let client = connect(&self.address).await.map_err(origin_error)?;
        let reopened = Connection::prepared(client).await.map_err(origin_error)?;
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&reopened);
        Ok(reopened)
    }
}

impl Connection {
    async fn prepared(client: Client) -> Result<Arc<Self>, Error> {
        let load = client.prepare("SELECT version, body FROM rows WHERE id = $1").await?;
        let store = client
            .prepare("UPDATE rows SET version = $2, body = $3 WHERE id = $1 AND version < $2")
            .await?;
        Ok(Arc::new(Self { client, load, store }))
    }
}

fn current(slot: &RwLock<Arc<Connection>>) -> Arc<Connection> {
    Arc::clone(&slot.read().unwrap_or_else(PoisonError::into_inner))
}

async fn connect(address: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    // An error of the connection is also returned by every request in flight.
    tokio::spawn(connection);
    Ok(client)
}

/// Creates the table with version 0 of every key, unless another instance has already done so.
async fn fill(client: &mut Client, keys: usize, body_bytes: usize) -> Result<(), Error> {
    let fill = client.transaction().await?;
    fill.execute("SELECT pg_advisory_xact_lock($1)", &[&TABLE_LOCK]).await?;
    fill.batch_execute(
        "CREATE TABLE IF NOT EXISTS rows (
            id bigint PRIMARY KEY, version bigint NOT NULL, body bytea NOT NULL)",
    )
    .await?;
    let is_filled: bool =
        fill.query_one("SELECT EXISTS (SELECT FROM rows)", &[]).await?.try_get(0)?;
    if !is_filled {
        let sink = fill.copy_in("COPY rows (id, version, body) FROM STDIN BINARY").await?;
        let types = [Type::INT8, Type::INT8, Type::BYTEA];
        let mut rows = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
        for id in 0..keys as u64 {
            let body = body::value(Key::from_id(id), 0, body_bytes).body;
            rows.as_mut().write(&[&id.cast_signed(), &0_i64, &&*body]).await?;
        }
        rows.finish().await?;
    }
    fill.commit().await
}

/// Converts an error. Uses the server's message if there is one.
fn origin_error(error: Error) -> OriginError {
    let message = error.as_db_error().map(DbError::message);
    OriginError(format!("postgres: {}", message.map_or_else(|| error.to_string(), str::to_owned)))
}
