//! Connections: so many for each runtime that calls, opened anew once they are lost.
//!
//! A connection is driven by a task of the runtime in which it was opened. Called from another
//! runtime, every request would wake another thread twice, and hang where that runtime is not
//! running. So each runtime (each worker of a replay has one of its own) gets its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use crate::PgError;
use crate::error::is_closing;

/// What a statement is given.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// One connection, with its statements prepared. Many requests may be under way on it; the server
/// answers them in their order.
struct Connection {
    client: Client,
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

    async fn query(
        &self,
        number: usize,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.client.query(&self.statements[number], parameters).await
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
    places: Vec<Place>,
    next: AtomicUsize,
    reopening: Mutex<()>,
}

/// Where one connection is held, until another takes its place.
type Place = RwLock<Arc<Connection>>;

impl Lane {
    /// The place whose turn it is.
    fn next(&self) -> &Place {
        &self.places[self.next.fetch_add(1, Ordering::Relaxed) % self.places.len()]
    }
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

    /// What the server answers to a statement, given by its number among those that were prepared.
    ///
    /// A connection that the server is closing looks like any other until it is used, so a request
    /// that meets one is sent once more, on a fresh one. It may have been carried out the first
    /// time: each statement has to leave the same when it comes twice.
    pub(crate) async fn query(
        &self,
        number: usize,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PgError> {
        let lane = self.lane().await?;
        let place = lane.next();
        let mut connection = held(place);
        if connection.client.is_closed() {
            connection = self.replace(&lane, place, &connection).await?;
        }
        match connection.query(number, parameters).await {
            Err(error) if is_closing(&error) => {}
            answer => return Ok(answer?),
        }
        let fresh = self.replace(&lane, place, &connection).await?;
        Ok(fresh.query(number, parameters).await?)
    }

    /// A connection in place of one that was lost. Where there is no server this fails at once: a
    /// cache that is away must not hold up its users.
    #[cold]
    async fn replace(
        &self,
        lane: &Lane,
        place: &Place,
        lost: &Arc<Connection>,
    ) -> Result<Arc<Connection>, PgError> {
        // Many requests may find out at once.
        let _reopening = lane.reopening.lock().await;
        let connection = held(place);
        if !Arc::ptr_eq(&connection, lost) && !connection.client.is_closed() {
            return Ok(connection);
        }
        let fresh = Connection::open(&self.config, &self.commands).await?;
        *place.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// The lane of the current runtime.
    async fn lane(&self) -> Result<Arc<Lane>, PgError> {
        let runtime = current()?;
        match self.lane_of(runtime) {
            Some(lane) => Ok(lane),
            None => self.open_for(runtime).await,
        }
    }

    fn lane_of(&self, runtime: Id) -> Option<Arc<Lane>> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().find(|lane| lane.runtime == runtime).cloned()
    }

    #[cold]
    async fn open_for(&self, runtime: Id) -> Result<Arc<Lane>, PgError> {
        let _opening = self.opening.lock().await;
        if let Some(lane) = self.lane_of(runtime) {
            return Ok(lane);
        }
        let mut places = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let connection = Connection::open(&self.config, &self.commands).await?;
            places.push(RwLock::new(connection));
        }
        let (next, reopening) = (AtomicUsize::new(0), Mutex::default());
        let lane = Arc::new(Lane { runtime, places, next, reopening });
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        lanes.push(Arc::clone(&lane));
        Ok(lane)
    }
}

fn held(place: &Place) -> Arc<Connection> {
    Arc::clone(&place.read().unwrap_or_else(PoisonError::into_inner))
}

fn current() -> Result<Id, PgError> {
    Handle::try_current().map(|handle| handle.id()).map_err(|_| PgError::NoRuntime)
}
