//! Appends requests to a cache to a file for `bakeoff workload import`.

use std::io::{Result, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Recorder of requests; share it between threads in an `Arc`.
pub struct Recorder<W>(Mutex<W>);

impl<W: Write> Recorder<W> {
    /// Creates a recorder; buffer the output if there are many requests.
    pub fn new(output: W) -> Self {
        Self(Mutex::new(output))
    }

    /// Writes a request: `get`, `set` or `delete` of a key.
    ///
    /// # Errors
    /// Error of the output.
    pub fn record(&self, op: &str, key: &str, size: Option<u64>) -> Result<()> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let line = serde_json::json!({"time": time, "op": op, "key": key, "size": size});
        writeln!(self.0.lock().unwrap_or_else(PoisonError::into_inner), "{line}")
    }
}
