//! Write-through, write-around and negative caching.

use std::time::Duration;

use bakeoff_patterns::{NegativeCache, WriteAround, WriteThrough};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy};
use bakeoff_variant_dict::Dict;
use tokio::time::sleep;

use crate::fixture::{Fixture, value};

const KEY: Key = Key::from_id(1);

/// Returns the cached and the committed version after two concurrent writes, the first of which is
/// slow between origin and cache.
fn two_writers<S: Strategy>() -> (u64, u64) {
    let fixture = Fixture::<S>::open(&[]);
    fixture.origin.change(1);
    fixture.run(async {
        let write = |version| {
            let options = PutOptions::default();
            fixture.layer.write(KEY, value(1, version), options, &fixture.origin)
        };
        let second = async {
            sleep(Duration::from_millis(10)).await;
            fixture.origin.rows().request_time = Duration::ZERO;
            write(3).await.expect("writes");
        };
        fixture.origin.rows().request_time = Duration::from_millis(100);
        let (first, ()) = tokio::join!(write(2), second);
        first.expect("writes");
        let cached = fixture.layer.get(KEY).await.expect("gets").expect("is held").version;
        (cached, fixture.origin.rows().versions[&1])
    })
}

#[test]
fn cache_and_origin_end_with_the_same_version() {
    assert_eq!(
        two_writers::<Dict>(),
        (2, 3),
        "the default keeps the older version, which the layer prevents"
    );
    assert_eq!(two_writers::<WriteThrough<Dict>>(), (3, 3));
}

#[test]
fn write_around_caches_a_value_at_its_next_read() {
    let fixture = Fixture::<WriteAround<Dict>>::open(&[]);
    fixture.origin.change(1);
    fixture.run(async {
        fixture.layer.read(KEY, &fixture.origin).await.expect("loads");
        let options = PutOptions::default();
        fixture.layer.write(KEY, value(1, 2), options, &fixture.origin).await.expect("writes");
        assert_eq!(fixture.layer.get(KEY).await.expect("gets"), None);
        let read = fixture.layer.read(KEY, &fixture.origin).await.expect("loads");
        assert_eq!((read.source, read.value), (Source::Loaded, Some(value(1, 2))));
        // An origin that returns an error may have committed the value.
        fixture.origin.rows().down = true;
        let refused = fixture.layer.write(KEY, value(1, 3), options, &fixture.origin).await;
        assert!(refused.is_err());
        assert_eq!(fixture.layer.get(KEY).await.expect("gets"), None);
    });
}

#[test]
fn an_absent_row_is_remembered_for_absent_ms() {
    let fixture = Fixture::<NegativeCache<Dict>>::open(&[("absent_ms", "500")]);
    let read = || {
        let read = fixture
            .run(fixture.layer.read(KEY, &fixture.origin))
            .expect("the origin does not fail");
        (read.source, fixture.origin.rows().loads)
    };
    assert_eq!(read(), (Source::Absent, 1));
    assert_eq!(read(), (Source::Absent, 1));
    fixture.clock_control.advance(Duration::from_millis(500));
    assert_eq!(read(), (Source::Absent, 2));
    // A local write is visible at once, a change of another process after `absent_ms`.
    fixture.run(async {
        let options = PutOptions::default();
        fixture.layer.write(KEY, value(1, 1), options, &fixture.origin).await.expect("writes");
    });
    assert_eq!(read(), (Source::Hit { tier: 0 }, 2));
    fixture.run(fixture.layer.remove(KEY)).expect("removes");
    fixture.origin.rows().versions.clear();
    assert_eq!(read(), (Source::Absent, 3));
    fixture.origin.change(1);
    assert_eq!(read(), (Source::Absent, 3));
    fixture.clock_control.advance(Duration::from_millis(500));
    assert_eq!(read(), (Source::Loaded, 4));
}
