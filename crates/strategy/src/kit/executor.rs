//! What runs a strategy's futures.

use crate::poll_once;

/// Runs futures to their end. Many threads call it at once.
pub trait Executor: Sync {
    /// Runs one future to its end.
    fn block_on<F: Future>(&self, future: F) -> F::Output;
}

/// An executor for strategies that answer at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Immediate;

impl Executor for Immediate {
    /// # Panics
    /// If the future is pending at its first poll: there is nobody here who could wake it.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match poll_once(future) {
            Ok(output) => output,
            Err(_) => panic!(
                "a future was pending, and kit::Immediate cannot wait; a strategy that awaits \
                 needs an executor (the runner brings one: bakeoff_runner::testing)"
            ),
        }
    }
}
