//! Background task that stores queued writes in the origin.

use std::collections::HashMap;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bakeoff_strategy::{Origin, OriginError};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::queue::StoreOutcome;
use super::shared::SharedState;

/// Pause before a batch with failed stores is retried.
const RETRY_PAUSE: Duration = Duration::from_millis(10);
/// Interval at which an idle task checks whether the layer still exists.
const IDLE_INTERVAL: Duration = Duration::from_millis(200);

/// Stores batches until the layer is dropped.
pub(super) async fn run<O: Origin<Detached = O> + 'static>(shared: Weak<SharedState>, origin: O) {
    while let Some(shared) = shared.upgrade() {
        match time_until_due(&shared) {
            Some(Duration::ZERO) => {
                if store_batch(&shared, &origin).await {
                    sleep(RETRY_PAUSE).await;
                }
            }
            wait => {
                // A notification and a timeout have the same effect: the loop checks the queue
                // again.
                let limit = wait.unwrap_or(IDLE_INTERVAL).min(IDLE_INTERVAL);
                let _ = timeout(limit, shared.work.notified()).await;
            }
        }
    }
}

/// Returns the time until the next batch is due; `None` if no write is queued.
fn time_until_due(shared: &SharedState) -> Option<Duration> {
    let queue = shared.queue();
    let Some(oldest) = queue.oldest() else {
        shared.flush_now.store(false, Ordering::Release);
        return None;
    };
    if queue.len() >= shared.batch || shared.flush_now.load(Ordering::Acquire) {
        return Some(Duration::ZERO);
    }
    Some((oldest + shared.linger).saturating_sub(shared.clock.now()))
}

/// Stores one batch, all writes concurrently. Returns true if any of them must be retried.
async fn store_batch<O: Origin<Detached = O> + 'static>(shared: &SharedState, origin: &O) -> bool {
    let batch = shared.queue().take_batch(shared.batch);
    let mut stores = JoinSet::new();
    let mut in_progress = HashMap::new();
    for value in batch {
        let (origin, key, version) = (origin.detach(), value.key, value.version);
        let store = stores.spawn(async move { origin.store(key, value).await });
        in_progress.insert(store.id(), (key, version));
    }
    let mut must_retry = false;
    while let Some(joined) = stores.join_next_with_id().await {
        let (store, outcome) = match joined {
            Ok(ended) => ended,
            // A store that panicked counts as failed, so that the key does not stay in progress.
            Err(error) => (error.id(), Err(OriginError(error.to_string()))),
        };
        let Some((key, version)) = in_progress.remove(&store) else { continue };
        let failed = outcome.is_err();
        let stored = shared.queue().complete(key, version, outcome);
        shared.progress.notify_waiters();
        must_retry |= failed && stored == StoreOutcome::StillQueued;
    }
    must_retry
}
