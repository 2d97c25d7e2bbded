//! How the near tiers of other instances hear of a write.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use bakeoff_strategy::{Key, OpenConfig, OpenError};

use super::near::Nearby;

/// What is no longer what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One key.
    Key(Key),
    /// All keys of the namespace.
    All,
}

/// A way in which instances tell each other of their writes, over the far tier `F` or beside it.
pub trait Invalidation<F>: Sized + Send + Sync + 'static {
    /// What telling may come to instead.
    type Error: std::error::Error + Clone + Send + Sync + 'static;

    /// Its own options, which neither tier gets to see.
    const OPTIONS: &[&str] = &[];

    /// Whether an instance hears of its own writes as of all others. It then keeps nothing near
    /// that it has written, since it would have to forget that at once.
    const ECHOES: bool;

    /// Begins to listen: from here on, until this is dropped, `near` is told of every change.
    ///
    /// # Errors
    /// [`OpenError`] if nothing can be heard.
    fn listen(
        config: &OpenConfig,
        near: Arc<dyn Nearby>,
    ) -> impl Future<Output = Result<Self, OpenError>> + Send;

    /// Tells the other instances of a change that the far tier has already.
    ///
    /// # Errors
    /// The others may go on answering with what they hold.
    fn tell(&self, far: &F, change: Change)
    -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Nobody is told: others answer with what they hold until they evict it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unheard;

impl<F: Sync> Invalidation<F> for Unheard {
    type Error = Infallible;

    const ECHOES: bool = false;

    fn listen(
        _: &OpenConfig,
        _: Arc<dyn Nearby>,
    ) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(Ok(Self))
    }

    fn tell(&self, _: &F, _: Change) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }
}
