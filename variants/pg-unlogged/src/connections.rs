//! Connections: so many for each runtime that calls, opened anew once they are lost.
//!
//! A connection is driven by a task of the runtime in which it was opened. Called from another
//! runtime, every request would wake another thread twice, and hang where that runtime is not
//! running. So each runtime (each worker of a replay has one of its own) gets its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex;
use tokio_postgres::{Client, Config, NoTls, Statement};

use crate::PgError;

/// One connection, with its statements prepared. Many requests may be under way on it; the server
/// answers them in their order.
pub(crate) struct Connection {
    pub(crate) client: Client,
    statements: Vec<Statement>,
}

impl Connection {
    async fn open(config: &Config, commands: &[String]) -> Result<Arc<Self>, PgError> {
        let (client, connection) = config.connect(NoTls).await?;
        // Its failures reach every request that is under way.
        tokio::spawn(connection);
        let mut statements = Vec::with_capacity(commands.len());
        for command in commands {
            statements.push(client.prepare(command).await?);
        }
        Ok(Arc::new(Self { client, statements }))
    }

    /// A statement by its number among those that were prepared.
    pub(crate) fn statement(&self, number: usize) -> &Statement {
        &self.statements[number]
    }
}

/// All connections of one opened cache.
pub(crate) struct Connections {
    config: Config,
    /// What every connection prepares.
    commands: Vec<String>,
    /// Connections for each runtime.
    count: usize,
    lanes: RwLock<Vec<Arc<Lane>>>,
    opening: Mutex<()>,
}

/// The connections of one runtime.
struct Lane {
    runtime: Id,
    connections: Vec<RwLock<Arc<Connection>>>,
    next: AtomicUsize,
    reopening: Mutex<()>,
}

impl Connections {
    /// Connects from the current runtime.
    pub(crate) async fn open(
        config: Config,
        commands: Vec<String>,
        count: usize,
    ) -> Result<Self, PgError> {
        let (lanes, opening) = (RwLock::default(), Mutex::default());
        let connections = Self { config, commands, count: count.max(1), lanes, opening };
        connections.open_for(current()?).await?;
        Ok(connections)
    }

    /// The connection whose turn it is, of the current runtime. One that was lost is opened anew,
    /// which fails at once where there is no server: a cache that is away must not hold up its
    /// users.
    pub(crate) async fn next(&self) -> Result<Arc<Connection>, PgError> {
        let runtime = current()?;
        let lane = match self.lane(runtime) {
            Some(lane) => lane,
            None => self.open_for(runtime).await?,
        };
        let turn = lane.next.fetch_add(1, Ordering::Relaxed);
        let place = &lane.connections[turn % lane.connections.len()];
        let connection = held(place);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        // Many requests may find out at once.
        let _reopening = lane.reopening.lock().await;
        let connection = held(place);
        if !connection.client.is_closed() {
            return Ok(connection);
        }
        let fresh = Connection::open(&self.config, &self.commands).await?;
        *place.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    fn lane(&self, runtime: Id) -> Option<Arc<Lane>> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().find(|lane| lane.runtime == runtime).cloned()
    }

    #[cold]
    async fn open_for(&self, runtime: Id) -> Result<Arc<Lane>, PgError> {
        let _opening = self.opening.lock().await;
        if let Some(lane) = self.lane(runtime) {
            return Ok(lane);
        }
        let mut connections = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let connection = Connection::open(&self.config, &self.commands).await?;
            connections.push(RwLock::new(connection));
        }
        let (next, reopening) = (AtomicUsize::new(0), Mutex::default());
        let lane = Arc::new(Lane { runtime, connections, next, reopening });
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        lanes.push(Arc::clone(&lane));
        Ok(lane)
    }
}

fn held(place: &RwLock<Arc<Connection>>) -> Arc<Connection> {
    Arc::clone(&place.read().unwrap_or_else(PoisonError::into_inner))
}

fn current() -> Result<Id, PgError> {
    Handle::try_current().map(|handle| handle.id()).map_err(|_| PgError::NoRuntime)
}
