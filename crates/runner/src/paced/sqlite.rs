//! Rows of the origin in a SQLite file. Calls block, so a pool of threads makes them.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_strategy::{Key, OriginError};
use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};
use tokio::sync::oneshot;

use crate::data::body;

/// Number of connections, as in a small pool. Each connection has its own thread.
const CONNECTIONS: usize = 4;
/// Maximum time that a call waits for a lock of another connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause before another attempt to open the file.
const RETRY_PAUSE: Duration = Duration::from_millis(5);

type Call = Box<dyn FnOnce(&mut Connection) + Send>;

/// Pool of connections to one SQLite file.
pub(crate) struct Sqlite(Sender<Call>);

impl Sqlite {
    /// Opens the file. Creates and fills the table if it is missing.
    ///
    /// # Errors
    /// [`OriginError`] if the file cannot be opened or written.
    pub(crate) fn open(path: &Path, keys: usize, body_bytes: usize) -> Result<Self, OriginError> {
        let (sender, receiver) = mpsc::channel::<Call>();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..CONNECTIONS {
            let mut connection = connect(path).map_err(origin_error)?;
            if number == 0 {
                fill(&mut connection, keys, body_bytes).map_err(origin_error)?;
            }
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || serve(&mut connection, &receiver));
        }
        Ok(Self(sender))
    }

    /// Loads version and body of a row.
    ///
    /// # Errors
    /// [`OriginError`] if the row does not exist or SQLite fails.
    pub(crate) async fn load(&self, id: u64) -> Result<(u64, Bytes), OriginError> {
        self.call(move |connection| {
            let mut query =
                connection.prepare_cached("SELECT version, body FROM rows WHERE id = ?1")?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), Bytes::from(row.get::<_, Vec<u8>>(1)?)))
            };
            query.query_row([id.cast_signed()], row).optional()
        })
        .await?
        .ok_or_else(|| OriginError(format!("cannot load row {id} from sqlite: it does not exist")))
    }

    /// Commits a row unless a newer version exists.
    ///
    /// # Errors
    /// [`OriginError`] if SQLite fails.
    pub(crate) async fn store(
        &self,
        id: u64,
        version: u64,
        body: Bytes,
    ) -> Result<(), OriginError> {
        self.call(move |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE rows SET version = ?2, body = ?3 WHERE id = ?1 AND version < ?2",
            )?;
            update.execute((id.cast_signed(), version.cast_signed(), &*body)).map(drop)
        })
        .await
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, OriginError> {
        let (answer, answered) = oneshot::channel();
        let call = move |connection: &mut Connection| {
            // Sending fails if the request has timed out, because its receiver is dropped.
            let _ = answer.send(call(connection));
        };
        self.0.send(Box::new(call)).map_err(|_| threads_ended_error())?;
        answered.await.map_err(|_| threads_ended_error())?.map_err(origin_error)
    }
}

/// Opens the file. Tries again while another instance changes the journal mode.
///
/// SQLite does not wait for a lock in this case.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let start = Instant::now();
    loop {
        match try_connect(path) {
            Err(error) if is_busy(&error) && start.elapsed() < BUSY_TIMEOUT => {
                thread::sleep(RETRY_PAUSE)
            }
            result => return result,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn try_connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Usual configuration of a service: readers and one writer run concurrently, and only a power
    // failure can lose commits.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// Creates the table with version 0 of every key, unless another instance has already done so.
fn fill(connection: &mut Connection, keys: usize, body_bytes: usize) -> rusqlite::Result<()> {
    let fill = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    fill.execute_batch(
        "CREATE TABLE IF NOT EXISTS rows (
            id INTEGER PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL)",
    )?;
    let rows: i64 = fill.query_row("SELECT count(*) FROM rows", [], |row| row.get(0))?;
    if rows == 0 {
        let mut insert = fill.prepare("INSERT INTO rows VALUES (?1, 0, ?2)")?;
        for id in 0..keys as u64 {
            let body = body::value(Key::from_id(id), 0, body_bytes).body;
            insert.execute((id.cast_signed(), &*body))?;
        }
    }
    fill.commit()
}

/// Runs calls on one connection until all senders are dropped.
fn serve(connection: &mut Connection, calls: &Mutex<Receiver<Call>>) {
    loop {
        let next = calls.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(call) = next else { return };
        call(connection);
    }
}

fn origin_error(error: rusqlite::Error) -> OriginError {
    OriginError(format!("sqlite: {error}"))
}

fn threads_ended_error() -> OriginError {
    OriginError(String::from("sqlite: all connection threads have ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_waits_while_another_instance_creates_the_file() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("rows.db");
        let mut other = Connection::open(&path).expect("opens");
        let creating =
            other.transaction_with_behavior(TransactionBehavior::Immediate).expect("begins");
        let opening = thread::spawn({
            let path = path.clone();
            move || Sqlite::open(&path, 50, 8).map(drop)
        });
        // SQLite itself would fail at once. If the thread starts only after this pause, the test
        // passes without testing anything.
        thread::sleep(Duration::from_millis(100));
        creating.commit().expect("commits");
        opening.join().expect("no panic").expect("opens");
        let count = other.query_row("SELECT count(*) FROM rows", [], |row| row.get(0));
        assert_eq!(count, Ok(50));
    }
}
