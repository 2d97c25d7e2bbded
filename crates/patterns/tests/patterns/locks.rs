//! Instances that lock what they load: one load for all of them, and nobody waits for ever.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{Locked, SingleFlight};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy as _};
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::town::{Locks, Shared, found, lock_for_ever, locks_are_away, locks_held};
use crate::world::{Scripted, World, value};

type Layer = Locked<Shared, Locks>;

const KEY: Key = Key::from_id(1);

fn reader<S: bakeoff_strategy::Strategy>(
    layer: &Arc<S>,
    origin: &Scripted,
    after: Duration,
) -> impl Future<Output = (u64, Source)> + Send + 'static {
    let (layer, origin) = (Arc::clone(layer), origin.clone());
    async move {
        sleep(after).await;
        let read = layer.read(KEY, &origin).await.expect("the origin is well");
        (read.value.expect("the row exists").version, read.source)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// However readers of three instances come, one asks the origin, as long as it answers within
    /// the time of a lock and of those who wait.
    #[test]
    fn of_all_readers_one_loads(
        readers in proptest::collection::vec((0..3_usize, 0..300_u64), 1..60),
        takes in 0..900_u64,
    ) {
        found();
        let world = World::<Layer>::open(&[]);
        let layers = [Arc::clone(&world.layer), world.another(&[]), world.another(&[])];
        world.origin.change(1);
        world.origin.rows().takes = Duration::from_millis(takes);
        let answers = world.run(async {
            let mut reads = JoinSet::new();
            for (instance, after) in readers {
                let after = Duration::from_millis(after);
                reads.spawn(reader(&layers[instance], &world.origin, after));
            }
            reads.join_all().await
        });
        prop_assert_eq!(world.origin.rows().loads, 1);
        prop_assert!(answers.iter().all(|(version, _)| *version == 1));
        prop_assert_eq!(answers.iter().filter(|(_, source)| *source == Source::Loaded).count(), 1);
        prop_assert_eq!(world.run(async { locks_held() }), 0);
    }
}

/// The same readers count as the same, whichever of the two has one of them load.
#[test]
fn whoever_waited_for_anothers_load_has_no_hit() {
    fn sources<S: bakeoff_strategy::Strategy>() -> Vec<Source> {
        found();
        let world = World::<S>::open(&[]);
        world.origin.change(1);
        world.origin.rows().takes = Duration::from_millis(100);
        world.run(async {
            let mut reads = JoinSet::new();
            for _ in 0..6 {
                reads.spawn(reader(&world.layer, &world.origin, Duration::ZERO));
            }
            let mut sources: Vec<_> =
                reads.join_all().await.into_iter().map(|(_, source)| source).collect();
            // One that comes when it is there.
            sources.push(reader(&world.layer, &world.origin, Duration::ZERO).await.1);
            sources
        })
    }
    for sources in [sources::<Layer>(), sources::<SingleFlight<Shared>>()] {
        let of = |wanted| sources.iter().filter(|source| **source == wanted).count();
        let counted = (of(Source::Loaded), of(Source::Joined), of(Source::Hit { tier: 0 }));
        assert_eq!(counted, (1, 5, 1), "{sources:?}");
    }
}

#[test]
fn an_owner_that_died_holds_nobody_up_for_longer_than_they_wait() {
    let world = World::<Layer>::open(&[("wait_ms", "200")]);
    world.origin.change(1);
    world.run(async {
        lock_for_ever(KEY);
        let begun = Instant::now();
        let (version, source) = reader(&world.layer, &world.origin, Duration::ZERO).await;
        assert_eq!((version, source), (1, Source::Loaded));
        let waited = begun.elapsed();
        assert!((200..230).contains(&waited.as_millis()), "{waited:?}");
    });
    assert_eq!(world.run(async { locks_held() }), 1, "the lock was another's, and still is");
}

#[test]
fn a_lock_ends_by_itself_and_is_not_given_back_by_who_lost_it() {
    let options = [("lock_ms", "50"), ("wait_ms", "10000")];
    let world = World::<Layer>::open(&options);
    let other = world.another(&options);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(100);
    world.run(async {
        // The second takes over at 50 ms; at 100 ms the first is done, and a third comes.
        let first = reader(&world.layer, &world.origin, Duration::ZERO);
        let second = reader(&other, &world.origin, Duration::from_millis(1));
        let look = async {
            sleep(Duration::from_millis(101)).await;
            // The second's second lock may be over as well by now, but not by the first's doing.
            world.origin.rows().loads
        };
        let (first, second, loads) = tokio::join!(first, second, look);
        assert_eq!((first.0, second.0), (1, 1));
        assert_eq!(loads, 2);
    });
    assert_eq!(world.run(async { locks_held() }), 0);
}

#[test]
fn where_no_lock_can_be_had_the_origin_is_asked_without() {
    let world = World::<Layer>::open(&[]);
    world.origin.change(1);
    locks_are_away(true);
    let answer = world.run(reader(&world.layer, &world.origin, Duration::ZERO));
    locks_are_away(false);
    assert_eq!(answer, (1, Source::Loaded));
}

#[test]
fn an_older_copy_is_the_answer_while_another_loads() {
    let world = World::<Layer>::open(&[("stale_ms", "60000")]);
    let other = world.another(&[("stale_ms", "60000")]);
    let shared = World::<Shared>::open(&[]).layer;
    world.origin.change(1);
    world.run(async {
        reader(&world.layer, &world.origin, Duration::ZERO).await;
        world.origin.change(1);
        // Its time is up in the cache, and not that of the copy.
        shared.remove(KEY).await.expect("removes");
        world.origin.rows().takes = Duration::from_millis(100);
        let loads = reader(&world.layer, &world.origin, Duration::ZERO);
        let waits = reader(&other, &world.origin, Duration::from_millis(10));
        let begun = Instant::now();
        let (loads, waits) = tokio::join!(loads, async { (waits.await, begun.elapsed()) });
        assert_eq!(loads, (2, Source::Loaded));
        assert_eq!(waits.0, (1, Source::Stale { tier: 0 }));
        assert!(waits.1 < Duration::from_millis(20), "nobody waits: {:?}", waits.1);
        // What is removed on purpose has no copy either.
        world.layer.remove(KEY).await.expect("removes");
        lock_for_ever(KEY);
        let read = reader(&other, &world.origin, Duration::ZERO).await;
        assert_eq!(read, (2, Source::Loaded));
        let options = PutOptions::default();
        other.write(KEY, value(1, 3), options, &world.origin).await.expect("writes");
        let read = reader(&world.layer, &world.origin, Duration::ZERO).await;
        assert_eq!(read, (3, Source::Hit { tier: 0 }));
    });
}

#[test]
fn single_flight_within_an_instance_and_a_lock_between_them() {
    let world = World::<SingleFlight<Layer>>::open(&[]);
    let other = world.another(&[]);
    world.origin.change(1);
    world.origin.rows().takes = Duration::from_millis(500);
    world.run(async {
        let mut reads = JoinSet::new();
        for turn in 0..200 {
            let layer = if turn % 2 == 0 { &world.layer } else { &other };
            reads.spawn(reader(layer, &world.origin, Duration::ZERO));
        }
        assert!(reads.join_all().await.iter().all(|(version, _)| *version == 1));
    });
    assert_eq!(world.origin.rows().loads, 1);
}
