//! Workloads as the driver uses them: compiled once, bounded, and asked what is right.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bakeoff_protocol::paced::config::OriginKind;
use bakeoff_protocol::{Bound, Capacity, Load, Meter, TrialSpec, exploration};
use bakeoff_workload::Cache;
use bakeoff_workload::cache::CacheError;
use bakeoff_workload::compiled::WorkloadError;
use bakeoff_workload::expected::{Replayed, answers_checksum};
use bakeoff_workload::scenario::{Size, SystemPlan};
use bakeoff_workload::{Op, Workload};

use crate::build::{POSTGRES, SQLITE};
use crate::request::scenarios::RequestedScenario;

/// Reason why a scenario's workload cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// It cannot be compiled.
    #[error("scenario {scenario}: {source}")]
    Compile {
        /// Name of the scenario.
        scenario: String,
        /// Cause.
        source: CacheError,
    },
    /// The compiled file cannot be opened.
    #[error(transparent)]
    Open(#[from] WorkloadError),
}

impl PrepareError {
    /// True if the user's input is the cause.
    #[must_use]
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Compile { source, .. } if source.is_input())
    }
}

/// Compiles the workloads that are not in the cache, and opens all of them.
///
/// # Errors
/// [`PrepareError`] for the first workload that cannot be compiled or opened.
pub(crate) fn prepare(
    asked: &[RequestedScenario],
    cache: &Cache,
    root: &Path,
) -> Result<Vec<Prepared>, PrepareError> {
    let mut prepared = Vec::new();
    for asked in asked {
        let cached = cache.workload(&asked.scenario, root).map_err(|source| {
            PrepareError::Compile { scenario: asked.scenario.name.clone(), source }
        })?;
        let path = cache.path_of(&cached.workload.digest());
        prepared.push(Prepared::new(asked, &path)?);
    }
    Ok(prepared)
}

/// Sizes of values that stand for all of them.
const SIZES_TRIED: usize = 50_000;

/// A scenario whose workload is compiled and mapped.
#[derive(Debug)]
pub struct Prepared {
    /// Its record.
    pub record: exploration::Scenario,
    /// The compiled workload.
    pub path: PathBuf,
    /// The same, mapped.
    pub workload: Workload,
    warmup: u64,
    service_warmup: u64,
    /// What a paced replay runs in, where one is wanted.
    pub system: Option<SystemPlan>,
    value_sizes: OnceLock<Vec<u32>>,
}

impl Prepared {
    /// Puts a scenario and its compiled workload together.
    ///
    /// # Errors
    /// If the compiled workload cannot be opened.
    pub fn new(asked: &RequestedScenario, path: &Path) -> Result<Self, WorkloadError> {
        let workload = Workload::open(path)?;
        let (measure, services) = (&asked.scenario.measure, &asked.scenario.services);
        let requests = workload.header().requests;
        let warmup = measure.warmup.min(requests);
        let service_warmup = services.warmup.unwrap_or(measure.warmup).min(requests);
        let record = record(asked, &workload);
        let system = asked.scenario.system.clone();
        let path = path.to_owned();
        let value_sizes = OnceLock::new();
        Ok(Self { record, path, workload, warmup, service_warmup, system, value_sizes })
    }

    /// Creates the specification of an untimed replay of the whole workload.
    #[must_use]
    pub fn trial_spec(
        &self,
        variant: &str,
        meter: Meter,
        (capacity, load): (Capacity, Load),
        seed: u64,
    ) -> TrialSpec {
        let names = (variant, self.record.name.as_str(), self.record.workload.as_str());
        TrialSpec::new(names, meter, capacity, load, seed)
    }

