//! Origin wrapper that answers loads from the write queue first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{ExecutionMode, Key, Loaded, Origin, OriginError};

use super::shared::SharedState;

/// Origin wrapper for one request.
pub(super) struct QueueFirstOrigin<'a, O> {
    origin: &'a O,
    shared: &'a Arc<SharedState>,
    /// Set if a load was answered from the queue.
    queued: AtomicBool,
}

impl<'a, O> QueueFirstOrigin<'a, O> {
    pub(super) fn new(origin: &'a O, shared: &'a Arc<SharedState>) -> Self {
        Self { origin, shared, queued: AtomicBool::new(false) }
    }

    /// Returns true if a load was answered from the queue.
    pub(super) fn was_queued(self) -> bool {
        self.queued.into_inner()
    }
}

impl<O: Origin> Origin for QueueFirstOrigin<'_, O> {
    const MODE: ExecutionMode = O::MODE;
    type Detached = DetachedQueueFirstOrigin<O::Detached>;

    delegate_origin!(store);

    fn detach(&self) -> Self::Detached {
        DetachedQueueFirstOrigin { origin: self.origin.detach(), shared: Arc::clone(self.shared) }
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (loaded, queued) = load(self.shared, self.origin, key).await?;
        if queued {
            self.queued.store(true, Ordering::Relaxed);
        }
        Ok(loaded)
    }
}

/// [`QueueFirstOrigin`] that owns its origin, for spawned tasks.
pub(super) struct DetachedQueueFirstOrigin<O> {
    origin: O,
    shared: Arc<SharedState>,
}

impl<O: Origin<Detached = O> + 'static> Origin for DetachedQueueFirstOrigin<O> {
    const MODE: ExecutionMode = O::MODE;
    type Detached = Self;

    delegate_origin!(store);

    fn detach(&self) -> Self {
        Self { origin: self.origin.detach(), shared: Arc::clone(&self.shared) }
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (loaded, _) = load(&self.shared, &self.origin, key).await?;
        Ok(loaded)
    }
}

/// Loads a key from the queue or the origin; the flag is true if the value came from the queue.
async fn load<O: Origin>(
    shared: &SharedState,
    origin: &O,
    key: Key,
) -> Result<(Option<Loaded>, bool), OriginError> {
    if let Some(queued) = shared.latest(key) {
        return Ok((Some(queued), true));
    }
    let loaded = origin.load(key).await;
    // A write queued during the load is newer than the loaded value.
    match shared.latest(key) {
        Some(queued) => Ok((Some(queued), true)),
        None => Ok((loaded?, false)),
    }
}
