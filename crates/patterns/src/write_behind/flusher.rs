//! The task that stores what is queued.

use std::collections::HashMap;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bakeoff_strategy::{Origin, OriginError};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::queue::Stored;
use super::shared::Shared;

/// Time before a batch of which something was refused is tried again.
const PAUSE: Duration = Duration::from_millis(10);
/// How often an idle task looks whether anybody still holds the queue.
const IDLE: Duration = Duration::from_millis(200);

/// Stores batches until the layer is gone.
pub(super) async fn run<O: Origin<Detached = O> + 'static>(shared: Weak<Shared>, origin: O) {
    while let Some(shared) = shared.upgrade() {
        match due_in(&shared) {
            Some(Duration::ZERO) => {
                if store(&shared, &origin).await {
                    sleep(PAUSE).await;
                }
            }
            wait => {
                // Woken or not, there is another look.
                let _ = timeout(wait.unwrap_or(IDLE).min(IDLE), shared.work.notified()).await;
            }
        }
    }
}

/// When the next batch is due; `None` where nothing waits.
fn due_in(shared: &Shared) -> Option<Duration> {
    let queue = shared.queue();
    let Some(oldest) = queue.oldest() else {
        shared.hurry.store(false, Ordering::Release);
        return None;
    };
    if queue.len() >= shared.batch || shared.hurry.load(Ordering::Acquire) {
        return Some(Duration::ZERO);
    }
    Some((oldest + shared.linger).saturating_sub(shared.clock.now()))
}

/// Stores one batch, all of it at once; whether anything of it has to be tried again.
async fn store<O: Origin<Detached = O> + 'static>(shared: &Shared, origin: &O) -> bool {
    let batch = shared.queue().batch(shared.batch);
    let mut stores = JoinSet::new();
    let mut under_way = HashMap::new();
    for value in batch {
        let (origin, key, version) = (origin.detach(), value.key, value.version);
        let store = stores.spawn(async move { origin.store(key, value).await });
        under_way.insert(store.id(), (key, version));
    }
    let mut again = false;
    while let Some(joined) = stores.join_next_with_id().await {
        let (store, outcome) = match joined {
            Ok(ended) => ended,
            // One that panicked stored nothing, and the key must not wait for it.
            Err(error) => (error.id(), Err(OriginError(error.to_string()))),
        };
        let Some((key, version)) = under_way.remove(&store) else { continue };
        let failed = outcome.is_err();
        let stored = shared.queue().stored(key, version, outcome);
        shared.progress.notify_waiters();
        again |= failed && stored == Stored::Waits;
    }
    again
}
