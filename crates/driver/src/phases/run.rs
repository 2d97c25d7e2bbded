//! One exploration under way: what both lanes share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bakeoff_protocol::exploration::Machine;
use bakeoff_protocol::message::{Bound, Hello};
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::{Bounds, Record, Trial};
use bakeoff_protocol::{Capacity, SCHEMA_VERSION};

use crate::build::provider::Build;
use crate::interrupt::Interrupt;
use crate::phases::generate::Shell;
use crate::record::atomic_file::FileError;
use crate::record::exploration_lock::MachineLock;
use crate::record::history::History;
use crate::record::keys::Subject;
use crate::record::paths::{Exploration, Results};
use crate::record::progress::Event;
use crate::record::progress_store::Board;
use crate::record::store::Store;
use crate::request::{Entrant, Spec};
use crate::resources::servers::Servers;
use crate::resources::workloads::Prepared;
use crate::source::provider::Code;
use crate::trial::process::Limits;
use crate::trial::{Bench, Candidate};
use crate::ui::reporter::Reporter;

/// The outside, as the driver sees it: all real, or a test's own.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// Where code comes from.
    pub code: &'a dyn Code,
    /// What makes runners.
    pub build: &'a dyn Build,
    /// What runs the command of `--implement`.
    pub shell: &'a dyn Shell,
    /// Where servers come from.
    pub servers: &'a dyn Servers,
    /// Who is told.
    pub reporter: &'a dyn Reporter,
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// The lock of the machine.
    pub machine: &'a MachineLock,
}

/// Choices that change no result.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Variants side by side; at least 1.
    pub max_parallel: usize,
    /// Time of a variant in the parallel lane.
    pub time_limit: Duration,
    /// Anonymous bytes of a runner.
    pub memory_budget: u64,
    /// Whether failed steps are tried again.
    pub retry_failed: bool,
    /// How long a runner may take for a simple answer.
    pub answer: Duration,
    /// How long a working runner may be silent.
    pub silence: Duration,
}

/// A variant that is ready to be timed.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Who it is.
    pub entrant: Entrant,
    /// Its runner.
    pub candidate: Candidate,
    /// What its runner said of itself.
    pub hello: Hello,
    /// What its keys are made of.
    pub subject: Subject,
    /// Scenarios in which it outgrew its memory budget.
    pub outgrew: Vec<String>,
}

impl Ready {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entrant.variant.name
    }

    /// What limits its size.
    #[must_use]
    pub fn bound(&self) -> Bound {
        self.hello.properties.bound
    }

    /// Whether it needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.candidate.services.is_empty()
    }
}

/// Why a lane stops.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The user asked for it.
    #[error("interrupted")]
    Interrupted,
    /// A file of ours cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why a variant goes no further.
#[derive(Debug)]
pub enum End {
    /// Its own fault, or its machine's.
    Failed(Failure),
    /// Everything stops.
    Stop(Stop),
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<FileError> for End {
    fn from(error: FileError) -> Self {
        Self::Stop(Stop::File(error))
    }
}

/// One exploration under way.
pub struct Run<'a> {
    /// The outside.
    pub ports: Ports<'a>,
    /// What is explored.
    pub spec: Spec,
    /// Where its files lie.
    pub files: Exploration,
    /// Where all files lie.
    pub results: Results,
    /// Scenarios with their workloads.
    pub prepared: Vec<Prepared>,
    /// Where every variant stands.
    pub board: Board<'a>,
    /// The machine.
    pub machine: Machine,
    /// What runs trials.
    pub bench: Bench<'a>,
    /// Choices.
    pub settings: Settings,
    /// The samples.
    pub store: Mutex<Store>,
    /// Held while bounds are computed, so that two variants do not compute the same ones.
    pub bounding: Mutex<()>,
}

impl Run<'_> {
    /// The samples, for reading and appending.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the samples of this and earlier runs.
    pub fn ask<T>(&self, question: impl FnOnce(History<'_>) -> T) -> T {
        question(History(self.store().records()))
    }

    /// Appends a record.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn append(&self, record: Record) -> Result<(), FileError> {
        self.store().append(record)
    }

    /// Tells the board.
    ///
    /// # Errors
    /// [`FileError`] if the progress file cannot be written.
    pub fn tell(&self, variant: &str, event: Event) -> Result<(), FileError> {
        self.board.apply(variant, event)
    }

    /// Limits of a process in the parallel lane.
    #[must_use]
    pub fn limits(&self, deadline: Instant) -> Limits {
        Limits {
            answer: self.settings.answer,
            silence: self.settings.silence,
            deadline,
            memory_bytes: Some(self.settings.memory_budget),
            poll: Duration::from_millis(20),
        }
    }

    /// Hits that no cache of a capacity can exceed, over the first requests of a scenario.
    /// `None` for capacities that are not counted in entries.
    ///
    /// # Errors
    /// [`FileError`] if new bounds cannot be recorded.
    pub fn most_hits(
        &self,
        prepared: &Prepared,
        limit: Option<u64>,
        capacity: Capacity,
    ) -> Result<Option<u64>, FileError> {
        let _alone = self.bounding.lock().unwrap_or_else(PoisonError::into_inner);
        let scenario = &prepared.record;
        let requests = limit.unwrap_or(scenario.requests);
        let find = |entries: u64| {
            self.ask(|history| {
                let found = history.bounds(&scenario.name, &scenario.workload, requests, entries);
                found.map(|bounds| (bounds.clairvoyant_hits, bounds.infinite_hits))
            })
        };
        let mut wanted = entries_of(&scenario.capacities);
        wanted.extend(entries_of(&scenario.service_capacities));
        wanted.extend(entries_of(&[scenario.timed_capacity, capacity]));
        wanted.sort_unstable();
        wanted.dedup();
        let missing: Vec<u64> =
            wanted.iter().copied().filter(|&entries| find(entries).is_none()).collect();
        if !missing.is_empty() {
            for bounds in bakeoff_workload::bounds::bounds(&prepared.workload, &missing, limit) {
                self.append(Record::Bounds(Bounds {
                    schema: SCHEMA_VERSION,
                    scenario: scenario.name.clone(),
                    workload: scenario.workload.clone(),
                    requests: bounds.requests,
                    reads: bounds.reads,
                    capacity_entries: bounds.capacity_entries,
                    clairvoyant_hits: bounds.clairvoyant_hits,
                    infinite_hits: bounds.infinite_hits,
                }))?;
            }
        }
        Ok(match capacity {
            Capacity::Entries(entries) => find(entries).map(|(clairvoyant, _)| clairvoyant),
            Capacity::Unbounded => wanted.first().and_then(|&any| find(any)).map(|(_, all)| all),
            Capacity::Bytes(_) => None,
        })
    }

    /// A trial's record, appended; whether it counts stands in its outcome.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn record(&self, trial: Trial) -> Result<(), FileError> {
        self.append(Record::Trial(Box::new(trial)))
    }
}

fn entries_of(capacities: &[Capacity]) -> Vec<u64> {
    let entries = |capacity: &Capacity| match capacity {
        Capacity::Entries(entries) => Some(*entries),
        Capacity::Unbounded | Capacity::Bytes(_) => None,
    };
    capacities.iter().filter_map(entries).collect()
}
