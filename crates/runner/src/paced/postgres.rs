//! Rows in a table of PostgreSQL, over a few connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bakeoff_protocol::setting::OriginSetting;
use bakeoff_strategy::{Key, OriginError};
use bytes::Bytes;
use tokio::sync::Mutex;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::DbError;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, NoTls, Statement};

use crate::body;

/// Connections of an instance where the scenario has no limit: as many as a usual pool has.
const CONNECTIONS: u32 = 10;
/// Connections of an instance at most: four of them stay below the hundred that servers allow.
const MOST_CONNECTIONS: u32 = 20;
/// What instances that come at the same time lock, so that one of them makes the table.
const LOCK: i64 = 0x6261_6b65_6f66_6600;

/// A pool of connections. Each has its statements answered in their order; one that was lost is
/// opened anew by the next request that is its turn, as pools do.
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
    /// Connects, and makes and fills the table where it is not there. To be called within the
    /// runtime that makes the requests: its tasks drive the connections.
    pub(crate) async fn open(
        origin: &OriginSetting,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, OriginError> {
        Self::try_open(origin, keys, body_bytes).await.map_err(failed)
    }

    async fn try_open(
        origin: &OriginSetting,
        keys: usize,
        body_bytes: usize,
    ) -> Result<Self, Error> {
        let wanted = if origin.concurrency == 0 { CONNECTIONS } else { origin.concurrency };
        let mut connections = Vec::new();
        for number in 0..wanted.min(MOST_CONNECTIONS) {
            let mut client = connect(&origin.address).await?;
            if number == 0 {
                fill(&mut client, keys, body_bytes).await?;
            }
            connections.push(RwLock::new(Connection::prepared(client).await?));
        }
        let (next, reopening) = (AtomicUsize::new(0), Mutex::default());
        Ok(Self { address: origin.address.clone(), connections, next, reopening })
    }

    /// Version and body of a row.
    pub(crate) async fn load(&self, id: u64) -> Result<(u64, Bytes), OriginError> {
        let connection = self.connection().await?;
        let row = connection.client.query_opt(&connection.load, &[&id.cast_signed()]).await;
        let row = row.map_err(failed)?;
        let row = row.ok_or_else(|| OriginError(format!("postgres: there is no row {id}")))?;
        let version: i64 = row.try_get(0).map_err(failed)?;
        let body: &[u8] = row.try_get(1).map_err(failed)?;
        Ok((version.unsigned_abs(), Bytes::copy_from_slice(body)))
    }

    /// Commits a row, unless a newer one is there.
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
        stored.map(drop).map_err(failed)
    }

    async fn connection(&self) -> Result<Arc<Connection>, OriginError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let place = &self.connections[turn % self.connections.len()];
        let connection = held(place);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        // Many requests may find out at once.
        let _reopening = self.reopening.lock().await;
        let connection = held(place);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        let client = connect(&self.address).await.map_err(failed)?;
        let fresh = Connection::prepared(client).await.map_err(failed)?;
        *place.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
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

fn held(place: &RwLock<Arc<Connection>>) -> Arc<Connection> {
    Arc::clone(&place.read().unwrap_or_else(PoisonError::into_inner))
}

async fn connect(address: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    // Its failures reach every request that is under way.
    tokio::spawn(connection);
    Ok(client)
}

/// A row of version 0 for each key, by the first instance that comes.
async fn fill(client: &mut Client, keys: usize, body_bytes: usize) -> Result<(), Error> {
    let fill = client.transaction().await?;
    fill.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    fill.batch_execute(
        "CREATE TABLE IF NOT EXISTS rows (
            id bigint PRIMARY KEY, version bigint NOT NULL, body bytea NOT NULL)",
    )
    .await?;
    let there: bool = fill.query_one("SELECT EXISTS (SELECT FROM rows)", &[]).await?.try_get(0)?;
    if !there {
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

/// The server's own words where it has some.
fn failed(error: Error) -> OriginError {
    let said = error.as_db_error().map(DbError::message);
    OriginError(format!("postgres: {}", said.map_or_else(|| error.to_string(), str::to_owned)))
}
