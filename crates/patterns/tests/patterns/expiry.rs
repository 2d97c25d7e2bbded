//! Layers that expire or reload entries, against a model: for every sequence of reads, writes,
//! external changes, failures and waits, the answer and its source are those of the model.

use std::collections::BTreeMap;
use std::time::Duration;

use bakeoff_patterns::{RefreshAhead, Sliding, StaleIfError, Swr, Ttl};
use bakeoff_strategy::{Key, PutOptions, RequestError, Source, Strategy as _};
use bakeoff_variant_dict::Dict;
use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use crate::cluster::{Shared, reset_cluster, set_cache_down, set_put_time};
use crate::fixture::{Fixture, value};

const TTL: u64 = 100;
/// Milliseconds for which entries are kept after expiry, or in which reads refresh them before
/// expiry.
const EXTRA: u64 = 40;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(u64),
    Write(u64),
    /// Another program changes the row without invalidation.
    Change(u64),
    /// Another program changes the row, and the key is removed.
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

/// Outcome of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Hit(u64),
    Stale(u64),
    Loaded(u64),
    Failed,
}

/// Model of the cache.
struct Model {
    kind: Kind,
    now: u64,
    down: bool,
    latest: BTreeMap<u64, u64>,
    /// Version and deadline of each cached key.
    held: BTreeMap<u64, (u64, u64)>,
}

impl Model {
    fn load(&mut self, id: u64) -> Answer {
        self.held.remove(&id);
        if self.down {
            return Answer::Failed;
        }
        let version = self.latest[&id];
        self.held.insert(id, (version, self.now + TTL));
        Answer::Loaded(version)
    }

    fn refresh(&mut self, id: u64) {
        if !self.down {
            self.held.insert(id, (self.latest[&id], self.now + TTL));
        }
    }

    fn read(&mut self, id: u64) -> Answer {
        let Some(&(version, deadline)) = self.held.get(&id) else { return self.load(id) };
        if self.now < deadline {
            match self.kind {
                Kind::Sliding => drop(self.held.insert(id, (version, self.now + TTL))),
                Kind::Ahead if deadline - self.now <= EXTRA => self.refresh(id),
                _ => {}
            }
            return Answer::Hit(version);
        }
        let is_kept = self.now < deadline + EXTRA;
        match self.kind {
            Kind::Swr if is_kept => {
                self.refresh(id);
                Answer::Stale(version)
            }
            Kind::IfError if is_kept && self.down => Answer::Stale(version),
            _ => self.load(id),
        }
    }
}

