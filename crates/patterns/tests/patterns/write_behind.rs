//! Write-behind against a model: what was acknowledged is answered, reaches the origin in the end
//! in order of versions, and nothing that was given up is passed over in silence.

use std::collections::BTreeMap;
use std::time::Duration;

use bakeoff_patterns::{SingleFlight, Swr, WriteBehind, WriteBehindError};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::time::sleep;

use crate::town::{Shared, found, puts_take};
use crate::world::{World, value};

const KEY: Key = Key::from_id(1);

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    Write(u64),
    Remove(u64),
    Pass(u64),
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..5_u64).prop_map(Step::Read),
        6 => (0..5_u64).prop_map(Step::Write),
        1 => (0..5_u64).prop_map(Step::Remove),
        2 => (1..60_u64).prop_map(Step::Pass),
        1 => Just(Step::Settle),
    ]
}

fn open() -> World<WriteBehind<Dict>> {
    let options = [("queue_entries", "3"), ("batch", "2"), ("linger_ms", "20"), ("retries", "2")];
    let world = World::open(&options);
    for id in 0..5 {
        world.origin.rows().versions.insert(id, 0);
    }
    world
}

async fn write<S: bakeoff_strategy::Strategy>(world: &World<S>, id: u64, version: u64) {
    let (key, options) = (Key::from_id(id), PutOptions::default());
    world.layer.write(key, value(id, version), options, &world.origin).await.expect("is taken");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn what_is_acknowledged_is_answered_and_stored(
        steps in proptest::collection::vec(step(), 1..80),
        takes in 0..30_u64,
    ) {
        let world = open();
        world.origin.rows().takes = Duration::from_millis(takes);
        let mut newest = BTreeMap::from_iter((0..5).map(|id| (id, 0_u64)));
        world.run(async {
            for step in steps {
                match step {
                    Step::Write(id) => {
                        let version = newest[&id] + 1;
                        newest.insert(id, version);
                        write(&world, id, version).await;
                    }
                    Step::Read(id) => {
                        let read = world.layer.read(Key::from_id(id), &world.origin).await;
                        let read = read.expect("the origin is well").value.expect("exists");
                        assert_eq!(read, value(id, newest[&id]));
                    }
                    Step::Remove(id) => {
                        world.layer.remove(Key::from_id(id)).await.expect("removes");
                        assert_eq!(world.origin.rows().versions[&id], newest[&id]);
                    }
                    Step::Pass(ms) => {
                        world.hand.advance(Duration::from_millis(ms));
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                    }
                    Step::Settle => {
                        world.layer.settle().await.expect("nothing was refused");
                        assert_eq!(world.origin.rows().versions, newest);
                    }
                }
            }
            world.layer.close().await.expect("nothing was refused");
        });
        let rows = world.origin.rows();
        assert_eq!(rows.versions, newest);
        for id in 0..5 {
            let stored: Vec<_> = rows.stores.iter().filter(|(key, _)| *key == id).collect();
            assert!(stored.is_sorted_by(|one, next| one.1 < next.1), "{stored:?}");
        }
    }
}

#[test]
fn writes_of_one_key_are_stored_as_one() {
    let world = open();
    world.run(async {
        for version in 1..50 {
            write(&world, 1, version).await;
        }
        world.layer.settle().await.expect("settles");
    });
    assert!(world.origin.rows().stores.len() <= 3, "{:?}", world.origin.rows().stores);
    assert_eq!(world.origin.rows().versions[&1], 49);
}

#[test]
fn a_full_queue_makes_writers_wait_until_there_is_room() {
    let world = open();
    world.origin.rows().takes = Duration::from_millis(500);
    world.run(async {
        let begun = tokio::time::Instant::now();
        for id in 0..3 {
            write(&world, id, 1).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "three fit");
        write(&world, 3, 1).await;
        assert!(begun.elapsed() >= Duration::from_millis(500), "the fourth had to wait");
    });
}

#[test]
fn a_refused_write_is_tried_again_and_told_if_it_is_given_up() {
    let world = open();
    world.origin.rows().down = true;
    world.run(async {
        write(&world, 1, 1).await;
        world.hand.advance(Duration::from_millis(30));
        // Refused once or twice; the origin comes back in time.
        tokio::time::sleep(Duration::from_millis(15)).await;
        world.origin.rows().down = false;
        world.layer.settle().await.expect("it was tried again");
        assert_eq!(world.origin.rows().versions[&1], 1);

        world.origin.rows().down = true;
        write(&world, 2, 1).await;
        write(&world, 3, 1).await;
        let error = world.layer.settle().await.expect_err("both were given up");
        assert!(matches!(error, WriteBehindError::GivenUp { writes: 2, .. }), "{error}");
        world.layer.settle().await.expect("it was told already");
    });
}

