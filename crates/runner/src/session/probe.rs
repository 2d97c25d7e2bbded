//! Message `probe`: puts, gets or clears keys. The driver probes several processes to test whether
//! they share entries and whether entries survive a restart.

use std::collections::BTreeMap;

use bakeoff_protocol::message::{ProbeAction, RunnerMessage};
use bakeoff_strategy::{Capacity, Clock, Key, OpenConfig, Options, PutOptions, Strategy};

use crate::data::body;
use crate::executor::Executor;
use crate::failure::Failure;

/// Operation on a set of keys of one opened strategy.
pub(crate) struct Probe {
    pub(crate) action: ProbeAction,
    pub(crate) ids: Vec<u64>,
    pub(crate) sizes: BodySizes,
    pub(crate) target: ProbeTarget,
}

/// Sizes of the bodies that a probe puts or expects, in bytes.
#[derive(Debug)]
pub(crate) struct BodySizes {
    /// Size of every body; used if `cycle` is empty.
    pub(crate) fixed: u32,
    /// Sizes that repeat: id `i` has the size at index `i` modulo the length.
    pub(crate) cycle: Vec<u32>,
}

impl BodySizes {
    fn size(&self, id: u64) -> usize {
        let index = id.checked_rem(self.cycle.len() as u64);
        index.map_or(self.fixed, |index| self.cycle[index as usize]) as usize
    }
}

/// Configuration with which a probe opens the strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProbeTarget {
    pub(crate) capacity: Capacity,
    pub(crate) namespace: String,
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) options: BTreeMap<String, String>,
}

/// Strategy that stays open between probes, with its executor.
pub(crate) struct OpenedStrategy<S> {
    target: ProbeTarget,
    strategy: S,
    executor: Executor,
}

impl<S: Strategy> OpenedStrategy<S> {
    /// Opens the strategy.
    ///
    /// # Errors
    /// [`Failure::Open`] if the strategy cannot be opened, or the failure of the executor.
    pub(crate) fn open(target: ProbeTarget) -> Result<Self, Failure> {
        let executor = Executor::for_strategy::<S>()?;
        let config = OpenConfig {
            capacity: target.capacity,
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

    /// Returns true if the strategy was opened with this configuration.
    pub(crate) fn has_target(&self, target: &ProbeTarget) -> bool {
        self.target == *target
    }

    /// Runs the operation of a probe.
    ///
    /// # Errors
    /// [`Failure::Strategy`] for the first call that fails.
    pub(crate) fn run(&self, probe: &Probe) -> Result<RunnerMessage, Failure> {
        let (mut found, mut wrong) = (0, 0);
        match probe.action {
            ProbeAction::Put => {
                for &id in &probe.ids {
                    let key = Key::from_id(id);
                    let value = body::value(key, 0, probe.sizes.size(id));
                    let put = self.strategy.put(key, value, PutOptions::default());
                    self.executor.run(put)?.map_err(Failure::in_call("put"))?;
                }
            }
            ProbeAction::Get => {
                for &id in &probe.ids {
                    let key = Key::from_id(id);
                    match self
                        .executor
                        .run(self.strategy.get(key))?
                        .map_err(Failure::in_call("get"))?
                    {
                        Some(value) if value == body::value(key, 0, probe.sizes.size(id)) => {
                            found += 1
                        }
                        Some(_) => wrong += 1,
                        None => {}
                    }
                }
            }
            ProbeAction::Clear => {
                self.executor.run(self.strategy.clear())?.map_err(Failure::in_call("clear"))?;
            }
        }
        self.executor.run(self.strategy.settle())?.map_err(Failure::in_call("settle"))?;
        let entries_held =
            self.executor.run(self.strategy.len())?.map_err(Failure::in_call("len"))?;
        Ok(RunnerMessage::Probed { found, wrong, entries_held })
    }

    /// Closes the strategy.
    ///
    /// # Errors
    /// [`Failure::Strategy`] if closing fails.
    pub(crate) fn close(self) -> Result<(), Failure> {
        self.executor.run(self.strategy.close())?.map_err(Failure::in_call("close"))
    }
}
