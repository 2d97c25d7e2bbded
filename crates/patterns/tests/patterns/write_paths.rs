//! Write-through, write-around and negative caching.

use std::time::Duration;

use bakeoff_patterns::{Negative, WriteAround, WriteThrough};
use bakeoff_strategy::{Key, PutOptions, Source, Strategy};
use bakeoff_variant_dict::Dict;
use tokio::time::sleep;

use crate::world::{World, value};

const KEY: Key = Key::from_id(1);

/// Two writers of one key, the first with a slow way back from the origin to the cache.
fn two_writers<S: Strategy>() -> (u64, u64) {
    let world = World::<S>::open(&[]);
    world.origin.change(1);
    world.run(async {
        let write = |version| {
            let options = PutOptions::default();
            world.layer.write(KEY, value(1, version), options, &world.origin)
        };
        let second = async {
            sleep(Duration::from_millis(10)).await;
            world.origin.rows().takes = Duration::ZERO;
            write(3).await.expect("writes");
        };
        world.origin.rows().takes = Duration::from_millis(100);
        let (first, ()) = tokio::join!(write(2), second);
        first.expect("writes");
        let cached = world.layer.get(KEY).await.expect("gets").expect("is held").version;
        (cached, world.origin.rows().versions[&1])
    })
}

#[test]
fn the_cache_ends_with_what_the_origin_ends_with() {
    assert_eq!(two_writers::<Dict>(), (2, 3), "the flaw that the layer is there for");
    assert_eq!(two_writers::<WriteThrough<Dict>>(), (3, 3));
}

#[test]
fn what_is_written_around_is_loaded_by_the_next_reader() {
    let world = World::<WriteAround<Dict>>::open(&[]);
    world.origin.change(1);
    world.run(async {
        world.layer.read(KEY, &world.origin).await.expect("loads");
        let options = PutOptions::default();
        world.layer.write(KEY, value(1, 2), options, &world.origin).await.expect("writes");
        assert_eq!(world.layer.get(KEY).await.expect("gets"), None);
        let read = world.layer.read(KEY, &world.origin).await.expect("loads");
        assert_eq!((read.source, read.value), (Source::Loaded, Some(value(1, 2))));
        // An origin that refuses may have committed all the same: nothing old may stay.
        world.origin.rows().down = true;
        let refused = world.layer.write(KEY, value(1, 3), options, &world.origin).await;
        assert!(refused.is_err());
        assert_eq!(world.layer.get(KEY).await.expect("gets"), None);
    });
}

#[test]
fn that_there_is_no_row_is_remembered_for_a_while() {
    let world = World::<Negative<Dict>>::open(&[("absent_ms", "500")]);
    let read = || {
        let read = world.run(world.layer.read(KEY, &world.origin)).expect("the origin is well");
        (read.source, world.origin.rows().loads)
    };
    assert_eq!(read(), (Source::Absent, 1));
    assert_eq!(read(), (Source::Absent, 1));
    world.hand.advance(Duration::from_millis(500));
    assert_eq!(read(), (Source::Absent, 2));
    // A write here is seen at once, a change elsewhere when the time is up.
    world.run(async {
        let options = PutOptions::default();
        world.layer.write(KEY, value(1, 1), options, &world.origin).await.expect("writes");
    });
    assert_eq!(read(), (Source::Hit { tier: 0 }, 2));
    world.run(world.layer.remove(KEY)).expect("removes");
    world.origin.rows().versions.clear();
    assert_eq!(read(), (Source::Absent, 3));
    world.origin.change(1);
    assert_eq!(read(), (Source::Absent, 3));
    world.hand.advance(Duration::from_millis(500));
    assert_eq!(read(), (Source::Loaded, 4));
}
