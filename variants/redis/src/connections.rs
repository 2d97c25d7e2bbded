//! Connections: so many for each runtime that calls.
//!
//! A multiplexed connection is driven by a task of the runtime in which it was opened. Called
//! from another runtime, every request would wake another thread twice, and hang where that
//! runtime is not running. So each runtime (each worker of a replay has one of its own) gets its
//! own connections, opened with its first request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::runtime::{Handle, Id};
use tokio::sync::Mutex;

use crate::RedisError;

/// Requests that may wait for one connection's writer before the next one has to wait for room.
const QUEUE: usize = 1024;

/// All connections of one opened cache.
pub(crate) struct Connections {
    client: Client,
    /// Connections for each runtime.
    count: usize,
    /// For how long an answer may take.
    patience: Option<Duration>,
    /// Those of the runtime in which the cache was opened: found without a lock.
    home: Lane,
    others: RwLock<Vec<Lane>>,
    opening: Mutex<()>,
}

/// The connections of one runtime.
struct Lane {
    runtime: Id,
    connections: Vec<ConnectionManager>,
    next: AtomicUsize,
}

impl Connections {
    /// Connects from the current runtime.
    pub(crate) async fn open(
        client: Client,
        count: usize,
        patience: Option<Duration>,
    ) -> Result<Self, RedisError> {
        let home = Lane::open(&client, count, patience).await?;
        let (others, opening) = (RwLock::default(), Mutex::default());
        Ok(Self { client, count, patience, home, others, opening })
    }

    /// The connection whose turn it is, of the current runtime.
    #[inline]
    pub(crate) async fn next(&self) -> Result<ConnectionManager, RedisError> {
        let runtime = current()?;
        if runtime == self.home.runtime {
            return Ok(self.home.next());
        }
        if let Some(connection) = self.other(runtime) {
            return Ok(connection);
        }
        self.open_for(runtime).await
    }

    fn other(&self, runtime: Id) -> Option<ConnectionManager> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.iter().find(|lane| lane.runtime == runtime).map(Lane::next)
    }

    #[cold]
    async fn open_for(&self, runtime: Id) -> Result<ConnectionManager, RedisError> {
        // Many requests may find out at once that there are no connections yet.
        let _opening = self.opening.lock().await;
        if let Some(connection) = self.other(runtime) {
            return Ok(connection);
        }
        let lane = Lane::open(&self.client, self.count, self.patience).await?;
        let connection = lane.next();
        self.others.write().unwrap_or_else(PoisonError::into_inner).push(lane);
        Ok(connection)
    }
}

impl Lane {
    async fn open(
        client: &Client,
        count: usize,
        patience: Option<Duration>,
    ) -> Result<Self, RedisError> {
        // A time limit on answers costs every request a timer, so there is one only where it was
        // asked for; a driver has its own limit for trials that hang. A lost connection is opened
        // anew by the next request, which fails at once where there is no server: a cache that is
        // away must not hold up its users.
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(patience)
            .set_pipeline_buffer_size(QUEUE)
            .set_number_of_retries(0);
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count.max(1) {
            let manager = ConnectionManager::new_with_config(client.clone(), config.clone());
            connections.push(manager.await?);
        }
        Ok(Self { runtime: current()?, connections, next: AtomicUsize::new(0) })
    }

    #[inline]
    fn next(&self) -> ConnectionManager {
        if let [only] = self.connections.as_slice() {
            return only.clone();
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.connections[turn % self.connections.len()].clone()
    }
}

fn current() -> Result<Id, RedisError> {
    Handle::try_current().map(|handle| handle.id()).map_err(|_| RedisError::NoRuntime)
}
