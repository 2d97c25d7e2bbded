//! An origin that has the queued writes already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{Key, Loaded, Mode, Origin, OriginError};

use super::shared::Shared;

/// The origin of one request.
pub(super) struct Ahead<'a, O> {
    origin: &'a O,
    shared: &'a Arc<Shared>,
    /// Whether a load was answered from the queue.
    queued: AtomicBool,
}

impl<'a, O> Ahead<'a, O> {
    pub(super) fn new(origin: &'a O, shared: &'a Arc<Shared>) -> Self {
        Self { origin, shared, queued: AtomicBool::new(false) }
    }

    pub(super) fn was_queued(self) -> bool {
        self.queued.into_inner()
    }
}

impl<O: Origin> Origin for Ahead<'_, O> {
    const MODE: Mode = O::MODE;
    type Detached = AheadDetached<O::Detached>;

    forward_origin!(store);

    fn detach(&self) -> Self::Detached {
        AheadDetached { origin: self.origin.detach(), shared: Arc::clone(self.shared) }
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (loaded, queued) = load(self.shared, self.origin, key).await?;
        if queued {
            self.queued.store(true, Ordering::Relaxed);
        }
        Ok(loaded)
    }
}

/// The same, owned.
pub(super) struct AheadDetached<O> {
    origin: O,
    shared: Arc<Shared>,
}

impl<O: Origin<Detached = O> + 'static> Origin for AheadDetached<O> {
    const MODE: Mode = O::MODE;
    type Detached = Self;

    forward_origin!(store);

    fn detach(&self) -> Self {
        Self { origin: self.origin.detach(), shared: Arc::clone(&self.shared) }
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (loaded, _) = load(&self.shared, &self.origin, key).await?;
        Ok(loaded)
    }
}

/// What is queued of a key, or else what the origin has of it; and whether it was queued.
async fn load<O: Origin>(
    shared: &Shared,
    origin: &O,
    key: Key,
) -> Result<(Option<Loaded>, bool), OriginError> {
    if let Some(queued) = shared.newest(key) {
        return Ok((Some(queued), true));
    }
    let loaded = origin.load(key).await;
    // What was queued meanwhile is newer than what the origin had.
    match shared.newest(key) {
        Some(queued) => Ok((Some(queued), true)),
        None => Ok((loaded?, false)),
    }
}
