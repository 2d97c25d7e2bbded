//! Errors of requests to PostgreSQL.

use std::sync::Arc;

use bakeoff_patterns::NoRuntime;
use bakeoff_strategy::TruncatedValue;
use tokio_postgres::error::{DbError, SqlState};

/// Failure of a request to PostgreSQL.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PgError {
    /// The server refused the request, or the connection failed.
    #[error("postgres: {}", message(.0))]
    Request(Arc<tokio_postgres::Error>),
    /// A stored value is too short to be decoded.
    #[error("postgres: {0}")]
    Truncated(#[from] TruncatedValue),
    /// A request was made outside a tokio runtime.
    #[error("postgres: {0}")]
    NoRuntime(#[from] NoRuntime),
}

impl From<tokio_postgres::Error> for PgError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Request(Arc::new(error))
    }
}

/// Returns the server's message if there is one, else that of the client library.
fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map(DbError::message).map_or_else(|| error.to_string(), str::to_owned)
}

/// Returns true if a request failed because its connection is being closed. A server that shuts
/// down sends an error to every client.
pub(crate) fn is_closing(error: &tokio_postgres::Error) -> bool {
    let shutdown = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    error.is_closed() || error.code().is_some_and(|code| shutdown.contains(code))
}
