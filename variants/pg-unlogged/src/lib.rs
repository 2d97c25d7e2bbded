//! A cache in a table of PostgreSQL that is not logged: shared by every process that uses the same
//! namespace, without a server beside the database.
//!
//! The table is bounded by sweeps: after every so many puts the one that comes next has the server
//! count, and remove what expired and what was written first. Nothing is noted of reads, since a
//! note would be a write, with its dead row for the vacuum.

mod connections;
mod error;
mod listener;
mod notify;
mod place;
mod statements;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bakeoff_strategy::{
    Bound, Bytes, Capacity, Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read,
    RequestError, Snapshot, Strategy, Value, read_with_multi_get,
};
use tokio_postgres::{Config, Row};

use connections::{Connections, Parameters};
pub use error::PgError;
pub use notify::Notify;
use place::Place;
use statements::Command;

/// Seconds that an entry lives where the request says nothing of it and the option `ttl_seconds`
/// is not given.
const DEFAULT_TTL_SECONDS: u64 = 3_600;
/// The longest time to live: a thousand years.
const LONGEST_TTL: Duration = Duration::from_secs(1_000 * 365 * 24 * 3_600);
/// Puts of one instance between two of its sweeps, at least, since each counts the table; a hundredth
/// of the capacity where that is more.
const LEAST_BETWEEN_SWEEPS: u64 = 16;

/// A namespace in a database.
pub struct PgUnlogged {
    connections: Connections,
    /// Time to live of entries that come without one.
    ttl: Duration,
    /// Entries that may stay; `i64::MAX` for any number.
    capacity: i64,
    /// Puts between two sweeps of ours.
    sweep_every: u64,
    puts: AtomicU64,
    evicted: AtomicU64,
}

impl Strategy for PgUnlogged {
    type Error = PgError;

    const MODE: Mode = Mode::Async;

    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        shared: true,
        persistent: true,
        ttl: true,
        thread_safe: true,
        fresh: true,
        lossy: false,
        // Puts of four instances between two sweeps of each.
        eviction_batch: Some(4 * LEAST_BETWEEN_SWEEPS),
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&["ttl_seconds"])?;
        let seconds = config.options.get("ttl_seconds", DEFAULT_TTL_SECONDS)?;
        if seconds == 0 {
            return Err(OpenError::Failed(String::from(
                "option ttl_seconds=0: every entry has a time to live; give 1 or more",
            )));
        }
        let capacity = match config.capacity {
            Capacity::Unbounded => i64::MAX,
            Capacity::Entries(entries) if entries > 0 => i64::try_from(entries).unwrap_or(i64::MAX),
            other => return Err(OpenError::UnsupportedCapacity(other)),
        };
        let place = Place::of(&config.namespace);
        let address: Config =
            config.service("postgres")?.parse().map_err(|error| cannot(&PgError::from(error)))?;
        make(&address, &place).await.map_err(|error| cannot(&error))?;
        let commands = statements::commands(&place);
        let connections = Connections::open(address, commands, config.connections)
            .await
            .map_err(|error| cannot(&error))?;
        Ok(Self {
            connections,
            ttl: Duration::from_secs(seconds),
            capacity,
            sweep_every: (capacity.unsigned_abs() / 100).max(LEAST_BETWEEN_SWEEPS),
            puts: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
        })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, PgError> {
        let rows = self.connections.query(Command::Get as usize, &[&key.0.cast_signed()]).await?;
        rows.first().map(value_of).transpose()
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), PgError> {
        let seconds = options.ttl.unwrap_or(self.ttl).min(LONGEST_TTL).as_secs_f64();
        let encoded = value.encode();
        self.execute(Command::Put, &[&key.0.cast_signed(), &&*encoded, &seconds]).await?;
        let before = self.puts.fetch_add(1, Ordering::Relaxed);
        if (before + 1).is_multiple_of(self.sweep_every) {
            self.sweep(false).await?;
        }
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), PgError> {
        self.execute(Command::Remove, &[&key.0.cast_signed()]).await
    }

    async fn clear(&self) -> Result<(), PgError> {
        self.execute(Command::Clear, &[]).await
    }

    async fn len(&self) -> Result<u64, PgError> {
        self.number(Command::Len, &[]).await
    }

    async fn settle(&self) -> Result<(), PgError> {
        self.sweep(true).await
    }

    /// Bytes are those of the table and its index, dead rows included; evictions are our own.
    async fn snapshot(&self) -> Result<Snapshot, PgError> {
        Ok(Snapshot {
            bytes: Some(self.number(Command::Bytes, &[]).await?),
            evictions: Some(self.evicted.load(Ordering::Relaxed)),
            ..Snapshot::default()
        })
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, PgError> {
        let asked: Vec<i64> = keys.iter().map(|key| key.0.cast_signed()).collect();
        let mut found = HashMap::new();
        for row in self.connections.query(Command::GetMany as usize, &[&asked]).await? {
            let value = value_of(&row)?;
            found.insert(value.key, value);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<PgError>> {
        read_with_multi_get(self, keys, origin).await
    }
}

impl PgUnlogged {
    /// Makes room. `patient`: after whoever does so already; otherwise that will do.
    async fn sweep(&self, patient: bool) -> Result<(), PgError> {
        let evicted = self.number(Command::Sweep, &[&self.capacity, &patient]).await?;
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        Ok(())
    }

    async fn execute(&self, command: Command, parameters: Parameters<'_>) -> Result<(), PgError> {
        self.connections.query(command as usize, parameters).await.map(drop)
    }

    /// A count, which is never negative; 0 of no rows.
    async fn number(&self, command: Command, parameters: Parameters<'_>) -> Result<u64, PgError> {
        let rows = self.connections.query(command as usize, parameters).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
        Ok(count.unsigned_abs())
    }
}

/// Makes the table, on a connection that ends with it.
async fn make(address: &Config, place: &Place) -> Result<(), PgError> {
    let (client, connection) = address.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client.batch_execute(&statements::make(place)).await?)
}

fn cannot(error: &PgError) -> OpenError {
    OpenError::Failed(format!("no table on the PostgreSQL server: {error}"))
}

fn value_of(row: &Row) -> Result<Value, PgError> {
    let encoded: &[u8] = row.try_get(0)?;
    Ok(Value::decode(Bytes::copy_from_slice(encoded))?)
}