    /// What a runner has to be compiled with for the database in which its rows lie.
    #[must_use]
    pub fn origin_feature(&self) -> Option<&'static str> {
        match self.system.as_ref()?.origin.kind {
            OriginKind::Simulated => None,
            OriginKind::Sqlite => Some(SQLITE),
            OriginKind::Postgres => Some(POSTGRES),
        }
    }

    /// Capacities at which a strategy's exact hit ratios are taken. One that nothing bounds has
    /// one only.
    #[must_use]
    pub fn exact_capacities(&self, bound: Bound, needs_service: bool) -> Vec<Capacity> {
        match (bound.is_bounded(), needs_service) {
            (false, _) => vec![Capacity::Unbounded],
            (true, true) => self.record.service_capacities.clone(),
            (true, false) => self.record.capacities.clone(),
        }
    }

    /// The capacity at which a strategy is timed.
    #[must_use]
    pub fn timed_capacity(&self, bound: Bound) -> Capacity {
        if bound.is_bounded() { self.record.timed_capacity } else { Capacity::Unbounded }
    }

    /// Capacities at which a strategy is weighed with its values: the timed one, and a smaller one
    /// where that is replayed anyway, so that what an entry takes can be told from what is there
    /// before the first. Never a larger one: nobody is to outgrow the memory for it.
    #[must_use]
    pub fn weighed_capacities(&self, bound: Bound) -> Vec<Capacity> {
        let timed = self.timed_capacity(bound);
        smaller(&self.record.service_capacities, timed).into_iter().chain([timed]).collect()
    }

    /// Requests that a strategy replays for exact hit ratios, where not all.
    #[must_use]
    pub fn limit(&self, needs_service: bool) -> Option<u64> {
        (needs_service && self.record.service_requests < self.record.requests)
            .then_some(self.record.service_requests)
    }

    /// Requests that lead up to what counts.
    #[must_use]
    pub const fn warmup(&self, needs_service: bool) -> u64 {
        if needs_service { self.service_warmup } else { self.warmup }
    }

    /// Returns the length of the measured window, in requests.
    #[must_use]
    pub const fn window_length(&self, needs_service: bool) -> u64 {
        if needs_service {
            self.record.service_window_requests
        } else {
            self.record.window_requests
        }
    }

    /// Bytes of the values of the first keys, in the order of their ids: one where all are alike.
    #[must_use]
    pub fn value_sizes(&self) -> &[u32] {
        self.value_sizes.get_or_init(|| first_sizes(&self.workload))
    }

    /// Reads among the requests of one pass.
    #[must_use]
    pub fn reads(&self, replayed: Replayed) -> u64 {
        let Some(ops) = self.workload.ops() else { return replayed.length };
        let all = match replayed.limit {
            0 => ops.len(),
            limit => ops.len().min(usize::try_from(limit).unwrap_or(usize::MAX)),
        };
        let start = usize::try_from(replayed.start).unwrap_or(0) % all;
        let wrapped = ops[..all].iter().cycle().skip(start);
        let pass = wrapped.take(usize::try_from(replayed.length).unwrap_or(usize::MAX));
        pass.filter(|&&byte| Op::from_byte(byte) == Op::Read).count() as u64
    }

    /// The checksum of right answers, where one request at a time makes it known.
    #[must_use]
    pub fn checksum(&self, replayed: Replayed, load: Load) -> Option<u64> {
        (load == Load::ONE).then(|| answers_checksum(&self.workload, replayed))
    }

    /// Entries that a cache which never evicts holds after so many requests: ids are numbered by
    /// first appearance.
    #[must_use]
    pub fn keys_among_first(&self, requests: u64) -> u64 {
        let first = usize::try_from(requests).unwrap_or(usize::MAX).min(self.workload.requests());
        let highest = self.workload.ids()[..first].iter().max();
        highest.map_or(0, |&id| u64::from(id) + 1)
    }
}

fn record(asked: &RequestedScenario, workload: &Workload) -> exploration::Scenario {
    let scenario = &asked.scenario;
    let header = workload.header();
    let capacity = |size: &Size| size.capacity(header.unique_keys);
    let timed_capacity = capacity(&scenario.capacity.timed);
    let capacities = ascending(scenario.capacity.sizes.iter().map(capacity));
    let mut service_capacities = match &scenario.services.sizes {
        Some(sizes) => ascending(sizes.iter().map(capacity)),
        None => around(&capacities, timed_capacity),
    };
    service_capacities.retain(|&one| one == timed_capacity || can_be_limited(one));
    let load = &scenario.load;
    exploration::Scenario {
        name: scenario.name.clone(),
        digest: scenario.digest.clone(),
        trace: asked.trace.clone(),
        reading: asked.reading.clone(),
        round_group: String::new(),
        stopped: None,
        summary: scenario.summary.clone(),
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
            open_loop_percent: None,
        },
        open_loop: load.open_loop.clone(),
        scaling: load.scaling.clone(),
        secondary_groups: Vec::new(),
        service_requests: scenario
            .services
            .requests
            .unwrap_or(header.requests)
            .min(header.requests),
        service_capacities,
        window_requests: scenario.measure.section.min(header.requests),
        service_window_requests: scenario.services.section(&scenario.measure).min(header.requests),
        delta: scenario.measure.delta,
    }
}

