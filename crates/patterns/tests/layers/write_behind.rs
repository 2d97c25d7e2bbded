//! Write-behind against a model: what was acknowledged is answered, reaches the origin in the end
//! in order of versions, and nothing that was given up is passed over in silence.

use std::collections::BTreeMap;
use std::time::Duration;

use bakeoff_patterns::{WriteBehind, WriteBehindError};
use bakeoff_strategy::{Key, PutOptions, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;

use crate::world::{World, value};

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

async fn write(world: &World<WriteBehind<Dict>>, id: u64, version: u64) {
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