fn replay<S: bakeoff_strategy::Strategy>(kind: Kind, steps: &[Step], options: &[(&str, &str)]) {
    let fixture = Fixture::<S>::open(options);
    let mut model =
        Model { kind, now: 0, down: false, latest: BTreeMap::new(), held: BTreeMap::new() };
    for id in 0..3 {
        fixture.origin.rows().versions.insert(id, 0);
        model.latest.insert(id, 0);
    }
    for &step in steps {
        match step {
            Step::Read(id) => {
                let read = fixture.run(fixture.layer.read(Key::from_id(id), &fixture.origin));
                let answer = match read {
                    Ok(read) => {
                        let got = read.value.expect("every row exists");
                        assert_eq!(got, value(id, got.version));
                        match read.source {
                            Source::Hit { .. } => Answer::Hit(got.version),
                            Source::Stale { .. } => Answer::Stale(got.version),
                            Source::Loaded => Answer::Loaded(got.version),
                            source => panic!("there is one reader and the row exists: {source:?}"),
                        }
                    }
                    Err(RequestError::Origin(_)) => Answer::Failed,
                    Err(error) => panic!("{error}"),
                };
                assert_eq!(answer, model.read(id), "{step:?} of {steps:?}");
                // Background reloads end before the next step.
                fixture.run(fixture.layer.settle()).expect("settles");
            }
            Step::Write(id) => {
                let version = model.latest[&id] + 1;
                let write = fixture.layer.write(
                    Key::from_id(id),
                    value(id, version),
                    PutOptions::default(),
                    &fixture.origin,
                );
                assert_eq!(fixture.run(write).is_err(), model.down);
                if !model.down {
                    model.latest.insert(id, version);
                    model.held.insert(id, (version, model.now + TTL));
                }
            }
            Step::Change(id) => drop(model.latest.insert(id, fixture.origin.change(id))),
            Step::Invalidate(id) => {
                model.latest.insert(id, fixture.origin.change(id));
                fixture.run(fixture.layer.remove(Key::from_id(id))).expect("removes");
                model.held.remove(&id);
            }
            Step::Pass(ms) => {
                fixture.clock_control.advance(Duration::from_millis(ms));
                model.now += ms;
            }
            Step::Down(down) => {
                fixture.origin.rows().down = down;
                model.down = down;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn ttl_matches_the_model(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Ttl<Dict>>(Kind::Ttl, &steps, &[("ttl_ms", "100")]);
    }

    #[test]
    fn sliding_matches_the_model(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Sliding<Dict>>(Kind::Sliding, &steps, &[("ttl_ms", "100")]);
    }

    #[test]
    fn refresh_ahead_matches_the_model(steps in proptest::collection::vec(step(), 1..60)) {
        let options = [("ttl_ms", "100"), ("ahead_ms", "40")];
        replay::<RefreshAhead<Dict>>(Kind::Ahead, &steps, &options);
    }

    #[test]
    fn stale_while_revalidate_matches_the_model(steps in proptest::collection::vec(step(), 1..60)) {
        replay::<Swr<Dict>>(Kind::Swr, &steps, &[("ttl_ms", "100"), ("stale_ms", "40")]);
    }

    #[test]
    fn stale_if_error_matches_the_model(steps in proptest::collection::vec(step(), 1..60)) {
        let options = [("ttl_ms", "100"), ("grace_ms", "40")];
        replay::<StaleIfError<Dict>>(Kind::IfError, &steps, &options);
    }
}

/// Covers a failing cache and a cancelled reader.
#[test]
fn a_reload_whose_put_fails_does_not_extend_the_old_value() {
    reset_cluster();
    let options = [("ttl_ms", "10000"), ("grace_ms", "600000")];
    let fixture = Fixture::<StaleIfError<Shared>>::open(&options);
    let key = Key::from_id(1);
    let read = async || fixture.layer.read(key, &fixture.origin).await;
    fixture.origin.change(1);
    fixture.run(async {
        read().await.expect("loads");
        fixture.clock_control.advance(Duration::from_secs(11));
        fixture.origin.change(1);
        fixture.origin.rows().request_time = Duration::from_millis(100);
        let fail = async {
            sleep(Duration::from_millis(10)).await;
            set_cache_down(true);
        };
        let (failed, ()) = tokio::join!(read(), fail);
        assert!(matches!(failed, Err(RequestError::Strategy(_))), "{failed:?}");
        set_cache_down(false);
        set_put_time(Duration::from_millis(100));
        timeout(Duration::from_millis(150), read()).await.expect_err("is cancelled during the put");
        set_put_time(Duration::ZERO);
        let renewed = read().await.expect("loads");
        assert_eq!((renewed.source, renewed.value), (Source::Loaded, Some(value(1, 2))));
        let held = read().await.expect("reads");
        assert_eq!((held.source, held.value), (Source::Hit { tier: 0 }, Some(value(1, 2))));
    });
}

/// Checks that an expired value is not served after a put that should have replaced it fails.
fn check_expired_after_failed_put<S: bakeoff_strategy::Strategy>() {
    reset_cluster();
    let fixture = Fixture::<S>::open(&[("ttl_ms", "10000")]);
    let put =
        |version| fixture.layer.put(Key::from_id(1), value(1, version), PutOptions::default());
    fixture.run(async {
        put(1).await.expect("puts");
        fixture.clock_control.advance(Duration::from_secs(11));
        set_cache_down(true);
        put(2).await.expect_err("the cache is down");
        set_cache_down(false);
        assert_eq!(fixture.layer.get(Key::from_id(1)).await.expect("gets"), None);
    });
}

#[test]
fn a_failed_put_does_not_extend_the_old_value() {
    check_expired_after_failed_put::<StaleIfError<Shared>>();
    check_expired_after_failed_put::<Swr<Shared>>();
}
