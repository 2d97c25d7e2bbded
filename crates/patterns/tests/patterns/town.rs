//! Several instances of a service: a cache that they share and that can be away, locks that they
//! share, and a channel whose messages a test can hold back. All of a test's instances live on its
//! own thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{Change, Invalidation, Lock, Nearby};
use bakeoff_strategy::{
    Capacity, Key, Mode, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};
use bakeoff_variant_dict::Dict;
use tokio::time::Instant;

/// What the instances share.
#[derive(Default)]
struct Town {
    caches: BTreeMap<String, Arc<Dict>>,
    away: bool,
    /// How long a put takes until it is done.
    puts_take: Duration,
    /// Owner, and when it ends.
    locks: BTreeMap<Key, (u64, Instant)>,
    locks_away: bool,
    /// Who listens, and what each has not heard yet.
    ears: Vec<(Arc<dyn Nearby>, VecDeque<Change>)>,
}

thread_local! {
    static TOWN: RefCell<Town> = RefCell::default();
}

fn town<T>(look: impl FnOnce(&mut Town) -> T) -> T {
    TOWN.with_borrow_mut(look)
}

/// A town without caches, locks and instances: cases of one test share its thread.
pub(crate) fn found() {
    town(|town| *town = Town::default());
}

/// Makes the shared cache fail every request, or serve again with what it held.
pub(crate) fn cache_is_away(away: bool) {
    town(|town| town.away = away);
}

/// Makes puts into the shared cache take so long; they are done at the end of it.
pub(crate) fn puts_take(takes: Duration) {
    town(|town| town.puts_take = takes);
}

/// Makes every attempt at a lock fail.
pub(crate) fn locks_are_away(away: bool) {
    town(|town| town.locks_away = away);
}

/// Locks that somebody holds.
pub(crate) fn locks_held() -> usize {
    town(|town| town.locks.values().filter(|(_, ends)| *ends > Instant::now()).count())
}

/// Takes a lock for somebody who never gives it back.
pub(crate) fn lock_for_ever(key: Key) {
    let ends = Instant::now() + Duration::from_secs(1_000_000);
    town(|town| town.locks.insert(key, (0, ends)));
}

/// Delivers up to `most` messages to each instance, in their order.
pub(crate) fn deliver(most: usize) {
    let mut heard = Vec::new();
    town(|town| {
        for (ear, messages) in &mut town.ears {
            let end = messages.len().min(most);
            heard.extend(messages.drain(..end).map(|change| (Arc::clone(ear), change)));
        }
    });
    for (ear, change) in heard {
        match change {
            Change::Key(key) => ear.forget(key),
            Change::All => ear.forget_all(),
        }
    }
}

/// The channel of one instance breaks: what it has not heard is lost. Or it is back.
pub(crate) fn cut_off(instance: usize, cut: bool) {
    let ear = town(|town| {
        let (ear, messages) = &mut town.ears[instance];
        messages.clear();
        Arc::clone(ear)
    });
    if cut { ear.cut_off() } else { ear.hear() }
}

/// The cache could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shared cache is away")]
pub(crate) struct Away;

/// A map that all instances of the same namespace share.
pub(crate) struct Shared(Arc<Dict>);

impl Shared {
    fn reach(&self) -> Result<&Dict, Away> {
        if town(|town| town.away) { Err(Away) } else { Ok(&self.0) }
    }
}

fn sure<T>(answer: Result<T, Infallible>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

impl Strategy for Shared {
    type Error = Away;

    const MODE: Mode = Mode::Async;
    const PROPERTIES: Properties = Properties { shared: true, ..Dict::PROPERTIES };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        config.options.reject_unknown(&[])?;
        if let Some(dict) = town(|town| town.caches.get(&config.namespace).cloned()) {
            return Ok(Self(dict));
        }
        let dict = Arc::new(Dict::open(&OpenConfig::with_capacity(Capacity::Unbounded)).await?);
        town(|town| town.caches.insert(config.namespace.clone(), Arc::clone(&dict)));
        Ok(Self(dict))
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Away> {
        Ok(sure(self.reach()?.get(key).await))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Away> {
        let takes = town(|town| town.puts_take);
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        sure(self.reach()?.put(key, value, options).await);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Away> {
        sure(self.reach()?.remove(key).await);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Away> {
        sure(self.reach()?.clear().await);
        Ok(())
    }

    async fn len(&self) -> Result<u64, Away> {
        Ok(sure(self.reach()?.len().await))
    }
}

/// Locks that all instances share.
pub(crate) struct Locks;

impl Lock for Locks {
    type Error = Away;

    async fn open(_: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn acquire(&self, key: Key, token: u64, lasts: Duration) -> Result<bool, Away> {
        // A round trip, in which others get their turn.
        tokio::task::yield_now().await;
        town(|town| {
            if town.locks_away {
                return Err(Away);
            }
            let now = Instant::now();
            let taken = town.locks.get(&key).is_some_and(|(_, ends)| *ends > now);
            if !taken {
                town.locks.insert(key, (token, now + lasts));
            }
            Ok(!taken)
        })
    }

    async fn release(&self, key: Key, token: u64) -> Result<(), Away> {
        tokio::task::yield_now().await;
        town(|town| {
            if town.locks.get(&key).is_some_and(|(owner, _)| *owner == token) {
                town.locks.remove(&key);
            }
        });
        Ok(())
    }
}

/// A channel on which messages wait until they are delivered.
pub(crate) struct Channel {
    instance: usize,
}

impl<F: Send + Sync> Invalidation<F> for Channel {
    type Error = Away;

    const ECHOES: bool = false;

    async fn listen(_: &OpenConfig, near: Arc<dyn Nearby>) -> Result<Self, OpenError> {
        let instance = town(|town| {
            town.ears.push((near, VecDeque::new()));
            town.ears.len() - 1
        });
        Ok(Self { instance })
    }

    async fn tell(&self, _: &F, change: Change) -> Result<(), Away> {
        town(|town| {
            if town.away {
                return Err(Away);
            }
            for (number, (_, messages)) in town.ears.iter_mut().enumerate() {
                if number != self.instance {
                    messages.push_back(change);
                }
            }
            Ok(())
        })
    }
}
