//! Compiled workloads of the scenarios, and the expected results of their replays.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bakeoff_protocol::paced::config::OriginKind;
use bakeoff_protocol::{Capacity, Load, exploration};
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::compiled::WorkloadError;
use bakeoff_workload::expected_answers::{ReplayRange, answers_checksum};
use bakeoff_workload::scenario::{CapacitySpec, PacedPlan};
use bakeoff_workload::store::StoreError;
use bakeoff_workload::{Op, Workload};

use crate::build::{POSTGRES_FEATURE, SQLITE_FEATURE};
use crate::request::scenarios::RequestedScenario;
use crate::schedule::measured_window;
use crate::schedule::scenario::ScenarioPlan;

/// Reason why a scenario's workload cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The workload cannot be compiled.
    #[error("scenario {scenario}: {source}")]
    Compile {
        /// Name of the scenario.
        scenario: String,
        /// Cause.
        source: StoreError,
    },
    /// The compiled file cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
}

impl PrepareError {
    /// Returns true if the user's input is the cause.
    #[must_use]
    pub fn is_input_error(&self) -> bool {
        matches!(self, Self::Compile { source, .. } if source.is_input_error())
    }
}

/// Compiles the workloads that are not in the cache, and opens all of them.
///
/// # Errors
/// [`PrepareError`] for the first workload that cannot be compiled or opened.
pub(crate) fn prepare(
    asked: &[RequestedScenario],
    cache: &WorkloadStore,
    root: &Path,
) -> Result<Vec<CompiledScenario>, PrepareError> {
    let mut prepared = Vec::new();
    for asked in asked {
        let cached = cache.workload(&asked.scenario, root).map_err(|source| {
            PrepareError::Compile { scenario: asked.scenario.name.clone(), source }
        })?;
        let path = cache.path(&cached.workload.digest());
        prepared.push(CompiledScenario::new(asked, &path)?);
    }
    Ok(prepared)
}

/// Maximum number of value sizes in the sample that calibrates a server's memory limit.
const SAMPLED_SIZES: usize = 50_000;

/// Scenario with its compiled workload.
#[derive(Debug)]
pub struct CompiledScenario {
    /// Record of the scenario, and its numbers of warm-up requests.
    pub plan: ScenarioPlan,
    /// File of the compiled workload.
    pub path: PathBuf,
    /// Compiled workload, mapped into memory.
    pub workload: Workload,
    /// Origin, instances and faults of a paced replay, if the scenario has one.
    pub paced: Option<PacedPlan>,
    value_sizes: OnceLock<Vec<u32>>,
}

impl CompiledScenario {
    /// Opens the compiled workload of a scenario.
    ///
    /// # Errors
    /// [`WorkloadError`] if the file cannot be opened.
    pub fn new(asked: &RequestedScenario, path: &Path) -> Result<Self, WorkloadError> {
        let workload = Workload::open(path)?;
        let (measure, services) = (&asked.scenario.measure, &asked.scenario.services);
        let requests = workload.header().requests;
        let plan = ScenarioPlan {
            record: record(asked, &workload),
            service_warmup_requests: services.warmup.unwrap_or(measure.warmup).min(requests),
            requests_per_second: asked.scenario.requests_per_second,
        };
        let paced = asked.scenario.paced.clone();
        let path = path.to_owned();
        let value_sizes = OnceLock::new();
        Ok(Self { plan, path, workload, paced, value_sizes })
    }

    /// Returns the expected seconds of one paced replay; `None` if the scenario has none.
    #[must_use]
    pub fn paced_seconds(&self) -> Option<f64> {
        let time = self.paced.as_ref()?.time;
        if time.virtual_clock {
            return Some(0.0);
        }
        let times =
            self.workload.times_us().and_then(|times| Some((times.first()?, times.last()?)));
        Some(match times {
            Some((first, last)) => last.saturating_sub(*first) as f64 / 1e6 / time.scale,
            None => self.plan.record.requests as f64 / time.rate,
        })
    }

    /// Returns the cargo feature that a runner needs to access the origin's database.
    ///
    /// `None` without a paced replay, or if the origin is simulated.
    #[must_use]
    pub fn origin_feature(&self) -> Option<&'static str> {
        match self.paced.as_ref()?.origin.kind {
            OriginKind::Simulated => None,
            OriginKind::Sqlite => Some(SQLITE_FEATURE),
            OriginKind::Postgres => Some(POSTGRES_FEATURE),
        }
    }

    /// Returns the value sizes of the first keys in bytes, indexed by key id.
    ///
    /// Contains a single size if all values have the same size.
    #[must_use]
    pub fn value_sizes(&self) -> &[u32] {
        self.value_sizes.get_or_init(|| first_sizes(&self.workload))
    }

    /// Counts the reads in one pass over the replayed requests.
    #[must_use]
    pub fn reads(&self, replayed: ReplayRange) -> u64 {
        let Some(ops) = self.workload.ops() else { return replayed.length };
        let start = usize::try_from(replayed.start).unwrap_or(0) % ops.len();
        let wrapped = ops.iter().cycle().skip(start);
        let pass = wrapped.take(usize::try_from(replayed.length).unwrap_or(usize::MAX));
        pass.filter(|&&byte| Op::from_byte(byte) == Op::Read).count() as u64
    }

    /// Returns the checksum of correct answers to sequential requests.
    #[must_use]
    pub fn checksum(&self, replayed: ReplayRange) -> u64 {
        answers_checksum(&self.workload, replayed)
    }

    /// Counts the distinct keys among the first `requests` requests.
    #[must_use]
    pub fn keys_among_first(&self, requests: u64) -> u64 {
        let first = usize::try_from(requests).unwrap_or(usize::MAX).min(self.workload.requests());
        // Key ids are numbered by first appearance.
        let highest = self.workload.ids()[..first].iter().max();
        highest.map_or(0, |&id| u64::from(id) + 1)
    }
}

