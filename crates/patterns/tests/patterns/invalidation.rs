//! In-process caches whose invalidation messages are delayed or lost: a read is outdated only while
//! a message for its key is undelivered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{LocalWithInvalidation, Tiered};
use bakeoff_strategy::{Key, PutOptions, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::{Channel, Shared, deliver, reset_cluster, set_disconnected};
use crate::fixture::{Fixture, value};

const KEYS: u64 = 4;
const INSTANCES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read { instance: usize, id: u64 },
    Write { instance: usize, id: u64 },
    Remove { instance: usize, id: u64 },
    Clear { instance: usize },
    Deliver(usize),
    SetDisconnected { instance: usize, disconnected: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let at = || (0..INSTANCES, 0..KEYS);
    prop_oneof![
        6 => at().prop_map(|(instance, id)| Step::Read { instance, id }),
        3 => at().prop_map(|(instance, id)| Step::Write { instance, id }),
        1 => at().prop_map(|(instance, id)| Step::Remove { instance, id }),
        1 => (0..INSTANCES).prop_map(|instance| Step::Clear { instance }),
        3 => (0..4_usize).prop_map(Step::Deliver),
        1 => (0..INSTANCES, any::<bool>())
            .prop_map(|(instance, disconnected)| Step::SetDisconnected { instance, disconnected }),
    ]
}

/// Undelivered messages of each instance: a key, or all keys.
type Undelivered = Vec<VecDeque<Option<u64>>>;

/// Records a message to every instance but `from`.
fn publish(undelivered: &mut Undelivered, from: usize, id: Option<u64>) {
    for (number, messages) in undelivered.iter_mut().enumerate() {
        if number != from {
            messages.push_back(id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn an_outdated_answer_has_an_undelivered_message(steps in proptest::collection::vec(step(), 1..80)) {
        reset_cluster();
        let fixture = Fixture::<LocalWithInvalidation<Dict, Channel>>::open(&[]);
        let mut layers = vec![Arc::clone(&fixture.layer)];
        layers.resize_with(INSTANCES, || fixture.another(&[]));
        let mut latest = BTreeMap::from_iter((0..KEYS).map(|id| (id, fixture.origin.change(id))));
        let mut undelivered: Undelivered = vec![VecDeque::new(); INSTANCES];
        let mut disconnected = [false; INSTANCES];
        for step in steps {
            match step {
                Step::Read { instance, id } => {
                    let read = fixture.run(layers[instance].read(Key::from_id(id), &fixture.origin));
                    let version = read.expect("reads").value.expect("exists").version;
                    let is_notified = !undelivered[instance].iter().any(|change| change.is_none_or(|key| key == id));
                    prop_assert!(version == latest[&id] || !is_notified, "{version} of {}", latest[&id]);
                    if disconnected[instance] {
                        prop_assert_eq!(version, latest[&id], "a disconnected instance loads from the origin");
                    }
                }
                Step::Write { instance, id } => {
                    let version = latest[&id] + 1;
                    let options = PutOptions::default();
                    let written =
                        layers[instance].write(Key::from_id(id), value(id, version), options, &fixture.origin);
                    fixture.run(written).expect("writes");
                    latest.insert(id, version);
                    publish(&mut undelivered, instance, Some(id));
                }
                Step::Remove { instance, id } => {
                    fixture.run(layers[instance].remove(Key::from_id(id))).expect("removes");
                    publish(&mut undelivered, instance, Some(id));
                }
                Step::Clear { instance } => {
                    fixture.run(layers[instance].clear()).expect("clears");
                    prop_assert_eq!(fixture.run(layers[instance].len()).expect("counts"), 0);
                    publish(&mut undelivered, instance, None);
                }
                Step::Deliver(max) => {
                    deliver(max);
                    for messages in &mut undelivered {
                        messages.drain(..messages.len().min(max));
                    }
                }
                // A connected channel loses nothing when it is connected again.
                Step::SetDisconnected { instance, disconnected: false } if !disconnected[instance] => {}
                Step::SetDisconnected { instance, disconnected: now } => {
                    set_disconnected(instance, now);
                    undelivered[instance].clear();
                    if now {
                        prop_assert_eq!(fixture.run(layers[instance].len()).expect("counts"), 0);
                    }
                    disconnected[instance] = now;
                }
            }
        }
    }
}

/// Returns the version cached after a load that overlaps another instance's write, whose message
/// arrives during the load.
fn overlapping_load<S: bakeoff_strategy::Strategy>() -> u64 {
    reset_cluster();
    let fixture = Fixture::<S>::open(&[]);
    let other = fixture.another(&[]);
    fixture.origin.change(1);
    fixture.run(async {
        let slow = async {
            fixture.origin.rows().request_time = Duration::from_millis(100);
            fixture.layer.read(Key::from_id(1), &fixture.origin).await.expect("loads")
        };
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            fixture.origin.rows().request_time = Duration::ZERO;
            let options = PutOptions::default();
            let written = other.write(Key::from_id(1), value(1, 2), options, &fixture.origin);
            written.await.expect("writes");
            deliver(usize::MAX);
        };
        let (early, ()) = tokio::join!(slow, quick);
        assert_eq!(early.value.expect("exists").version, 1);
        let read = fixture.layer.read(Key::from_id(1), &fixture.origin).await.expect("reads");
        read.value.expect("exists").version
    })
}

#[test]
fn a_load_that_overlaps_a_write_of_another_instance_is_not_cached() {
    assert_eq!(overlapping_load::<LocalWithInvalidation<Dict, Channel>>(), 2);
    assert_eq!(overlapping_load::<Tiered<Dict, Shared, Channel>>(), 2);
}

#[test]
fn put_options_of_a_load_reach_the_inner_cache() {
    use bakeoff_patterns::Ttl;
    let fixture = Fixture::<LocalWithInvalidation<Ttl<Dict>, Channel>>::open(&[("ttl_ms", "1000")]);
    fixture.origin.change(1);
    fixture.origin.rows().ttl = Some(Duration::from_millis(10));
    fixture.run(fixture.layer.read(Key::from_id(1), &fixture.origin)).expect("loads");
    fixture.clock_control.advance(Duration::from_millis(10));
    fixture.run(fixture.layer.read(Key::from_id(1), &fixture.origin)).expect("loads");
    assert_eq!(fixture.origin.rows().loads, 2);
}

#[test]
fn few_concurrent_loads_are_lost_to_epoch_collisions() {
    reset_cluster();
    let fixture = Fixture::<Tiered<Dict, Shared>>::open(&[]);
    const LOADS: u64 = 256;
    fixture.origin.rows().request_time = Duration::from_millis(100);
    fixture.run(async {
        let mut loads = JoinSet::new();
        for id in 0..LOADS {
            fixture.origin.change(id);
            let (layer, origin) = (Arc::clone(&fixture.layer), fixture.origin.clone());
            loads.spawn(async move { layer.read(Key::from_id(id), &origin).await });
        }
        assert!(loads.join_all().await.iter().all(Result::is_ok));
        let kept = fixture.layer.len().await.expect("counts");
        assert!(LOADS - kept <= 10, "{kept} of {LOADS} are cached");
    });
}
