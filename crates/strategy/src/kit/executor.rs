//! Executors that run a strategy's futures.

use crate::poll_once;

/// Executor of futures, which several threads use concurrently.
pub trait Executor: Sync {
    /// Runs one future to completion and returns its output.
    fn block_on<F: Future>(&self, future: F) -> F::Output;
}

/// Executor for strategies in [`ExecutionMode::Sync`](crate::ExecutionMode::Sync): polls each
/// future once.
#[derive(Clone, Copy, Debug, Default)]
pub struct PollOnce;

impl Executor for PollOnce {
    /// # Panics
    /// If the future is pending at its first poll, because nothing would wake it.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match poll_once(future) {
            Ok(output) => output,
            Err(_) => panic!(
                "cannot run the future: it is pending, and kit::PollOnce polls only once; use an \
                 executor that waits, such as that of bakeoff_runner::testing"
            ),
        }
    }
}
