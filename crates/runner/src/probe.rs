//! Putting and getting given keys: how the driver tries, with several processes, what is shared
//! and what survives.

use std::collections::BTreeMap;

use bakeoff_protocol::message::{ProbeAction, Reply};
use bakeoff_protocol::trial;
use bakeoff_strategy::{Clock, Key, OpenConfig, Options, PutOptions, Strategy};

use crate::body;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::trial::capacity;

/// What a probe asks for.
pub(crate) struct Probe {
    pub(crate) action: ProbeAction,
    pub(crate) ids: Vec<u64>,
    pub(crate) sizes: Sizes,
    pub(crate) target: Target,
}

/// Sizes of the bodies.
#[derive(Debug)]
pub(crate) struct Sizes {
    /// Of each, where they do not take turns.
    pub(crate) fixed: u32,
    /// By id, modulo the length.
    pub(crate) turns: Vec<u32>,
}

impl Sizes {
    fn of(&self, id: u64) -> usize {
        let turn = id.checked_rem(self.turns.len() as u64);
        turn.map_or(self.fixed, |turn| self.turns[turn as usize]) as usize
    }
}

/// What a probe opens the strategy with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) capacity: trial::Capacity,
    pub(crate) namespace: String,
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) options: BTreeMap<String, String>,
}

/// A strategy that stays open after a probe, with the executor that it lives in.
pub(crate) struct Opened<S> {
    target: Target,
    strategy: S,
    executor: Executor,
}

impl<S: Strategy> Opened<S> {
    /// Opens the strategy.
    ///
    /// # Errors
    /// [`Failure::Open`], or that of the executor.
    pub(crate) fn open(target: Target) -> Result<Self, Failure> {
        let executor = Executor::for_strategy::<S>()?;
        let config = OpenConfig {
            capacity: capacity(target.capacity),
            seed: 1,
            namespace: target.namespace.clone(),
            connections: 1,
            services: target.services.clone(),
            options: Options(target.options.clone()),
            clock: Clock::system(),
        };
        let strategy = executor.run(S::open(&config))??;
        Ok(Self { target, strategy, executor })
    }

    /// Whether it was opened with just this.
    pub(crate) fn is_open_with(&self, target: &Target) -> bool {
        self.target == *target
    }

    /// Does what the probe asks for.
    ///
    /// # Errors
    /// [`Failure::Strategy`] for the first call that fails.
    pub(crate) fn act(&self, probe: &Probe) -> Result<Reply, Failure> {
        let (mut found, mut wrong) = (0, 0);
        match probe.action {
            ProbeAction::Put => {
                for &id in &probe.ids {
                    let key = Key::from_id(id);
                    let value = body::value(key, 0, probe.sizes.of(id));
                    let put = self.strategy.put(key, value, PutOptions::default());
                    self.executor.run(put)?.map_err(failed("put"))?;
                }
            }
            ProbeAction::Get => {
                for &id in &probe.ids {
                    let key = Key::from_id(id);
                    match self.executor.run(self.strategy.get(key))?.map_err(failed("get"))? {
                        Some(value) if value == body::value(key, 0, probe.sizes.of(id)) => {
                            found += 1
                        }
                        Some(_) => wrong += 1,
                        None => {}
                    }
                }
            }
            ProbeAction::Clear => {
                self.executor.run(self.strategy.clear())?.map_err(failed("clear"))?;
            }
        }
        self.executor.run(self.strategy.settle())?.map_err(failed("settle"))?;
        let entries_held = self.executor.run(self.strategy.len())?.map_err(failed("len"))?;
        Ok(Reply::Probed { found, wrong, entries_held })
    }

    /// Closes the strategy.
    ///
    /// # Errors
    /// [`Failure::Strategy`] if it says that it could not.
    pub(crate) fn close(self) -> Result<(), Failure> {
        self.executor.run(self.strategy.close())?.map_err(failed("close"))
    }
}

fn failed<E: std::error::Error>(call: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::Strategy { call, error: error.to_string() }
}
