//! Layers that expire or renew, against a model: for every sequence of reads, writes, changes
//! behind the cache, failures and waits, the answer and its source are exactly those foreseen.

use std::collections::BTreeMap;
use std::time::Duration;

use bakeoff_patterns::{RefreshAhead, Sliding, StaleIfError, Swr, Ttl};
use bakeoff_strategy::{Key, PutOptions, RequestError, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use crate::town::{Shared, cache_is_away, found, puts_take};
use crate::world::{World, value};

const TTL: u64 = 100;
/// How long entries are kept beyond their time, or refreshed before its end.
const MORE: u64 = 40;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    Write(u64),
    /// Another program changes the row, and tells nobody.
    Change(u64),
    /// Another program changes the row, and removes the key.
    Invalidate(u64),
    Pass(u64),
    Down(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_u64).prop_map(Step::Read),
        1 => (0..3_u64).prop_map(Step::Write),
        1 => (0..3_u64).prop_map(Step::Change),
        1 => (0..3_u64).prop_map(Step::Invalidate),
        4 => (1..90_u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Down),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ttl,
    Sliding,
    Ahead,
    Swr,
    IfError,
}

/// What a read comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Hit(u64),
    Stale(u64),
    Loaded(u64),
    Failed,
}

/// What the cache must hold.
struct Model {
    kind: Kind,
    now: u64,
    down: bool,
    newest: BTreeMap<u64, u64>,
    /// Version and deadline.
    held: BTreeMap<u64, (u64, u64)>,
}

impl Model {
    fn load(&mut self, id: u64) -> Answer {
        self.held.remove(&id);
        if self.down {
            return Answer::Failed;
        }
        let version = self.newest[&id];
        self.held.insert(id, (version, self.now + TTL));
        Answer::Loaded(version)
    }

    fn refresh(&mut self, id: u64) {
        if !self.down {
            self.held.insert(id, (self.newest[&id], self.now + TTL));
        }
    }

    fn read(&mut self, id: u64) -> Answer {
        let Some(&(version, deadline)) = self.held.get(&id) else { return self.load(id) };
        if self.now < deadline {
            match self.kind {
                Kind::Sliding => drop(self.held.insert(id, (version, self.now + TTL))),
                Kind::Ahead if deadline - self.now <= MORE => self.refresh(id),
                _ => {}
            }
            return Answer::Hit(version);
        }
        let served_on = self.now < deadline + MORE;
        match self.kind {
            Kind::Swr if served_on => {
                self.refresh(id);
                Answer::Stale(version)
            }
            Kind::IfError if served_on && self.down => Answer::Stale(version),
            _ => self.load(id),
        }
    }
}

