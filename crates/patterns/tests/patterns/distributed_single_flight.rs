//! Distributed single flight: one load for all instances, and bounded waiting times.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{DistributedSingleFlight, SingleFlight};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy as _};
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::cluster::{Locks, Shared, lock_forever, locks_held, reset_cluster, set_locks_down};
use crate::fixture::{Fixture, TestOrigin, value};

type Layer = DistributedSingleFlight<Shared, Locks>;

const KEY: Key = Key::from_id(1);

fn reader<S: bakeoff_strategy::Strategy>(
    layer: &Arc<S>,
    origin: &TestOrigin,
    after: Duration,
) -> impl Future<Output = (u64, Source)> + Send + 'static {
    let (layer, origin) = (Arc::clone(layer), origin.clone());
    async move {
        sleep(after).await;
        let read = layer.read(KEY, &origin).await.expect("the origin does not fail");
        (read.value.expect("the row exists").version, read.source)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// One reader of all three instances loads, if the load is shorter than the lock lease and the
    /// waiting time.
    #[test]
    fn one_of_all_readers_loads(
        readers in proptest::collection::vec((0..3_usize, 0..300_u64), 1..60),
        request_time in 0..900_u64,
    ) {
        reset_cluster();
        let fixture = Fixture::<Layer>::open(&[]);
        let layers = [Arc::clone(&fixture.layer), fixture.another(&[]), fixture.another(&[])];
        fixture.origin.change(1);
        fixture.origin.rows().request_time = Duration::from_millis(request_time);
        let answers = fixture.run(async {
            let mut reads = JoinSet::new();
            for (instance, after) in readers {
                let after = Duration::from_millis(after);
                reads.spawn(reader(&layers[instance], &fixture.origin, after));
            }
            reads.join_all().await
        });
        prop_assert_eq!(fixture.origin.rows().loads, 1);
        prop_assert!(answers.iter().all(|(version, _)| *version == 1));
        prop_assert_eq!(answers.iter().filter(|(_, source)| *source == Source::Loaded).count(), 1);
        prop_assert_eq!(fixture.run(async { locks_held() }), 0);
    }
}

/// Both kinds of single flight report the same sources.
#[test]
fn a_reader_that_waited_for_a_load_reports_joined() {
    fn sources<S: bakeoff_strategy::Strategy>() -> Vec<Source> {
        reset_cluster();
        let fixture = Fixture::<S>::open(&[]);
        fixture.origin.change(1);
        fixture.origin.rows().request_time = Duration::from_millis(100);
        fixture.run(async {
            let mut reads = JoinSet::new();
            for _ in 0..6 {
                reads.spawn(reader(&fixture.layer, &fixture.origin, Duration::ZERO));
            }
            let mut sources: Vec<_> =
                reads.join_all().await.into_iter().map(|(_, source)| source).collect();
            // A read after the load.
            sources.push(reader(&fixture.layer, &fixture.origin, Duration::ZERO).await.1);
            sources
        })
    }
    for sources in [sources::<Layer>(), sources::<SingleFlight<Shared>>()] {
        let count = |wanted| sources.iter().filter(|source| **source == wanted).count();
        let counted =
            (count(Source::Loaded), count(Source::Joined), count(Source::Hit { tier: 0 }));
        assert_eq!(counted, (1, 5, 1), "{sources:?}");
    }
}

#[test]
fn a_dead_owner_delays_readers_by_at_most_the_waiting_time() {
    let fixture = Fixture::<Layer>::open(&[("wait_ms", "200")]);
    fixture.origin.change(1);
    fixture.run(async {
        lock_forever(KEY);
        let begun = Instant::now();
        let (version, source) = reader(&fixture.layer, &fixture.origin, Duration::ZERO).await;
        assert_eq!((version, source), (1, Source::Loaded));
        let waited = begun.elapsed();
        assert!((200..230).contains(&waited.as_millis()), "{waited:?}");
    });
    assert_eq!(fixture.run(async { locks_held() }), 1, "the dead owner still has its lock");
}

#[test]
fn an_expired_lock_is_not_released_by_its_former_owner() {
    let options = [("lock_ms", "50"), ("wait_ms", "10000")];
    let fixture = Fixture::<Layer>::open(&options);
    let other = fixture.another(&options);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.run(async {
        // The second reader acquires the expired lock at 50 ms; the first load ends at 100 ms.
        let first = reader(&fixture.layer, &fixture.origin, Duration::ZERO);
        let second = reader(&other, &fixture.origin, Duration::from_millis(1));
        let look = async {
            sleep(Duration::from_millis(101)).await;
            fixture.origin.rows().loads
        };
        let (first, second, loads) = tokio::join!(first, second, look);
        assert_eq!((first.0, second.0), (1, 1));
        assert_eq!(loads, 2);
    });
    assert_eq!(fixture.run(async { locks_held() }), 0);
}

#[test]
fn without_a_lock_service_readers_load_without_a_lock() {
    let fixture = Fixture::<Layer>::open(&[]);
    fixture.origin.change(1);
    set_locks_down(true);
    let answer = fixture.run(reader(&fixture.layer, &fixture.origin, Duration::ZERO));
    set_locks_down(false);
    assert_eq!(answer, (1, Source::Loaded));
}

#[test]
fn a_stale_copy_is_served_while_another_instance_loads() {
    let fixture = Fixture::<Layer>::open(&[("stale_ms", "60000")]);
    let other = fixture.another(&[("stale_ms", "60000")]);
    let shared = Fixture::<Shared>::open(&[]).layer;
    fixture.origin.change(1);
    fixture.run(async {
        reader(&fixture.layer, &fixture.origin, Duration::ZERO).await;
        fixture.origin.change(1);
        // The entry has expired, its copy has not.
        shared.remove(KEY).await.expect("removes");
        fixture.origin.rows().request_time = Duration::from_millis(100);
        let loads = reader(&fixture.layer, &fixture.origin, Duration::ZERO);
        let waits = reader(&other, &fixture.origin, Duration::from_millis(10));
        let begun = Instant::now();
        let (loads, waits) = tokio::join!(loads, async { (waits.await, begun.elapsed()) });
        assert_eq!(loads, (2, Source::Loaded));
        assert_eq!(waits.0, (1, Source::Stale { tier: 0 }));
        assert!(waits.1 < Duration::from_millis(20), "the reader does not wait: {:?}", waits.1);
        // An explicit removal removes the copy too.
        fixture.layer.remove(KEY).await.expect("removes");
        lock_forever(KEY);
        let read = reader(&other, &fixture.origin, Duration::ZERO).await;
        assert_eq!(read, (2, Source::Loaded));
        let options = PutOptions::default();
        other.write(KEY, value(1, 3), options, &fixture.origin).await.expect("writes");
        let read = reader(&fixture.layer, &fixture.origin, Duration::ZERO).await;
        assert_eq!(read, (3, Source::Hit { tier: 0 }));
    });
}

#[test]
fn single_flight_over_a_lock_loads_once() {
    let fixture = Fixture::<SingleFlight<Layer>>::open(&[]);
    let other = fixture.another(&[]);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(500);
    fixture.run(async {
        let mut reads = JoinSet::new();
        for turn in 0..200 {
            let layer = if turn % 2 == 0 { &fixture.layer } else { &other };
            reads.spawn(reader(layer, &fixture.origin, Duration::ZERO));
        }
        assert!(reads.join_all().await.iter().all(|(version, _)| *version == 1));
    });
    assert_eq!(fixture.origin.rows().loads, 1);
}
