//! Fail open: whatever happens to the cache, nobody is answered with what this instance replaced.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::FailOpen;
use bakeoff_strategy::{Key, PutOptions, RequestError, Source, Strategy as _};
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::town::{Away, Shared, cache_is_away, found};
use crate::world::{World, value};

const KEY: Key = Key::from_id(1);

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    Get(u64),
    Write(u64),
    Put(u64),
    Remove(u64),
    Clear,
    Away(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5_u64).prop_map(Step::Read),
        2 => (0..5_u64).prop_map(Step::Get),
        4 => (0..5_u64).prop_map(Step::Write),
        1 => (0..5_u64).prop_map(Step::Put),
        1 => (0..5_u64).prop_map(Step::Remove),
        1 => Just(Step::Clear),
        3 => any::<bool>().prop_map(Step::Away),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn every_read_is_answered_and_none_is_old(steps in proptest::collection::vec(step(), 1..80)) {
        found();
        let world = World::<FailOpen<Shared>>::open(&[]);
        let mut newest = BTreeMap::from_iter((0..5).map(|id| (id, world.origin.change(id))));
        let mut away = false;
        for step in steps {
            match step {
                Step::Read(id) => {
                    let read = world.run(world.layer.read(Key::from_id(id), &world.origin));
                    let read = read.expect("the origin is well").value.expect("exists");
                    prop_assert_eq!(read, value(id, newest[&id]));
                }
                Step::Get(id) => match world.run(world.layer.get(Key::from_id(id))) {
                    Ok(held) => {
                        let version = held.map(|held| held.version);
                        prop_assert!(!away && version.is_none_or(|version| version == newest[&id]));
                    }
                    Err(Away) => prop_assert!(away),
                },
                Step::Write(id) => {
                    let version = newest[&id] + 1;
                    let (key, options) = (Key::from_id(id), PutOptions::default());
                    let written = world.layer.write(key, value(id, version), options, &world.origin);
                    world.run(written).expect("the origin is well");
                    newest.insert(id, version);
                }
                Step::Put(id) => {
                    // Another program changes the row and has this instance know.
                    let version = world.origin.change(id);
                    let (key, options) = (Key::from_id(id), PutOptions::default());
                    world.run(world.layer.put(key, value(id, version), options)).expect("or is owed");
                    newest.insert(id, version);
                }
                Step::Remove(id) => {
                    newest.insert(id, world.origin.change(id));
                    world.run(world.layer.remove(Key::from_id(id))).expect("or is owed");
                }
                Step::Clear => prop_assert_eq!(world.run(world.layer.clear()).is_err(), away),
                Step::Away(now) => {
                    away = now;
                    cache_is_away(away);
                }
            }
            prop_assert_eq!(&world.origin.rows().versions, &newest);
        }
    }
}

#[test]
fn as_many_as_the_origin_can_bear_are_served_and_the_others_are_told() {
    let options = [("fallback_loads", "5"), ("fallback_wait_ms", "250")];
    let world = World::<FailOpen<Shared>>::open(&options);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    cache_is_away(true);
    let outcomes = world.run(async {
        let mut reads = JoinSet::new();
        for _ in 0..100 {
            let (layer, origin) = (Arc::clone(&world.layer), world.origin.clone());
            reads.spawn(async move { layer.read(KEY, &origin).await });
        }
        reads.join_all().await
    });
    cache_is_away(false);
    // Five at a time, three times within the patience of those who wait.
    let served = outcomes.iter().flatten().filter(|read| read.source == Source::Loaded).count();
    assert_eq!((served, world.origin.rows().loads), (15, 15));
    let told = |outcome: &Result<_, _>| matches!(outcome, Err(RequestError::Strategy(Away)));
    assert_eq!(outcomes.iter().filter(|outcome| told(outcome)).count(), 85);
}

#[test]
fn a_service_that_writes_nothing_more_pays_its_debts_with_its_reads() {
    let world = World::<FailOpen<Shared>>::open(&[]);
    let other = world.another(&[]);
    let read = |layer: &FailOpen<Shared>, id| {
        let read = world.run(layer.read(Key::from_id(id), &world.origin));
        read.expect("reads").value.expect("exists").version
    };
    for id in 0..10 {
        world.origin.change(id);
        assert_eq!(read(&world.layer, id), 1);
    }
    cache_is_away(true);
    for id in 0..10 {
        let (key, options) = (Key::from_id(id), PutOptions::default());
        let written = world.layer.write(key, value(id, 2), options, &world.origin);
        world.run(written).expect("the origin has it");
    }
    cache_is_away(false);
    assert_eq!(
        read(&other, 5),
        1,
        "the cache came back with the old row, and the other knows nothing"
    );
    world.origin.change(99);
    for _ in 0..10 {
        read(&world.layer, 99);
    }
    assert!((0..10).all(|id| read(&other, id) == 2));
}
