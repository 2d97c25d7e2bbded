//! Fail open: reads never return a value that this instance has replaced, even across outages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::FailOpen;
use bakeoff_strategy::{Key, PutOptions, RequestError, Source, Strategy as _};
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::cluster::{CacheDown, Shared, reset_cluster, set_cache_down};
use crate::fixture::{Fixture, value};

const KEY: Key = Key::from_id(1);

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    Get(u64),
    Write(u64),
    Put(u64),
    Remove(u64),
    Clear,
    SetCacheDown(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5_u64).prop_map(Step::Read),
        2 => (0..5_u64).prop_map(Step::Get),
        4 => (0..5_u64).prop_map(Step::Write),
        1 => (0..5_u64).prop_map(Step::Put),
        1 => (0..5_u64).prop_map(Step::Remove),
        1 => Just(Step::Clear),
        3 => any::<bool>().prop_map(Step::SetCacheDown),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn every_read_succeeds_and_returns_the_latest_version(steps in proptest::collection::vec(step(), 1..80)) {
        reset_cluster();
        let fixture = Fixture::<FailOpen<Shared>>::open(&[]);
        let mut latest = BTreeMap::from_iter((0..5).map(|id| (id, fixture.origin.change(id))));
        let mut down = false;
        for step in steps {
            match step {
                Step::Read(id) => {
                    let read = fixture.run(fixture.layer.read(Key::from_id(id), &fixture.origin));
                    let read = read.expect("the origin does not fail").value.expect("exists");
                    prop_assert_eq!(read, value(id, latest[&id]));
                }
                Step::Get(id) => match fixture.run(fixture.layer.get(Key::from_id(id))) {
                    Ok(held) => {
                        let version = held.map(|held| held.version);
                        prop_assert!(!down && version.is_none_or(|version| version == latest[&id]));
                    }
                    Err(CacheDown) => prop_assert!(down),
                },
                Step::Write(id) => {
                    let version = latest[&id] + 1;
                    let (key, options) = (Key::from_id(id), PutOptions::default());
                    let written = fixture.layer.write(key, value(id, version), options, &fixture.origin);
                    fixture.run(written).expect("the origin does not fail");
                    latest.insert(id, version);
                }
                Step::Put(id) => {
                    // Another program changes the row, and this instance puts the new version.
                    let version = fixture.origin.change(id);
                    let (key, options) = (Key::from_id(id), PutOptions::default());
                    fixture.run(fixture.layer.put(key, value(id, version), options)).expect("succeeds or is pending");
                    latest.insert(id, version);
                }
                Step::Remove(id) => {
                    latest.insert(id, fixture.origin.change(id));
                    fixture.run(fixture.layer.remove(Key::from_id(id))).expect("succeeds or is pending");
                }
                Step::Clear => prop_assert_eq!(fixture.run(fixture.layer.clear()).is_err(), down),
                Step::SetCacheDown(now) => {
                    down = now;
                    set_cache_down(down);
                }
            }
            prop_assert_eq!(&fixture.origin.rows().versions, &latest);
        }
    }
}

#[test]
fn fallback_loads_are_limited_and_other_reads_return_the_error() {
    let options = [("fallback_loads", "5"), ("fallback_wait_ms", "250")];
    let fixture = Fixture::<FailOpen<Shared>>::open(&options);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    set_cache_down(true);
    let outcomes = fixture.run(async {
        let mut reads = JoinSet::new();
        for _ in 0..100 {
            let (layer, origin) = (Arc::clone(&fixture.layer), fixture.origin.clone());
            reads.spawn(async move { layer.read(KEY, &origin).await });
        }
        reads.join_all().await
    });
    set_cache_down(false);
    // Five at a time, in three batches within the waiting time.
    let served = outcomes.iter().flatten().filter(|read| read.source == Source::Loaded).count();
    assert_eq!((served, fixture.origin.rows().loads), (15, 15));
    let failed = |outcome: &Result<_, _>| matches!(outcome, Err(RequestError::Strategy(CacheDown)));
    assert_eq!(outcomes.iter().filter(|outcome| failed(outcome)).count(), 85);
}

#[test]
fn reads_complete_pending_invalidations() {
    let fixture = Fixture::<FailOpen<Shared>>::open(&[]);
    let other = fixture.another(&[]);
    let read = |layer: &FailOpen<Shared>, id| {
        let read = fixture.run(layer.read(Key::from_id(id), &fixture.origin));
        read.expect("reads").value.expect("exists").version
    };
    for id in 0..10 {
        fixture.origin.change(id);
        assert_eq!(read(&fixture.layer, id), 1);
    }
    set_cache_down(true);
    for id in 0..10 {
        let (key, options) = (Key::from_id(id), PutOptions::default());
        let written = fixture.layer.write(key, value(id, 2), options, &fixture.origin);
        fixture.run(written).expect("the origin has it");
    }
    set_cache_down(false);
    assert_eq!(
        read(&other, 5),
        1,
        "the cache recovered with the old value, and the other instance does not know of the write"
    );
    fixture.origin.change(99);
    for _ in 0..10 {
        read(&fixture.layer, 99);
    }
    assert!((0..10).all(|id| read(&other, id) == 2));
}
