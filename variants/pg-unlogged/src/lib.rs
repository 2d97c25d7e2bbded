//! Cache in an unlogged table of PostgreSQL, shared by all processes that use the same namespace.
//!
//! Sweeps bound the table: after every N puts, the server removes expired entries, then the oldest
//! entries above the capacity. Reads do not affect eviction: recording them would turn every read
//! into a write.

mod connections;
mod error;
mod listener;
mod names;
mod notify;
mod statements;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bakeoff_strategy::{
    Bound, Bytes, Capacity, ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties,
    PutOptions, Read, RequestError, Snapshot, Strategy, Value, read_with_multi_get,
};
use tokio_postgres::{Config, Row};

use connections::{Connections, Parameters};
pub use error::PgError;
use names::Names;
pub use notify::Notify;
use statements::StatementId;

/// Default of the option `ttl_seconds`.
const DEFAULT_TTL_SECONDS: u64 = 3_600;
/// Longest time to live: 1,000 years.
const MAX_TTL: Duration = Duration::from_secs(1_000 * 365 * 24 * 3_600);
/// Minimum number of puts of an instance between two sweeps, because each sweep counts the table.
/// With a large capacity, the interval is 1 % of the capacity.
const MIN_SWEEP_INTERVAL: u64 = 16;

/// Cache in one namespace of a PostgreSQL database.
pub struct PgUnlogged {
    connections: Connections,
    /// Time to live of entries that set none.
    default_ttl: Duration,
    /// Maximum number of entries after a sweep; `i64::MAX` if unlimited.
    capacity: i64,
    /// Puts of this instance between two sweeps.
    sweep_interval: u64,
    puts: AtomicU64,
    evicted: AtomicU64,
}

impl Strategy for PgUnlogged {
    type Error = PgError;

    const MODE: ExecutionMode = ExecutionMode::Async;

    const PROPERTIES: Properties = Properties {
        bound: Bound::Entries,
        shared: true,
        persistent: true,
        ttl: true,
        // Puts of four instances, each between two of its sweeps.
        eviction_batch: Some(4 * MIN_SWEEP_INTERVAL),
        ..Properties::LOCAL
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&["ttl_seconds"])?;
        let seconds = config.options.in_range("ttl_seconds", DEFAULT_TTL_SECONDS, 1..)?;
        let capacity = match config.capacity {
            Capacity::Unbounded => i64::MAX,
            Capacity::Entries(entries) if entries > 0 => i64::try_from(entries).unwrap_or(i64::MAX),
            other => return Err(OpenError::UnsupportedCapacity(other)),
        };
        let names = Names::for_namespace(&config.namespace);
        let address: Config = config
            .service("postgres")?
            .parse()
            .map_err(|error| open_failed(&PgError::from(error)))?;
        create_table(&address, &names).await.map_err(|error| open_failed(&error))?;
        let statements = statements::prepared(&names);
        let connections = Connections::open(address, statements, config.connections)
            .await
            .map_err(|error| open_failed(&error))?;
        Ok(Self {
            connections,
            default_ttl: Duration::from_secs(seconds),
            capacity,
            sweep_interval: (capacity.unsigned_abs() / 100).max(MIN_SWEEP_INTERVAL),
            puts: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
        })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, PgError> {
        let rows =
            self.connections.query(StatementId::Get as usize, &[&key.0.cast_signed()]).await?;
        rows.first().map(decode_value).transpose()
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), PgError> {
        let seconds = options.ttl.unwrap_or(self.default_ttl).min(MAX_TTL).as_secs_f64();
        let encoded = value.encode();
        self.execute(StatementId::Put, &[&key.0.cast_signed(), &&*encoded, &seconds]).await?;
        let before = self.puts.fetch_add(1, Ordering::Relaxed);
        if (before + 1).is_multiple_of(self.sweep_interval) {
            self.sweep(false).await?;
        }
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), PgError> {
        self.execute(StatementId::Remove, &[&key.0.cast_signed()]).await
    }

    async fn clear(&self) -> Result<(), PgError> {
        self.execute(StatementId::Clear, &[]).await
    }

    async fn len(&self) -> Result<u64, PgError> {
        self.query_number(StatementId::Len, &[]).await
    }

    async fn settle(&self) -> Result<(), PgError> {
        self.sweep(true).await
    }

    /// Bytes include the table's index and dead rows; evictions are those of this instance.
    async fn snapshot(&self) -> Result<Snapshot, PgError> {
        Ok(Snapshot {
            bytes: Some(self.query_number(StatementId::Bytes, &[]).await?),
            evictions: Some(self.evicted.load(Ordering::Relaxed)),
            ..Snapshot::default()
        })
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, PgError> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0.cast_signed()).collect();
        let mut found = HashMap::new();
        for row in self.connections.query(StatementId::GetMany as usize, &[&ids]).await? {
            let value = decode_value(&row)?;
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
    /// Removes expired entries and those above the capacity. If another sweep is running, waits for
    /// it if `wait` is true, and otherwise does nothing.
    async fn sweep(&self, wait: bool) -> Result<(), PgError> {
        let evicted = self.query_number(StatementId::Sweep, &[&self.capacity, &wait]).await?;
        self.evicted.fetch_add(evicted, Ordering::Relaxed);
        Ok(())
    }

    async fn execute(
        &self,
        statement: StatementId,
        parameters: Parameters<'_>,
    ) -> Result<(), PgError> {
        self.connections.query(statement as usize, parameters).await.map(drop)
    }

    /// Returns the number in the first row (never negative), or 0 if there is no row.
    async fn query_number(
        &self,
        statement: StatementId,
        parameters: Parameters<'_>,
    ) -> Result<u64, PgError> {
        let rows = self.connections.query(statement as usize, parameters).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
        Ok(count.unsigned_abs())
    }
}

/// Creates the table, on a connection of its own.
async fn create_table(address: &Config, names: &Names) -> Result<(), PgError> {
    let (client, connection) = address.connect(tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client.batch_execute(&statements::create(names)).await?)
}

fn open_failed(error: &PgError) -> OpenError {
    OpenError::Failed(format!("cannot open a table on the PostgreSQL server: {error}"))
}

fn decode_value(row: &Row) -> Result<Value, PgError> {
    let encoded: &[u8] = row.try_get(0)?;
    Ok(Value::decode(Bytes::copy_from_slice(encoded))?)
}