fn record(asked: &RequestedScenario, workload: &Workload) -> exploration::Scenario {
    let scenario = &asked.scenario;
    let header = workload.header();
    let capacity = |size: &CapacitySpec| size.capacity(header.unique_keys);
    let timed_capacity = capacity(&scenario.capacity.timed);
    let capacities = ascending(scenario.capacity.sizes.iter().map(capacity));
    let mut service_capacities = match &scenario.services.sizes {
        Some(sizes) => ascending(sizes.iter().map(capacity)),
        None => timed_and_neighbors(&capacities, timed_capacity),
    };
    service_capacities.retain(|&one| one == timed_capacity || can_be_limited(one));
    let load = &scenario.load;
    let decision = &scenario.decision;
    let warmup_requests = measured_window::warmup(header.requests, scenario.measure.warmup);
    let window_requests =
        measured_window::length(header.requests, warmup_requests, scenario.measure.window);
    exploration::Scenario {
        name: scenario.name.clone(),
        digest: scenario.digest.clone(),
        trace: asked.trace.clone(),
        reading: asked.reading.clone(),
        round_group: String::new(),
        stopped: None,
        summary: scenario.summary.clone(),
        question: decision.question.clone(),
        decide: decision.rules.clone(),
        miss_cost_ns: decision.miss_cost_ns,
        timed: decision.timed,
        workload: workload.digest(),
        requests: header.requests,
        reads: header.reads,
        unique_keys: header.unique_keys,
        capacities,
        timed_capacity,
        load: Load {
            workers: load.workers,
            in_flight: load.in_flight,
            connections: load.connections,
        },
        rates: load.rates.clone(),
        p99_limit_ns: (scenario.measure.p99_limit_ms * 1e6).round() as u64,
        scaling: load.scaling.clone(),
        secondary_groups: Vec::new(),
        service_capacities,
        warmup_requests,
        window_requests,
        service_window_requests: scenario.services.window(&scenario.measure).min(window_requests),
        delta: scenario.measure.equivalence_margin,
    }
}

/// Sorts capacities and removes duplicates: shares of few keys may give the same number.
fn ascending(capacities: impl Iterator<Item = Capacity>) -> Vec<Capacity> {
    let mut capacities: Vec<Capacity> = capacities.collect();
    capacities.sort();
    capacities.dedup();
    capacities
}

/// Returns the timed capacity and its neighbors, at most three capacities.
///
/// There are no more, because a replay with a service takes tens of times as long.
fn timed_and_neighbors(capacities: &[Capacity], timed: Capacity) -> Vec<Capacity> {
    let at = capacities.iter().position(|&capacity| capacity == timed).unwrap_or(0);
    let from = at.saturating_sub(1).min(capacities.len().saturating_sub(3));
    capacities.iter().copied().skip(from).take(3).collect()
}

/// Returns true if a server's memory limit can enforce a capacity.
///
/// A server's buffers vary by tens of kilobytes, much more than a few entries take. A server whose
/// limit is below its own needs refuses all writes.
fn can_be_limited(capacity: Capacity) -> bool {
    const MIN_ENTRIES: u64 = 100;
    !matches!(capacity, Capacity::Entries(entries) if entries < MIN_ENTRIES)
}

/// Returns the value sizes of the first keys, indexed by key id; a single size if all are equal.
fn first_sizes(workload: &Workload) -> Vec<u32> {
    let Some(sizes) = workload.sizes() else { return vec![workload.header().value_bytes] };
    let mut first = Vec::new();
    for (&id, &size) in workload.ids().iter().zip(sizes) {
        // Key ids are numbered by first appearance.
        if id as usize == first.len() {
            first.push(size);
            if first.len() == SAMPLED_SIZES {
                break;
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_replay_the_timed_capacity_and_its_neighbors() {
        let capacities: Vec<Capacity> = [1, 2, 3, 4, 5].map(Capacity::Entries).to_vec();
        let three = |timed| timed_and_neighbors(&capacities, Capacity::Entries(timed));
        assert_eq!(three(1), [1, 2, 3].map(Capacity::Entries));
        assert_eq!(three(3), [2, 3, 4].map(Capacity::Entries));
        assert_eq!(three(5), [3, 4, 5].map(Capacity::Entries));
        assert_eq!(
            timed_and_neighbors(&capacities[..1], Capacity::Entries(1)),
            [Capacity::Entries(1)]
        );
    }

    #[test]
    fn a_server_limit_cannot_enforce_a_few_entries() {
        assert!(!can_be_limited(Capacity::Entries(11)));
        assert!([Capacity::Entries(100), Capacity::Bytes(1)].into_iter().all(can_be_limited));
    }
}
