//! What can go wrong in a request to PostgreSQL.

use std::sync::Arc;

use bakeoff_strategy::TruncatedValue;
use tokio_postgres::error::{DbError, SqlState};

/// A request that PostgreSQL did not serve.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PgError {
    /// The server refused, or the connection broke.
    #[error("postgres: {}", words(.0))]
    Request(Arc<tokio_postgres::Error>),
    /// What was stored is none of our values.
    #[error("postgres: {0}")]
    TruncatedValue(#[from] TruncatedValue),
    /// A future of this strategy was polled outside a tokio runtime.
    #[error("postgres: polled outside a tokio runtime, where no connection can be driven")]
    NoRuntime,
}

impl From<tokio_postgres::Error> for PgError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Request(Arc::new(error))
    }
}

/// The server's own words where it has some.
fn words(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map(DbError::message).map_or_else(|| error.to_string(), str::to_owned)
}

/// Whether a request failed because its connection ends, and not by what it asks for. A server that
/// shuts down tells so whoever is being served.
pub(crate) fn is_closing(error: &tokio_postgres::Error) -> bool {
    let ends = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    error.is_closed() || error.code().is_some_and(|code| ends.contains(code))
}
