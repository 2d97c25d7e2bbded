//! What can go wrong in a request to Redis.

use std::sync::Arc;

use bakeoff_strategy::TruncatedValue;

/// A request that Redis did not serve.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RedisError {
    /// The server refused, or the connection broke.
    #[error("redis: {0}")]
    Request(Arc<redis::RedisError>),
    /// The server answered with something that the command never gives.
    #[error("redis answered {command} with {answer}")]
    Unexpected {
        /// The command.
        command: &'static str,
        /// The answer.
        answer: String,
    },
    /// What was stored is none of our values.
    #[error("redis: {0}")]
    TruncatedValue(#[from] TruncatedValue),
    /// A future of this strategy was polled outside a tokio runtime.
    #[error("redis: polled outside a tokio runtime, where no connection can be driven")]
    NoRuntime,
}

impl From<redis::RedisError> for RedisError {
    fn from(error: redis::RedisError) -> Self {
        Self::Request(Arc::new(error))
    }
}

impl RedisError {
    /// An answer of the wrong kind.
    #[must_use]
    pub fn unexpected(command: &'static str, answer: &redis::Value) -> Self {
        let mut answer = format!("{answer:?}");
        if let Some((end, _)) = answer.char_indices().nth(200) {
            answer.truncate(end);
        }
        Self::Unexpected { command, answer }
    }
}