fn replay<S: bakeoff_strategy::Strategy>(kind: Kind, steps: &[Step], options: &[(&str, &str)]) {
    let world = World::<S>::open(options);
    let mut model =
        Model { kind, now: 0, down: false, newest: BTreeMap::new(), held: BTreeMap::new() };
    for id in 0..3 {
        world.origin.rows().versions.insert(id, 0);
        model.newest.insert(id, 0);
    }
    for &step in steps {
        match step {
            Step::Read(id) => {
                let read = world.run(world.layer.read(Key::from_id(id), &world.origin));
                let answer = match read {
                    Ok(read) => {
                        let got = read.value.expect("every row exists");
                        assert_eq!(got, value(id, got.version));
                        match read.source {
                            Source::Hit { .. } => Answer::Hit(got.version),
                            Source::Stale { .. } => Answer::Stale(got.version),
                            Source::Loaded => Answer::Loaded(got.version),
                            source => panic!("nobody else reads, and the row exists: {source:?}"),
                        }
                    }
                    Err(RequestError::Origin(_)) => Answer::Failed,
                    Err(error) => panic!("{error}"),
                };
                assert_eq!(answer, model.read(id), "{step:?} of {steps:?}");
                // Whatever is done in the background is done before the next step.
                world.run(world.layer.settle()).expect("settles");
            }
            Step::Write(id) => {
                let version = model.newest[&id] + 1;
                let write = world.layer.write(
                    Key::from_id(id),
                    value(id, version),
                    PutOptions::default(),
                    &world.origin,
                );
                assert_eq!(world.run(write).is_err(), model.down);
                if !model.down {
                    model.newest.insert(id, version);
                    model.held.insert(id, (version, model.now + TTL));
                }
            }
            Step::Change(id) => drop(model.newest.insert(id, world.origin.change(id))),
            Step::Invalidate(id) => {
                model.newest.insert(id, world.origin.change(id));
                world.run(world.layer.remove(Key::from_id(id))).expect("removes");
                model.held.remove(&id);
            }
            Step::Pass(ms) => {
                world.hand.advance(Duration::from_millis(ms));
                model.now += ms;
            }
            Step::Down(down) => {
                world.origin.rows().down = down;
                model.down = down;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn ttl(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Ttl<Dict>>(Kind::Ttl, &steps, &[("ttl_ms", "100")]);
    }

    #[test]
    fn sliding(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Sliding<Dict>>(Kind::Sliding, &steps, &[("ttl_ms", "100")]);
    }

    #[test]
    fn refresh_ahead(steps in proptest::collection::vec(step(), 1..60)) {
        let options = [("ttl_ms", "100"), ("ahead_ms", "40")];
        replay::<RefreshAhead<Dict>>(Kind::Ahead, &steps, &options);
    }

    #[test]
    fn stale_while_revalidate(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Swr<Dict>>(Kind::Swr, &steps, &[("ttl_ms", "100"), ("stale_ms", "40")]);
    }

    #[test]
    fn stale_if_error(steps in proptest::collection::vec(step(), 1..60)) {
        let options = [("ttl_ms", "100"), ("grace_ms", "40")];
        replay::<StaleIfError<Dict>>(Kind::IfError, &steps, &options);
    }
}

/// A renewal that comes to nothing after its load: the cache fails, or the reader gives up.
#[test]
fn what_was_not_replaced_does_not_begin_to_live_anew() {
    found();
    let options = [("ttl_ms", "10000"), ("grace_ms", "600000")];
    let world = World::<StaleIfError<Shared>>::open(&options);
    let key = Key::from_id(1);
    let read = async || world.layer.read(key, &world.origin).await;
    world.origin.change(1);
    world.run(async {
        read().await.expect("loads");
        world.hand.advance(Duration::from_secs(11));
        world.origin.change(1);
        world.origin.rows().takes = Duration::from_millis(100);
        let goes_away = async {
            sleep(Duration::from_millis(10)).await;
            cache_is_away(true);
        };
        let (failed, ()) = tokio::join!(read(), goes_away);
        assert!(matches!(failed, Err(RequestError::Strategy(_))), "{failed:?}");
        cache_is_away(false);
        puts_take(Duration::from_millis(100));
        timeout(Duration::from_millis(150), read()).await.expect_err("gives up while it is put");
        puts_take(Duration::ZERO);
        let renewed = read().await.expect("loads");
        assert_eq!((renewed.source, renewed.value), (Source::Loaded, Some(value(1, 2))));
        let held = read().await.expect("reads");
        assert_eq!((held.source, held.value), (Source::Hit { tier: 0 }, Some(value(1, 2))));
    });
}

/// The same of a value that is past its time and would be replaced by a put.
fn past_its_time_after_a_failed_put<S: bakeoff_strategy::Strategy>() {
    found();
    let world = World::<S>::open(&[("ttl_ms", "10000")]);
    let put = |version| world.layer.put(Key::from_id(1), value(1, version), PutOptions::default());
    world.run(async {
        put(1).await.expect("puts");
        world.hand.advance(Duration::from_secs(11));
        cache_is_away(true);
        put(2).await.expect_err("the cache is away");
        cache_is_away(false);
        assert_eq!(world.layer.get(Key::from_id(1)).await.expect("gets"), None);
    });
}

#[test]
fn a_put_that_fails_gives_the_old_value_no_more_time() {
    past_its_time_after_a_failed_put::<StaleIfError<Shared>>();
    past_its_time_after_a_failed_put::<Swr<Shared>>();
}
