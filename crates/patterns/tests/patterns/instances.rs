//! Near caches whose instances hear of each other, late or never: what is answered is old only for
//! as long as a message is under way.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{Tiered, Told};
use bakeoff_strategy::{Key, PutOptions, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::town::{Channel, Shared, cut_off, deliver, found};
use crate::world::{World, value};

const KEYS: u64 = 4;
const INSTANCES: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read { instance: usize, id: u64 },
    Write { instance: usize, id: u64 },
    Remove { instance: usize, id: u64 },
    Clear { instance: usize },
    Deliver(usize),
    CutOff { instance: usize, cut: bool },
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
            .prop_map(|(instance, cut)| Step::CutOff { instance, cut }),
    ]
}

/// What an instance has not been told yet, as the test knows it: a key, or all of them.
type Late = Vec<VecDeque<Option<u64>>>;

/// Everybody but `from` is to hear of a change.
fn tell(late: &mut Late, from: usize, id: Option<u64>) {
    for (number, messages) in late.iter_mut().enumerate() {
        if number != from {
            messages.push_back(id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn an_old_answer_has_a_message_under_way(steps in proptest::collection::vec(step(), 1..80)) {
        found();
        let world = World::<Told<Dict, Channel>>::open(&[]);
        let mut layers = vec![Arc::clone(&world.layer)];
        layers.resize_with(INSTANCES, || world.another(&[]));
        let mut newest = BTreeMap::from_iter((0..KEYS).map(|id| (id, world.origin.change(id))));
        let mut late: Late = vec![VecDeque::new(); INSTANCES];
        let mut cut = [false; INSTANCES];
        for step in steps {
            match step {
                Step::Read { instance, id } => {
                    let read = world.run(layers[instance].read(Key::from_id(id), &world.origin));
                    let version = read.expect("reads").value.expect("exists").version;
                    let is_told = !late[instance].iter().any(|told| told.is_none_or(|told| told == id));
                    prop_assert!(version == newest[&id] || !is_told, "{version} of {}", newest[&id]);
                    if cut[instance] {
                        prop_assert_eq!(version, newest[&id], "cut off, it asks the origin");
                    }
                }
                Step::Write { instance, id } => {
                    let version = newest[&id] + 1;
                    let options = PutOptions::default();
                    let written =
                        layers[instance].write(Key::from_id(id), value(id, version), options, &world.origin);
                    world.run(written).expect("writes");
                    newest.insert(id, version);
                    tell(&mut late, instance, Some(id));
                }
                Step::Remove { instance, id } => {
                    world.run(layers[instance].remove(Key::from_id(id))).expect("removes");
                    tell(&mut late, instance, Some(id));
                }
                Step::Clear { instance } => {
                    world.run(layers[instance].clear()).expect("clears");
                    prop_assert_eq!(world.run(layers[instance].len()).expect("counts"), 0);
                    tell(&mut late, instance, None);
                }
                Step::Deliver(most) => {
                    deliver(most);
                    for messages in &mut late {
                        messages.drain(..messages.len().min(most));
                    }
                }
                // A channel that was there all the time loses nothing.
                Step::CutOff { instance, cut: false } if !cut[instance] => {}
                Step::CutOff { instance, cut: now } => {
                    cut_off(instance, now);
                    late[instance].clear();
                    if now {
                        prop_assert_eq!(world.run(layers[instance].len()).expect("counts"), 0);
                    }
                    cut[instance] = now;
                }
            }
        }
    }
}

/// A load that crosses another instance's write: the message comes while the row is on its way.
fn crossing<S: bakeoff_strategy::Strategy>() -> u64 {
    found();
    let world = World::<S>::open(&[]);
    let other = world.another(&[]);
    world.origin.change(1);
    world.run(async {
        let slow = async {
            world.origin.rows().takes = Duration::from_millis(100);
            world.layer.read(Key::from_id(1), &world.origin).await.expect("loads")
        };
        let quick = async {
            sleep(Duration::from_millis(10)).await;
            world.origin.rows().takes = Duration::ZERO;
            let options = PutOptions::default();
            let written = other.write(Key::from_id(1), value(1, 2), options, &world.origin);
            written.await.expect("writes");
            deliver(usize::MAX);
        };
        let (early, ()) = tokio::join!(slow, quick);
        assert_eq!(early.value.expect("exists").version, 1);
        let read = world.layer.read(Key::from_id(1), &world.origin).await.expect("reads");
        read.value.expect("exists").version
    })
}

#[test]
fn a_load_that_a_write_of_another_instance_overtook_does_not_stay() {
    assert_eq!(crossing::<Told<Dict, Channel>>(), 2);
    assert_eq!(crossing::<Tiered<Dict, Shared, Channel>>(), 2);
}

#[test]
fn what_comes_with_a_load_is_kept_with_it() {
    use bakeoff_patterns::Ttl;
    let world = World::<Told<Ttl<Dict>, Channel>>::open(&[("ttl_ms", "1000")]);
    world.origin.change(1);
    world.origin.rows().ttl = Some(Duration::from_millis(10));
    world.run(world.layer.read(Key::from_id(1), &world.origin)).expect("loads");
    world.hand.advance(Duration::from_millis(10));
    world.run(world.layer.read(Key::from_id(1), &world.origin)).expect("loads");
    assert_eq!(world.origin.rows().loads, 2);
}

#[test]
fn of_many_loads_at_once_few_are_lost() {
    found();
    let world = World::<Tiered<Dict, Shared>>::open(&[]);
    const LOADS: u64 = 256;
    world.origin.rows().takes = Duration::from_millis(100);
    world.run(async {
        let mut loads = JoinSet::new();
        for id in 0..LOADS {
            world.origin.change(id);
            let (layer, origin) = (Arc::clone(&world.layer), world.origin.clone());
            loads.spawn(async move { layer.read(Key::from_id(id), &origin).await });
        }
        assert!(loads.join_all().await.iter().all(Result::is_ok));
        let kept = world.layer.len().await.expect("counts");
        assert!(LOADS - kept <= 10, "{kept} of {LOADS} are kept");
    });
}
