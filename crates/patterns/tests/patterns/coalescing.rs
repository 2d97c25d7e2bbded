//! Concurrent readers: one load per key, and never a value that a completed write has replaced.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{ReadThrough, SingleFlight, Swr};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy};
use bakeoff_variant_dict::Dict;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::fixture::{Fixture, value};

const KEY: Key = Key::from_id(1);

async fn read_all<S: Strategy>(fixture: &Fixture<S>, readers: usize) -> Vec<(u64, Source)> {
    let mut reads = JoinSet::new();
    for _ in 0..readers {
        let (layer, origin) = (Arc::clone(&fixture.layer), fixture.origin.clone());
        reads.spawn(async move {
            let read = layer.read(KEY, &origin).await.expect("the origin does not fail");
            (read.value.expect("the row exists").version, read.source)
        });
    }
    reads.join_all().await
}

#[test]
fn one_of_a_thousand_readers_loads() {
    let fixture = Fixture::<SingleFlight<Dict>>::open(&[]);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    let answers = fixture.run(read_all(&fixture, 1_000));
    assert_eq!(fixture.origin.rows().loads, 1);
    assert!(answers.iter().all(|(version, _)| *version == 1));
    let count = |wanted| answers.iter().filter(|(_, source)| *source == wanted).count();
    assert_eq!((count(Source::Loaded), count(Source::Joined)), (1, 999));
}

#[test]
fn a_failed_load_fails_all_followers_and_the_next_reader_retries() {
    let fixture = Fixture::<SingleFlight<Dict>>::open(&[]);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.origin.rows().down = true;
    let outcomes = fixture.run(async {
        tokio::join!(
            fixture.layer.read(KEY, &fixture.origin),
            fixture.layer.read(KEY, &fixture.origin)
        )
    });
    assert!(outcomes.0.is_err() && outcomes.1.is_err() && fixture.origin.rows().loads == 1);
    fixture.origin.rows().down = false;
    assert!(fixture.run(fixture.layer.read(KEY, &fixture.origin)).is_ok());
}

#[test]
fn a_reader_after_a_write_does_not_join_a_load_from_before_it() {
    let fixture = Fixture::<SingleFlight<Dict>>::open(&[]);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.run(async {
        let early = fixture.layer.read(KEY, &fixture.origin);
        let late = async {
            sleep(Duration::from_millis(10)).await;
            // The row changes and the key is removed during the first load.
            fixture.origin.change(1);
            fixture.layer.remove(KEY).await.expect("removes");
            let read = fixture.layer.read(KEY, &fixture.origin).await.expect("loads");
            assert_eq!(read.value.expect("exists").version, 2);
        };
        let (early, ()) = tokio::join!(early, late);
        assert_eq!(early.expect("loads").value.expect("exists").version, 1);
    });
}

#[test]
fn followers_of_a_dropped_leader_load_themselves() {
    let fixture = Fixture::<SingleFlight<Dict>>::open(&[]);
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.run(async {
        let (layer, origin) = (Arc::clone(&fixture.layer), fixture.origin.clone());
        let leader = tokio::spawn(async move { layer.read(KEY, &origin).await });
        sleep(Duration::from_millis(10)).await;
        let follower = fixture.layer.read(KEY, &fixture.origin);
        let drop_leader = async {
            sleep(Duration::from_millis(10)).await;
            leader.abort();
        };
        let (read, ()) = tokio::join!(follower, drop_leader);
        assert_eq!(read.expect("loads for itself").source, Source::Loaded);
    });
}

/// Returns the version cached after loads of several readers overlap a write.
fn overlapping_load<S: Strategy>(readers: usize) -> u64 {
    let fixture = Fixture::<S>::open(&[]);
    fixture.origin.change(1);
    fixture.run(async {
        fixture.origin.rows().request_time = Duration::from_millis(100);
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            fixture.origin.rows().request_time = Duration::ZERO;
            let options = PutOptions::default();
            fixture.layer.write(KEY, value(1, 2), options, &fixture.origin).await.expect("writes");
        };
        let (early, ()) = tokio::join!(read_all(&fixture, readers), quick);
        assert!(early.iter().all(|(version, _)| *version == 1));
        fixture.layer.settle().await.expect("settles");
        fixture
            .layer
            .read(KEY, &fixture.origin)
            .await
            .expect("reads")
            .value
            .expect("exists")
            .version
    })
}

#[test]
fn a_load_that_overlaps_a_write_is_not_cached() {
    assert_eq!(
        overlapping_load::<Dict>(1),
        1,
        "cache-aside keeps the old value, which the layer prevents"
    );
    for readers in [1, 3] {
        assert_eq!(overlapping_load::<ReadThrough<Dict>>(readers), 2);
        assert_eq!(overlapping_load::<SingleFlight<ReadThrough<Dict>>>(readers), 2);
        assert_eq!(overlapping_load::<ReadThrough<SingleFlight<Dict>>>(readers), 2);
    }
}

#[test]
fn stale_while_revalidate_loads_once_and_no_reader_waits() {
    let fixture = Fixture::<SingleFlight<Swr<Dict>>>::open(&[("ttl_ms", "1000")]);
    fixture.origin.change(1);
    fixture.run(fixture.layer.read(KEY, &fixture.origin)).expect("loads");
    fixture.origin.change(1);
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.clock_control.advance(Duration::from_millis(1_500));
    let answers = fixture.run(read_all(&fixture, 1_000));
    assert!(answers.iter().all(|answer| *answer == (1, Source::Stale { tier: 0 })));
    fixture.run(fixture.layer.settle()).expect("settles");
    assert_eq!(fixture.origin.rows().loads, 2);
    let answers = fixture.run(read_all(&fixture, 1));
    assert_eq!(answers, [(2, Source::Hit { tier: 0 })]);
}

#[test]
fn a_refresh_never_overwrites_a_newer_write() {
    let fixture = Fixture::<Swr<Dict>>::open(&[("ttl_ms", "1000")]);
    fixture.origin.change(1);
    fixture.run(fixture.layer.read(KEY, &fixture.origin)).expect("loads");
    fixture.clock_control.advance(Duration::from_millis(1_500));
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.run(async {
        let stale = fixture.layer.read(KEY, &fixture.origin).await.expect("reads");
        assert_eq!(stale.source, Source::Stale { tier: 0 });
        sleep(Duration::from_millis(10)).await;
        fixture.origin.rows().request_time = Duration::ZERO;
        let options = PutOptions::default();
        fixture.layer.write(KEY, value(1, 2), options, &fixture.origin).await.expect("writes");
        fixture.layer.settle().await.expect("settles");
        let read = fixture.layer.read(KEY, &fixture.origin).await.expect("reads");
        assert_eq!(read.value.expect("exists").version, 2);
    });
}
