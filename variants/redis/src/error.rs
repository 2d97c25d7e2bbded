//! Errors of requests to Redis.

use std::sync::Arc;

use bakeoff_patterns::NoRuntime;
use bakeoff_strategy::TruncatedValue;

/// Failure of a request to Redis.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedisError {
    /// The server refused the request, or the connection failed.
    #[error("redis: {0}")]
    Request(Arc<redis::RedisError>),
    /// The server sent a response of a kind that the command never returns.
    #[error("redis: unexpected response to {command}: {response}")]
    Unexpected {
        /// Name of the command.
        command: &'static str,
        /// Debug form of the response, shortened.
        response: String,
    },
    /// A stored value is too short to be decoded.
    #[error("redis: {0}")]
    Truncated(#[from] TruncatedValue),
    /// A request was made outside a tokio runtime.
    #[error("redis: {0}")]
    NoRuntime(#[from] NoRuntime),
}

impl From<redis::RedisError> for RedisError {
    fn from(error: redis::RedisError) -> Self {
        Self::Request(Arc::new(error))
    }
}

impl RedisError {
    /// Creates an error for a response of the wrong kind.
    #[must_use]
    pub fn unexpected(command: &'static str, response: &redis::Value) -> Self {
        let mut response = format!("{response:?}");
        if let Some((end, _)) = response.char_indices().nth(200) {
            response.truncate(end);
        }
        Self::Unexpected { command, response }
    }
}
