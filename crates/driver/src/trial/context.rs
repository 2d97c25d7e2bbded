//! Inputs that all trials of an exploration share, and upper bounds of their hits.

use std::sync::{Mutex, PoisonError};

use bakeoff_protocol::sample::{HitBounds, Record};
use bakeoff_protocol::{Capacity, SCHEMA_VERSION};

use crate::record::atomic_file::FileError;
use crate::record::paths::ResultsDir;
use crate::record::recorder::Recorder;
use crate::resources::workloads::CompiledScenario;
use crate::trial::TrialRunner;

/// Inputs that all trials of an exploration share.
pub struct TrialContext<'a> {
    /// Starts runners and leases servers.
    pub trial_runner: TrialRunner<'a>,
    /// Records samples and progress.
    pub recorder: &'a Recorder<'a>,
    /// Paths under `results/`.
    pub results: &'a ResultsDir,
    /// Digest that identifies the machine.
    pub machine: &'a str,
    /// Seed of the exploration.
    pub seed: u64,
    /// Locked while bounds are computed, so that two variants do not compute the same bounds.
    computing_bounds: Mutex<()>,
}

impl<'a> TrialContext<'a> {
    /// Creates the context.
    #[must_use]
    pub fn new(
        trial_runner: TrialRunner<'a>,
        recorder: &'a Recorder<'a>,
        results: &'a ResultsDir,
        machine: &'a str,
        seed: u64,
    ) -> Self {
        Self { trial_runner, recorder, results, machine, seed, computing_bounds: Mutex::new(()) }
    }

    /// Returns the upper bound of the hits of any cache with this capacity.
    ///
    /// Missing bounds are computed and recorded. `None` for a capacity in bytes.
    ///
    /// # Errors
    /// [`FileError`] if new bounds cannot be recorded.
    pub fn max_hits(
        &self,
        prepared: &CompiledScenario,
        capacity: Capacity,
    ) -> Result<Option<u64>, FileError> {
        let _alone = self.computing_bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let scenario = &prepared.plan.record;
        let find = |entries: u64| {
            self.recorder.query(|history| {
                let found = history.bounds(&scenario.name, &scenario.workload, entries);
                found.map(|bounds| (bounds.optimal_hits, bounds.infinite_hits))
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
            for bounds in bakeoff_workload::bounds::compute_bounds(&prepared.workload, &missing) {
                self.recorder.append(Record::Bounds(HitBounds {
                    schema: SCHEMA_VERSION,
                    scenario: scenario.name.clone(),
                    workload: scenario.workload.clone(),
                    reads: bounds.reads,
                    capacity_entries: bounds.capacity_entries,
                    optimal_hits: bounds.clairvoyant_hits,
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
}

fn entries_of(capacities: &[Capacity]) -> Vec<u64> {
    let entries = |capacity: &Capacity| match capacity {
        Capacity::Entries(entries) => Some(*entries),
        Capacity::Unbounded | Capacity::Bytes(_) => None,
    };
    capacities.iter().filter_map(entries).collect()
}
