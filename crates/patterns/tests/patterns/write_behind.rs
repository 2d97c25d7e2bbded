//! Write-behind against a model: acknowledged writes are readable and reach the origin in order,
//! and lost writes are reported.

use std::collections::BTreeMap;
use std::time::Duration;

use bakeoff_patterns::{SingleFlight, Swr, WriteBehind, WriteBehindError};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::time::sleep;

use crate::cluster::{Shared, reset_cluster, set_put_time};
use crate::fixture::{Fixture, value};

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

fn open() -> Fixture<WriteBehind<Dict>> {
    let options = [("queue_entries", "3"), ("batch", "2"), ("linger_ms", "20"), ("retries", "2")];
    let fixture = Fixture::open(&options);
    for id in 0..5 {
        fixture.origin.rows().versions.insert(id, 0);
    }
    fixture
}

async fn write<S: bakeoff_strategy::Strategy>(fixture: &Fixture<S>, id: u64, version: u64) {
    let (key, options) = (Key::from_id(id), PutOptions::default());
    fixture
        .layer
        .write(key, value(id, version), options, &fixture.origin)
        .await
        .expect("is accepted");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn acknowledged_writes_are_readable_and_stored(
        steps in proptest::collection::vec(step(), 1..80),
        request_time in 0..30_u64,
    ) {
        let fixture = open();
        fixture.origin.rows().request_time = Duration::from_millis(request_time);
        let mut latest = BTreeMap::from_iter((0..5).map(|id| (id, 0_u64)));
        fixture.run(async {
            for step in steps {
                match step {
                    Step::Write(id) => {
                        let version = latest[&id] + 1;
                        latest.insert(id, version);
                        write(&fixture, id, version).await;
                    }
                    Step::Read(id) => {
                        let read = fixture.layer.read(Key::from_id(id), &fixture.origin).await;
                        let read = read.expect("the origin does not fail").value.expect("exists");
                        assert_eq!(read, value(id, latest[&id]));
                    }
                    Step::Remove(id) => {
                        fixture.layer.remove(Key::from_id(id)).await.expect("removes");
                        assert_eq!(fixture.origin.rows().versions[&id], latest[&id]);
                    }
                    Step::Pass(ms) => {
                        fixture.clock_control.advance(Duration::from_millis(ms));
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                    }
                    Step::Settle => {
                        fixture.layer.settle().await.expect("nothing was refused");
                        assert_eq!(fixture.origin.rows().versions, latest);
                    }
                }
            }
            fixture.layer.close().await.expect("nothing was refused");
        });
        let rows = fixture.origin.rows();
        assert_eq!(rows.versions, latest);
        for id in 0..5 {
            let stored: Vec<_> = rows.stores.iter().filter(|(key, _)| *key == id).collect();
            assert!(stored.is_sorted_by(|one, next| one.1 < next.1), "{stored:?}");
        }
    }
}

#[test]
fn writes_of_one_key_are_stored_as_one() {
    let fixture = open();
    fixture.run(async {
        for version in 1..50 {
            write(&fixture, 1, version).await;
        }
        fixture.layer.settle().await.expect("settles");
    });
    assert!(fixture.origin.rows().stores.len() <= 3, "{:?}", fixture.origin.rows().stores);
    assert_eq!(fixture.origin.rows().versions[&1], 49);
}

#[test]
fn writers_wait_while_the_queue_is_full() {
    let fixture = open();
    fixture.origin.rows().request_time = Duration::from_millis(500);
    fixture.run(async {
        let begun = tokio::time::Instant::now();
        for id in 0..3 {
            write(&fixture, id, 1).await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO, "three fit");
        write(&fixture, 3, 1).await;
        assert!(begun.elapsed() >= Duration::from_millis(500), "the fourth had to wait");
    });
}

#[test]
fn a_refused_write_is_retried_and_reported_if_it_is_given_up() {
    let fixture = open();
    fixture.origin.rows().down = true;
    fixture.run(async {
        write(&fixture, 1, 1).await;
        fixture.clock_control.advance(Duration::from_millis(30));
        // Refused once or twice before the origin recovers.
        tokio::time::sleep(Duration::from_millis(15)).await;
        fixture.origin.rows().down = false;
        fixture.layer.settle().await.expect("the store was retried");
        assert_eq!(fixture.origin.rows().versions[&1], 1);

        fixture.origin.rows().down = true;
        write(&fixture, 2, 1).await;
        write(&fixture, 3, 1).await;
        let error = fixture.layer.settle().await.expect_err("both were given up");
        assert!(matches!(error, WriteBehindError::GivenUp { writes: 2, .. }), "{error}");
        fixture.layer.settle().await.expect("the loss was reported before");
    });
}

