//! The same replays written by hand: the cache crate alone, without the trait `Strategy` or the
//! runner.
//!
//! The replays use the values of the runner, check the headers of answers, and store missed values.

use std::collections::HashMap;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use bakeoff_runner::body;
use bakeoff_strategy::{Key, Value};
use bakeoff_workload::Workload;
use bytes::Bytes;
use foldhash::fast::FixedState;
use lru::LruCache;

use crate::alternatives::Alternative;
use crate::always::Always;
use crate::workloads::{Prepared, WRITTEN_KEYS};

fn workload(prepared: &Prepared) -> Workload {
    Workload::open(&prepared.path).expect("the workload is readable")
}

fn loaded(block: &'static [u8], key: Key) -> Value {
    Value { key, version: 0, body: Bytes::from_static(body::slice(block, key, 0, 64)) }
}

/// Reads the ids and mixes them into keys, without a cache.
pub(crate) fn null(prepared: &Prepared) -> Alternative {
    let (workload, start) = (workload(prepared), prepared.start());
    Alternative::new("by hand", move || {
        for &id in &workload.ids()[start..] {
            black_box(Key::from_id(u64::from(id)));
        }
        0
    })
}

/// Calls the strategy once per request, without verifying answers.
pub(crate) fn always(prepared: &Prepared) -> Alternative {
    let (workload, start) = (workload(prepared), prepared.start());
    let strategy = Always::new(WRITTEN_KEYS);
    let block = body::block();
    Alternative::new("by hand", move || {
        let ops = workload.ops().expect("there are writes");
        let mut hits = 0;
        for (&id, &op) in workload.ids()[start..].iter().zip(&ops[start..]) {
            let key = Key::from_id(u64::from(id));
            if op == 0 {
                black_box(strategy.held(key));
                hits += 1;
            } else {
                let version = strategy.held(key).version + 1;
                let body = Bytes::from_static(body::slice(block, key, version, 64));
                strategy.hold(&Value { key, version, body });
            }
        }
        hits
    })
}

pub(crate) fn dict(prepared: &Prepared) -> Alternative {
    let map: Mutex<HashMap<Key, Value, FixedState>> =
        Mutex::new(HashMap::with_hasher(FixedState::with_seed(1)));
    rival(
        prepared,
        map,
        |map, key| map.lock().expect("no panic").get(&key).cloned(),
        |map, key, value| {
            map.lock().expect("no panic").insert(key, value);
        },
    )
}

pub(crate) fn lru(prepared: &Prepared, entries: u64) -> Alternative {
    let capacity = NonZeroUsize::new(entries as usize).expect("more than none");
    let cache: Mutex<LruCache<Key, Value, FixedState>> =
        Mutex::new(LruCache::with_hasher(capacity, FixedState::with_seed(1)));
    rival(
        prepared,
        cache,
        |cache, key| cache.lock().expect("no panic").get(&key).cloned(),
        |cache, key, value| {
            cache.lock().expect("no panic").push(key, value);
        },
    )
}

pub(crate) fn moka(prepared: &Prepared, entries: u64) -> Alternative {
    let cache = moka::sync::Cache::builder()
        .max_capacity(entries)
        .build_with_hasher(FixedState::with_seed(1));
    rival(
        prepared,
        cache,
        |cache, key| cache.get(&key),
        |cache, key, value: Value| cache.insert(key, value),
    )
}

/// Replays reads: gets the key, checks the header, and stores the value on a miss. Warms up like
/// the runner.
fn rival<C: 'static>(
    prepared: &Prepared,
    cache: C,
    get: impl Fn(&C, Key) -> Option<Value> + 'static,
    put: impl Fn(&C, Key, Value) + 'static,
) -> Alternative {
    let (workload, start) = (workload(prepared), prepared.start());
    let block = body::block();
    let replay = move |ids: &[u32]| {
        let (mut hits, mut wrong) = (0, 0_u64);
        for &id in ids {
            let key = Key::from_id(u64::from(id));
            if let Some(value) = get(&cache, key) {
                hits += 1;
                wrong += u64::from((value.key != key) | (value.version != 0));
            } else {
                let value = loaded(block, key);
                let answer = value.clone();
                put(&cache, key, value);
                wrong += u64::from((answer.key != key) | (answer.version != 0));
            }
        }
        assert_eq!(wrong, 0);
        hits
    };
    replay(&workload.ids()[..start]);
    Alternative::new("by hand", move || replay(&workload.ids()[start..]))
}
