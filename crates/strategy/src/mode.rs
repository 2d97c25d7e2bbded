//! Whether a strategy answers at once or has to be awaited.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// How the futures of a strategy (or an origin) finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every future is ready at its first poll: an in-process cache, which then costs what plain
    /// function calls cost.
    Immediate,
    /// Futures may pend, and run on an executor: a networked cache.
    Awaited,
}

impl Mode {
    /// The mode of two parts together: immediate only where both are.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Immediate, Self::Immediate) => Self::Immediate,
            _ => Self::Awaited,
        }
    }

    /// Whether every future is ready at its first poll.
    #[must_use]
    pub const fn is_immediate(self) -> bool {
        matches!(self, Self::Immediate)
    }
}

/// A future was pending although its strategy declares [`Mode::Immediate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("declared Mode::Immediate, but a future was pending at its first poll")]
pub struct Pending;

/// Polls a future once, with a waker that does nothing.
///
/// # Errors
/// [`Pending`] if it was not ready; the future is dropped then.
// Forced, since what is polled may carry a state machine that is never entered: left as a call, it
// would be moved in memory on every request.
#[inline(always)]
pub fn poll_once<F: Future>(future: F) -> Result<F::Output, Pending> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Pending),
    }
}
