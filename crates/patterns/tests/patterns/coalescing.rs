//! Many readers at once: one load each where that is promised, and never an answer that a finished
//! write has replaced.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{ReadThrough, SingleFlight, Swr};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy};
use bakeoff_variant_dict::Dict;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::world::{World, value};

const KEY: Key = Key::from_id(1);

async fn read_all<S: Strategy>(world: &World<S>, readers: usize) -> Vec<(u64, Source)> {
    let mut reads = JoinSet::new();
    for _ in 0..readers {
        let (layer, origin) = (Arc::clone(&world.layer), world.origin.clone());
        reads.spawn(async move {
            let read = layer.read(KEY, &origin).await.expect("the origin is well");
            (read.value.expect("the row exists").version, read.source)
        });
    }
    reads.join_all().await
}

#[test]
fn of_a_thousand_readers_one_loads() {
    let world = World::<SingleFlight<Dict>>::open(&[]);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    let answers = world.run(read_all(&world, 1_000));
    assert_eq!(world.origin.rows().loads, 1);
    assert!(answers.iter().all(|(version, _)| *version == 1));
    let of = |source| answers.iter().filter(|(_, seen)| *seen == source).count();
    assert_eq!((of(Source::Loaded), of(Source::Joined)), (1, 999));
}

#[test]
fn a_failed_load_is_everybodys_failure_and_the_next_reader_tries_again() {
    let world = World::<SingleFlight<Dict>>::open(&[]);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    world.origin.rows().down = true;
    let outcomes = world.run(async {
        tokio::join!(world.layer.read(KEY, &world.origin), world.layer.read(KEY, &world.origin))
    });
    assert!(outcomes.0.is_err() && outcomes.1.is_err() && world.origin.rows().loads == 1);
    world.origin.rows().down = false;
    assert!(world.run(world.layer.read(KEY, &world.origin)).is_ok());
}

#[test]
fn a_reader_that_comes_after_a_write_does_not_join_a_load_from_before_it() {
    let world = World::<SingleFlight<Dict>>::open(&[]);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    world.run(async {
        let early = world.layer.read(KEY, &world.origin);
        let late = async {
            sleep(Duration::from_millis(10)).await;
            // The row changes, and the key is invalidated, while the first load is under way.
            world.origin.change(1);
            world.layer.remove(KEY).await.expect("removes");
            let read = world.layer.read(KEY, &world.origin).await.expect("loads");
            assert_eq!(read.value.expect("exists").version, 2);
        };
        let (early, ()) = tokio::join!(early, late);
        assert_eq!(early.expect("loads").value.expect("exists").version, 1);
    });
}

#[test]
fn a_dropped_leader_leaves_nobody_waiting() {
    let world = World::<SingleFlight<Dict>>::open(&[]);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    world.run(async {
        let (layer, origin) = (Arc::clone(&world.layer), world.origin.clone());
        let leader = tokio::spawn(async move { layer.read(KEY, &origin).await });
        sleep(Duration::from_millis(10)).await;
        let follower = world.layer.read(KEY, &world.origin);
        let drop_leader = async {
            sleep(Duration::from_millis(10)).await;
            leader.abort();
        };
        let (read, ()) = tokio::join!(follower, drop_leader);
        assert_eq!(read.expect("loads for itself").source, Source::Loaded);
    });
}

/// So many readers' loads cross a write: cache-aside keeps the old value, read-through does not.
fn crossing<S: Strategy>(readers: usize) -> u64 {
    let world = World::<S>::open(&[]);
    world.origin.change(1);
    world.run(async {
        world.origin.rows().takes = Duration::from_millis(100);
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            world.origin.rows().takes = Duration::ZERO;
            let options = PutOptions::default();
            world.layer.write(KEY, value(1, 2), options, &world.origin).await.expect("writes");
        };
        let (early, ()) = tokio::join!(read_all(&world, readers), quick);
        assert!(early.iter().all(|(version, _)| *version == 1));
        world.layer.settle().await.expect("settles");
        world.layer.read(KEY, &world.origin).await.expect("reads").value.expect("exists").version
    })
}

#[test]
fn a_load_that_a_write_overtook_does_not_stay() {
    assert_eq!(crossing::<Dict>(1), 1, "cache-aside's own flaw, which the layer is there for");
    for readers in [1, 3] {
        assert_eq!(crossing::<ReadThrough<Dict>>(readers), 2);
        assert_eq!(crossing::<SingleFlight<ReadThrough<Dict>>>(readers), 2);
        assert_eq!(crossing::<ReadThrough<SingleFlight<Dict>>>(readers), 2);
    }
}

#[test]
fn stale_while_revalidate_loads_once_and_makes_nobody_wait() {
    let world = World::<SingleFlight<Swr<Dict>>>::open(&[("ttl_ms", "1000")]);
    world.origin.change(1);
    world.run(world.layer.read(KEY, &world.origin)).expect("loads");
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    world.hand.advance(Duration::from_millis(1_500));
    let answers = world.run(read_all(&world, 1_000));
    assert!(answers.iter().all(|answer| *answer == (1, Source::Stale { tier: 0 })));
    world.run(world.layer.settle()).expect("settles");
    assert_eq!(world.origin.rows().loads, 2);
    let answers = world.run(read_all(&world, 1));
    assert_eq!(answers, [(2, Source::Hit { tier: 0 })]);
}

#[test]
fn a_refresh_never_overwrites_a_newer_write() {
    let world = World::<Swr<Dict>>::open(&[("ttl_ms", "1000")]);
    world.origin.change(1);
    world.run(world.layer.read(KEY, &world.origin)).expect("loads");
    world.hand.advance(Duration::from_millis(1_500));
    world.origin.rows().takes = Duration::from_millis(100);
    world.run(async {
        let stale = world.layer.read(KEY, &world.origin).await.expect("reads");
        assert_eq!(stale.source, Source::Stale { tier: 0 });
        sleep(Duration::from_millis(10)).await;
        world.origin.rows().takes = Duration::ZERO;
        let options = PutOptions::default();
        world.layer.write(KEY, value(1, 2), options, &world.origin).await.expect("writes");
        world.layer.settle().await.expect("settles");
        let read = world.layer.read(KEY, &world.origin).await.expect("reads");
        assert_eq!(read.value.expect("exists").version, 2);
    });
}