#[test]
fn a_store_that_panics_is_a_refused_one() {
    let world = open();
    world.origin.rows().trips_over = Some(7);
    world.run(async {
        write(&world, 1, 7).await;
        write(&world, 2, 1).await;
        let error = world.layer.settle().await.expect_err("it was given up");
        let WriteBehindError::GivenUp { writes: 1, error } = &error else { panic!("{error}") };
        assert!(error.0.contains("trips the driver"), "{error}");
        assert_eq!(world.origin.rows().versions[&2], 1);
        // Whoever comes later is stored, and nobody waits for what panicked.
        write(&world, 1, 8).await;
        world.layer.remove(Key::from_id(1)).await.expect("removes");
        assert_eq!(world.origin.rows().versions[&1], 8);
        // The next one is mended in time.
        world.origin.rows().trips_over = Some(9);
        write(&world, 1, 9).await;
        world.hand.advance(Duration::from_millis(30));
        sleep(Duration::from_millis(15)).await;
        world.origin.rows().trips_over = None;
        world.layer.close().await.expect("it was tried again");
        assert_eq!(world.origin.rows().versions[&1], 9);
    });
}

/// The version that a read is answered with, and the one that the cache has.
async fn answers<S: bakeoff_strategy::Strategy>(world: &World<S>) -> (u64, Option<u64>) {
    let read = world.layer.read(KEY, &world.origin).await.expect("the origin is well");
    let held = world.layer.get(KEY).await.expect("gets").map(|held| held.version);
    (read.value.expect("exists").version, held)
}

/// A load of version 1 is under way while version 2 is written, and may wait for `linger_ms`.
fn overtaken<S: bakeoff_strategy::Strategy>(linger_ms: &str) {
    found();
    let world = World::<S>::open(&[("linger_ms", linger_ms)]);
    world.origin.change(1);
    world.run(async {
        let slow = async {
            world.origin.rows().takes = Duration::from_millis(100);
            world.layer.read(KEY, &world.origin).await.expect("loads")
        };
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            world.origin.rows().takes = Duration::ZERO;
            write(&world, 1, 2).await;
            assert_eq!(answers(&world).await, (2, Some(2)), "it is acknowledged");
        };
        let (read, ()) = tokio::join!(slow, quick);
        if !world.origin.rows().stores.is_empty() {
            assert_eq!((read.value, read.source), (Some(value(1, 1)), Source::Loaded));
        } else {
            assert_eq!((read.value, read.source), (Some(value(1, 2)), Source::Hit { tier: 0 }));
            assert_eq!(answers(&world).await, (2, Some(2)));
        }
        world.layer.settle().await.expect("settles");
        assert_eq!(answers(&world).await, (2, Some(2)));
    });
}

#[test]
fn a_load_that_a_write_overtook_does_not_stay() {
    for linger_ms in ["600000", "0"] {
        overtaken::<WriteBehind<Dict>>(linger_ms);
        overtaken::<WriteBehind<Shared>>(linger_ms);
        overtaken::<SingleFlight<WriteBehind<Dict>>>(linger_ms);
    }
}

#[test]
fn what_waits_is_answered_whatever_the_cache_has_of_it() {
    let world = World::<WriteBehind<Shared>>::open(&[("linger_ms", "600000")]);
    world.origin.change(1);
    let beneath = World::<Shared>::open(&[]).layer;
    world.run(async {
        write(&world, 1, 2).await;
        // Another instance loaded the row that is not written yet.
        beneath.put(KEY, value(1, 1), PutOptions::default()).await.expect("puts");
        assert_eq!(answers(&world).await, (2, Some(2)));
        assert_eq!(world.origin.rows().versions[&1], 1, "it still waits");
    });
}

#[test]
fn a_refresh_beneath_is_answered_from_the_queue() {
    let options = [("ttl_ms", "1000"), ("linger_ms", "600000")];
    let world = World::<WriteBehind<Swr<Dict>>>::open(&options);
    world.origin.change(1);
    world.run(async {
        assert_eq!(answers(&world).await, (1, Some(1)));
        world.hand.advance(Duration::from_millis(1_500));
        let read = world.layer.read(KEY, &world.origin).await.expect("reads");
        assert_eq!(read.source, Source::Stale { tier: 0 });
        // Before the refresh has begun to load.
        write(&world, 1, 2).await;
        sleep(Duration::from_millis(1)).await;
        world.layer.settle().await.expect("settles");
        assert_eq!(answers(&world).await, (2, Some(2)));
    });
}

#[test]
fn of_two_writers_the_one_that_the_origin_ends_with_is_answered() {
    found();
    let world = World::<WriteBehind<Shared>>::open(&[("linger_ms", "20")]);
    world.run(async {
        puts_take(Duration::from_millis(100));
        let second = async {
            sleep(Duration::from_millis(10)).await;
            puts_take(Duration::ZERO);
            write(&world, 1, 3).await;
        };
        tokio::join!(write(&world, 1, 2), second);
        world.layer.settle().await.expect("settles");
        assert_eq!(world.origin.rows().versions[&1], 3);
        assert_eq!(answers(&world).await, (3, Some(3)));
        // A writer with an older version comes last, while the newer one waits.
        write(&world, 1, 5).await;
        write(&world, 1, 4).await;
        world.layer.settle().await.expect("settles");
        assert_eq!(answers(&world).await, (5, Some(5)));
    });
}
