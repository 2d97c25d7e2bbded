//! Connections with prepared statements, a fixed number per runtime, reopened when they are lost.

use std::sync::{Arc, PoisonError, RwLock};

use bakeoff_patterns::{PerRuntime, RoundRobin};
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::PgError;
use crate::error::is_closing;

/// Parameters of a statement.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection and its prepared statements. Many requests may be in flight; the server answers
/// them in order.
struct Connection {
    client: Client,
    statements: Vec<Statement>,
}

impl Connection {
    async fn query(
        &self,
        statement: usize,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.client.query(&self.statements[statement], parameters).await
    }
}

/// All connections of one opened cache.
pub(crate) struct Connections {
    settings: Settings,
    pools: PerRuntime<Pool>,
}

struct Settings {
    config: Config,
    /// SQL of the statements that every connection prepares.
    statements: Vec<String>,
    /// Connections per runtime.
    count: usize,
}

/// The connections of one runtime.
struct Pool {
    slots: RoundRobin<Slot>,
    reopening: Mutex<()>,
}

/// Place of one connection in the pool. When the connection is lost, a new one takes its place.
type Slot = RwLock<Arc<Connection>>;

impl Connections {
    /// Opens the connections of the current runtime.
    pub(crate) async fn open(
        config: Config,
        statements: Vec<String>,
        count: usize,
    ) -> Result<Self, PgError> {
        let settings = Settings { config, statements, count };
        let pools = PerRuntime::new(|| settings.open_pool()).await?;
        Ok(Self { settings, pools })
    }

    /// Runs the prepared statement with the given index.
    ///
    /// A connection that the server is closing is noticed only when it is used; the request is then
    /// sent again on a new connection. The server may have executed the first request, so every
    /// statement must be idempotent.
    pub(crate) async fn query(
        &self,
        statement: usize,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PgError> {
        let pool = self.pools.get(|| self.settings.open_pool()).await?;
        let slot = pool.slots.next();
        let mut connection = current(slot);
        if connection.client.is_closed() {
            connection = self.replace(&pool, slot, &connection).await?;
        }
        match connection.query(statement, parameters).await {
            Err(error) if is_closing(&error) => {}
            answer => return Ok(answer?),
        }
        let fresh = self.replace(&pool, slot, &connection).await?;
        Ok(fresh.query(statement, parameters).await?)
    }

    /// Replaces a lost connection. Fails at once if the server is down, because requests must not
    /// wait for the server.
    #[cold]
    async fn replace(
        &self,
        pool: &Pool,
        slot: &Slot,
        lost: &Arc<Connection>,
    ) -> Result<Arc<Connection>, PgError> {
        let _reopening = pool.reopening.lock().await;
        // Another request may have replaced the connection meanwhile.
        let connection = current(slot);
        if !Arc::ptr_eq(&connection, lost) && !connection.client.is_closed() {
            return Ok(connection);
        }
        let fresh = self.settings.connect().await?;
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}

impl Settings {
    async fn open_pool(&self) -> Result<Pool, PgError> {
        let first = RwLock::new(self.connect().await?);
        let mut others = Vec::new();
        for _ in 1..self.count {
            others.push(RwLock::new(self.connect().await?));
        }
        Ok(Pool { slots: RoundRobin::new(first, others), reopening: Mutex::new(()) })
    }

    async fn connect(&self) -> Result<Arc<Connection>, PgError> {
        let (client, connection) = self.config.connect(NoTls).await?;
        // If this task fails, so do all requests in flight.
        tokio::spawn(connection);
        let mut statements = Vec::with_capacity(self.statements.len());
        for statement in &self.statements {
            statements.push(client.prepare(statement).await?);
        }
        Ok(Arc::new(Connection { client, statements }))
    }
}

fn current(slot: &Slot) -> Arc<Connection> {
    Arc::clone(&slot.read().unwrap_or_else(PoisonError::into_inner))
}