/// Sorted, each once: shares of few keys may come to the same entry.
fn ascending(capacities: impl Iterator<Item = Capacity>) -> Vec<Capacity> {
    let mut capacities: Vec<Capacity> = capacities.collect();
    capacities.sort();
    capacities.dedup();
    capacities
}

/// The timed capacity with its neighbours: a replay through a service costs a hundred times more.
fn around(capacities: &[Capacity], timed: Capacity) -> Vec<Capacity> {
    let at = capacities.iter().position(|&capacity| capacity == timed).unwrap_or(0);
    let from = at.saturating_sub(1).min(capacities.len().saturating_sub(3));
    capacities.iter().copied().skip(from).take(3).collect()
}

/// Whether a server's memory limit can stand for a capacity: its buffers come and go by tens of
/// kilobytes, beside which a few entries are nothing, and with less than it needs for itself it
/// refuses all writes.
fn can_be_limited(capacity: Capacity) -> bool {
    const FEWEST: u64 = 100;
    !matches!(capacity, Capacity::Entries(entries) if entries < FEWEST)
}

/// The first of some ascending capacities, where it is smaller than another of its kind.
fn smaller(capacities: &[Capacity], than: Capacity) -> Option<Capacity> {
    let is_smaller = |least: &Capacity| match (*least, than) {
        (Capacity::Entries(least), Capacity::Entries(than))
        | (Capacity::Bytes(least), Capacity::Bytes(than)) => least < than,
        _ => false,
    };
    capacities.first().copied().filter(is_smaller)
}

/// Sizes of the first keys, in the order of their ids; one where all are alike.
fn first_sizes(workload: &Workload) -> Vec<u32> {
    let Some(sizes) = workload.sizes() else { return vec![workload.header().value_bytes] };
    let mut first = Vec::new();
    for (&id, &size) in workload.ids().iter().zip(sizes) {
        // Ids are numbered by first appearance.
        if id as usize == first.len() {
            first.push(size);
            if first.len() == SIZES_TRIED {
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
    fn services_replay_the_timed_capacity_and_its_neighbours() {
        let capacities: Vec<Capacity> = [1, 2, 3, 4, 5].map(Capacity::Entries).to_vec();
        let three = |timed| around(&capacities, Capacity::Entries(timed));
        assert_eq!(three(1), [1, 2, 3].map(Capacity::Entries));
        assert_eq!(three(3), [2, 3, 4].map(Capacity::Entries));
        assert_eq!(three(5), [3, 4, 5].map(Capacity::Entries));
        assert_eq!(around(&capacities[..1], Capacity::Entries(1)), [Capacity::Entries(1)]);
    }

    #[test]
    fn the_smaller_capacity_is_of_the_same_kind() {
        let entries = [5, 9].map(Capacity::Entries);
        assert_eq!(smaller(&entries, Capacity::Entries(9)), Some(Capacity::Entries(5)));
        assert_eq!(smaller(&entries, Capacity::Entries(5)), None);
        assert_eq!(smaller(&entries, Capacity::Bytes(900)), None);
        assert_eq!(smaller(&entries, Capacity::Unbounded), None);
        assert_eq!(smaller(&[], Capacity::Entries(5)), None);
    }

    #[test]
    fn a_few_entries_are_no_limit_for_a_server() {
        assert!(!can_be_limited(Capacity::Entries(11)));
        assert!([Capacity::Entries(100), Capacity::Bytes(1)].into_iter().all(can_be_limited));
    }
}