#[test]
fn a_store_that_panics_counts_as_refused() {
    let fixture = open();
    fixture.origin.rows().panics_at = Some(7);
    fixture.run(async {
        write(&fixture, 1, 7).await;
        write(&fixture, 2, 1).await;
        let error = fixture.layer.settle().await.expect_err("the write was given up");
        let WriteBehindError::GivenUp { writes: 1, error } = &error else { panic!("{error}") };
        assert!(error.0.contains("driver panics"), "{error}");
        assert_eq!(fixture.origin.rows().versions[&2], 1);
        // Later writes are stored, and no request waits for the store that panicked.
        write(&fixture, 1, 8).await;
        fixture.layer.remove(Key::from_id(1)).await.expect("removes");
        assert_eq!(fixture.origin.rows().versions[&1], 8);
        // The driver recovers before the last retry.
        fixture.origin.rows().panics_at = Some(9);
        write(&fixture, 1, 9).await;
        fixture.clock_control.advance(Duration::from_millis(30));
        sleep(Duration::from_millis(15)).await;
        fixture.origin.rows().panics_at = None;
        fixture.layer.close().await.expect("the store was retried");
        assert_eq!(fixture.origin.rows().versions[&1], 9);
    });
}

/// Returns the version that a read returns and the version in the cache.
async fn cached_versions<S: bakeoff_strategy::Strategy>(
    fixture: &Fixture<S>,
) -> (u64, Option<u64>) {
    let read = fixture.layer.read(KEY, &fixture.origin).await.expect("the origin does not fail");
    let held = fixture.layer.get(KEY).await.expect("gets").map(|held| held.version);
    (read.value.expect("exists").version, held)
}

/// Writes version 2 during a load of version 1; the write may stay queued for `linger_ms`.
fn check_overlapping_load<S: bakeoff_strategy::Strategy>(linger_ms: &str) {
    reset_cluster();
    let fixture = Fixture::<S>::open(&[("linger_ms", linger_ms)]);
    fixture.origin.change(1);
    fixture.run(async {
        let slow = async {
            fixture.origin.rows().request_time = Duration::from_millis(100);
            fixture.layer.read(KEY, &fixture.origin).await.expect("loads")
        };
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            fixture.origin.rows().request_time = Duration::ZERO;
            write(&fixture, 1, 2).await;
            assert_eq!(cached_versions(&fixture).await, (2, Some(2)), "the write is acknowledged");
        };
        let (read, ()) = tokio::join!(slow, quick);
        if !fixture.origin.rows().stores.is_empty() {
            assert_eq!((read.value, read.source), (Some(value(1, 1)), Source::Loaded));
        } else {
            assert_eq!((read.value, read.source), (Some(value(1, 2)), Source::Hit { tier: 0 }));
            assert_eq!(cached_versions(&fixture).await, (2, Some(2)));
        }
        fixture.layer.settle().await.expect("settles");
        assert_eq!(cached_versions(&fixture).await, (2, Some(2)));
    });
}

#[test]
fn a_load_that_overlaps_a_write_is_not_cached() {
    for linger_ms in ["600000", "0"] {
        check_overlapping_load::<WriteBehind<Dict>>(linger_ms);
        check_overlapping_load::<WriteBehind<Shared>>(linger_ms);
        check_overlapping_load::<SingleFlight<WriteBehind<Dict>>>(linger_ms);
    }
}

#[test]
fn a_queued_value_is_read_instead_of_a_cached_one() {
    let fixture = Fixture::<WriteBehind<Shared>>::open(&[("linger_ms", "600000")]);
    fixture.origin.change(1);
    let inner = Fixture::<Shared>::open(&[]).layer;
    fixture.run(async {
        write(&fixture, 1, 2).await;
        // Another instance caches the row before the write is stored.
        inner.put(KEY, value(1, 1), PutOptions::default()).await.expect("puts");
        assert_eq!(cached_versions(&fixture).await, (2, Some(2)));
        assert_eq!(fixture.origin.rows().versions[&1], 1, "the write is still queued");
    });
}

#[test]
fn a_reload_of_an_inner_layer_reads_the_queue_first() {
    let options = [("ttl_ms", "1000"), ("linger_ms", "600000")];
    let fixture = Fixture::<WriteBehind<Swr<Dict>>>::open(&options);
    fixture.origin.change(1);
    fixture.run(async {
        assert_eq!(cached_versions(&fixture).await, (1, Some(1)));
        fixture.clock_control.advance(Duration::from_millis(1_500));
        let read = fixture.layer.read(KEY, &fixture.origin).await.expect("reads");
        assert_eq!(read.source, Source::Stale { tier: 0 });
        // Before the reload starts.
        write(&fixture, 1, 2).await;
        sleep(Duration::from_millis(1)).await;
        fixture.layer.settle().await.expect("settles");
        assert_eq!(cached_versions(&fixture).await, (2, Some(2)));
    });
}

#[test]
fn after_concurrent_writes_reads_return_the_committed_version() {
    reset_cluster();
    let fixture = Fixture::<WriteBehind<Shared>>::open(&[("linger_ms", "20")]);
    fixture.run(async {
        set_put_time(Duration::from_millis(100));
        let second = async {
            sleep(Duration::from_millis(10)).await;
            set_put_time(Duration::ZERO);
            write(&fixture, 1, 3).await;
        };
        tokio::join!(write(&fixture, 1, 2), second);
        fixture.layer.settle().await.expect("settles");
        assert_eq!(fixture.origin.rows().versions[&1], 3);
        assert_eq!(cached_versions(&fixture).await, (3, Some(3)));
        // A writer with an older version arrives while the newer one is queued.
        write(&fixture, 1, 5).await;
        write(&fixture, 1, 4).await;
        fixture.layer.settle().await.expect("settles");
        assert_eq!(cached_versions(&fixture).await, (5, Some(5)));
    });
}
