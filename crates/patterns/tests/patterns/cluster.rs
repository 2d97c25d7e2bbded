//! Several instances of a service, with a shared cache and shared locks that can be unavailable,
//! and an invalidation channel that delivers messages on request. All instances of a test run on
//! the test's thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{ChangedKeys, DistributedLock, Invalidation, InvalidationTarget};
use bakeoff_strategy::{
    Capacity, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use bakeoff_variant_dict::Dict;
use tokio::time::Instant;

/// State shared by the instances.
#[derive(Default)]
struct Cluster {
    caches: BTreeMap<String, Arc<Dict>>,
    cache_down: bool,
    put_time: Duration,
    /// Owner and expiry of each lock.
    locks: BTreeMap<Key, (u64, Instant)>,
    locks_down: bool,
    /// Subscribed instances, with the messages not delivered yet.
    subscribers: Vec<(Arc<dyn InvalidationTarget>, VecDeque<ChangedKeys>)>,
}

thread_local! {
    static CLUSTER: RefCell<Cluster> = RefCell::default();
}

fn with_cluster<T>(access: impl FnOnce(&mut Cluster) -> T) -> T {
    CLUSTER.with_borrow_mut(access)
}

/// Resets the cluster; needed because all cases of a property test run in one thread.
pub(crate) fn reset_cluster() {
    with_cluster(|cluster| *cluster = Cluster::default());
}

/// Makes the shared cache fail every request, or work again with its former contents.
pub(crate) fn set_cache_down(down: bool) {
    with_cluster(|cluster| cluster.cache_down = down);
}

/// Sets the duration of puts into the shared cache, which take effect at the end.
pub(crate) fn set_put_time(time: Duration) {
    with_cluster(|cluster| cluster.put_time = time);
}

/// Makes every request for a lock fail, or work again.
pub(crate) fn set_locks_down(down: bool) {
    with_cluster(|cluster| cluster.locks_down = down);
}

/// Returns the number of locks held.
pub(crate) fn locks_held() -> usize {
    with_cluster(|cluster| {
        cluster.locks.values().filter(|(_, ends)| *ends > Instant::now()).count()
    })
}

/// Acquires a lock for an owner that never releases it.
pub(crate) fn lock_forever(key: Key) {
    let ends = Instant::now() + Duration::from_secs(1_000_000);
    with_cluster(|cluster| cluster.locks.insert(key, (0, ends)));
}

/// Delivers up to `max` messages to each instance, in order.
pub(crate) fn deliver(max: usize) {
    let mut delivered = Vec::new();
    with_cluster(|cluster| {
        for (target, messages) in &mut cluster.subscribers {
            let end = messages.len().min(max);
            delivered.extend(messages.drain(..end).map(|change| (Arc::clone(target), change)));
        }
    });
    for (target, change) in delivered {
        target.apply(change);
    }
}

/// Disconnects an instance from the channel, which loses its messages, or connects it again.
pub(crate) fn set_disconnected(instance: usize, disconnected: bool) {
    let target = with_cluster(|cluster| {
        let (target, messages) = &mut cluster.subscribers[instance];
        messages.clear();
        Arc::clone(target)
    });
    if disconnected { target.disconnected() } else { target.connected() }
}

/// The shared cache is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shared cache is down")]
pub(crate) struct CacheDown;

/// A map that all instances of the same namespace share.
pub(crate) struct Shared(Arc<Dict>);

impl Shared {
    fn dict(&self) -> Result<&Dict, CacheDown> {
        if with_cluster(|cluster| cluster.cache_down) { Err(CacheDown) } else { Ok(&self.0) }
    }
}

fn unwrap_infallible<T>(answer: Result<T, Infallible>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

impl Strategy for Shared {
    type Error = CacheDown;

    const MODE: ExecutionMode = ExecutionMode::Async;
    const PROPERTIES: Properties = Properties { shared: true, ..Dict::PROPERTIES };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&[])?;
        if let Some(dict) = with_cluster(|cluster| cluster.caches.get(&config.namespace).cloned()) {
            return Ok(Self(dict));
        }
        let dict = Arc::new(Dict::open(&OpenConfig::with_capacity(Capacity::Unbounded)).await?);
        with_cluster(|cluster| cluster.caches.insert(config.namespace.clone(), Arc::clone(&dict)));
        Ok(Self(dict))
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, CacheDown> {
        Ok(unwrap_infallible(self.dict()?.get(key).await))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), CacheDown> {
        let time = with_cluster(|cluster| cluster.put_time);
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
        unwrap_infallible(self.dict()?.put(key, value, options).await);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), CacheDown> {
        unwrap_infallible(self.dict()?.remove(key).await);
        Ok(())
    }

    async fn clear(&self) -> Result<(), CacheDown> {
        unwrap_infallible(self.dict()?.clear().await);
        Ok(())
    }

    async fn len(&self) -> Result<u64, CacheDown> {
        Ok(unwrap_infallible(self.dict()?.len().await))
    }
}

/// Locks shared by all instances.
pub(crate) struct Locks;

impl DistributedLock for Locks {
    type Error = CacheDown;

    async fn open(_: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn acquire(&self, key: Key, token: u64, lease: Duration) -> Result<bool, CacheDown> {
        // Lets other tasks run, as a network round trip would.
        tokio::task::yield_now().await;
        with_cluster(|cluster| {
            if cluster.locks_down {
                return Err(CacheDown);
            }
            let now = Instant::now();
            let taken = cluster.locks.get(&key).is_some_and(|(_, ends)| *ends > now);
            if !taken {
                cluster.locks.insert(key, (token, now + lease));
            }
            Ok(!taken)
        })
    }

    async fn release(&self, key: Key, token: u64) -> Result<(), CacheDown> {
        tokio::task::yield_now().await;
        with_cluster(|cluster| {
            if cluster.locks.get(&key).is_some_and(|(owner, _)| *owner == token) {
                cluster.locks.remove(&key);
            }
        });
        Ok(())
    }
}

/// Invalidation channel whose messages wait for [`deliver`].
pub(crate) struct Channel {
    instance: usize,
}

impl<F: Send + Sync> Invalidation<F> for Channel {
    type Error = CacheDown;

    const DELIVERS_OWN_WRITES: bool = false;

    async fn subscribe(
        _: &OpenConfig,
        target: Arc<dyn InvalidationTarget>,
    ) -> Result<Self, OpenError> {
        let instance = with_cluster(|cluster| {
            cluster.subscribers.push((target, VecDeque::new()));
            cluster.subscribers.len() - 1
        });
        Ok(Self { instance })
    }

    async fn publish(&self, _: &F, change: ChangedKeys) -> Result<(), CacheDown> {
        with_cluster(|cluster| {
            if cluster.cache_down {
                return Err(CacheDown);
            }
            for (number, (_, messages)) in cluster.subscribers.iter_mut().enumerate() {
                if number != self.instance {
                    messages.push_back(change);
                }
            }
            Ok(())
        })
    }
}
