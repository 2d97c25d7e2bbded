//! A cell of an exploration and the record that a trial of it leaves.

use std::time::Instant;

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::{Lane, Outcome, Record, Trial};
use bakeoff_protocol::{Capacity, Load, Meter, SCHEMA_VERSION, Section};
use jiff::Timestamp;

use crate::record::keys::{CellIdentity, digest};
use crate::record::paths::Exploration;
use crate::resources::workloads::Prepared;
use crate::schedule::window;
use crate::stop::{StepError, Stop};
use crate::trial::context::TrialContext;
use crate::trial::noise::{self, Before};
use crate::trial::process::{Limits, RunnerError};
use crate::trial::ready::Ready;
use crate::trial::{Found, Job, TrialError};

/// What is replayed, and how: everything but the round.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The scenario.
    pub prepared: &'a Prepared,
    /// What is measured.
    pub meter: Meter,
    /// The capacity.
    pub capacity: Capacity,
    /// The load.
    pub load: Load,
    /// Requests of the workload, where not all.
    pub limit: Option<u64>,
    /// Requests that lead up to what counts.
    pub warmup: u64,
    /// Requests of the measured section; 0 where all are.
    pub section: u64,
    /// Nanoseconds measured at least; 0 where the whole workload is replayed once.
    pub minimum_ns: u64,
}

/// When and where a trial of a cell runs.
#[derive(Clone, Debug)]
pub struct Place {
    /// The lane.
    pub lane: Lane,
    /// What its rounds belong to; empty in the parallel lane.
    pub family: String,
    /// The round.
    pub round: u32,
    /// Its place within the round.
    pub position: u32,
    /// Whether it is the baseline's second entry.
    pub twin: bool,
    /// The measured section.
    pub section: Option<Section>,
    /// Requests per second of an open loop.
    pub rate: Option<f64>,
    /// How often the trial was done before in this round.
    pub attempt: u32,
}

impl Place {
    /// The parallel lane has no order.
    #[must_use]
    pub fn parallel() -> Self {
        Self {
            lane: Lane::Parallel,
            family: String::new(),
            round: 0,
            position: 0,
            twin: false,
            section: None,
            rate: None,
            attempt: 0,
        }
    }
}

/// How a trial of a cell ended.
#[derive(Debug)]
pub enum CellEnd {
    /// With figures.
    Found {
        /// The figures.
        found: Box<Found>,
        /// Whether the machine was busier than it usually is meanwhile.
        disturbed: bool,
    },
    /// It outgrew its memory budget.
    Outgrew(Failure),
    /// It failed in another way.
    Failed(Failure),
}

impl Cell<'_> {
    /// Returns the measured window of a round, which starts at the same request for all its cells.
    #[must_use]
    pub fn window(&self, seed: u64, round: u32) -> Section {
        Section {
            start: window::start(seed, self.prepared.record.requests, round),
            length: self.section,
            warmup: self.warmup,
            minimum_ns: self.minimum_ns,
        }
    }

    /// What decides the cell's result beside the runner.
    #[must_use]
    pub fn identity(&self) -> CellIdentity {
        CellIdentity {
            workload: self.prepared.record.workload.clone(),
            limit: self.limit,
            capacity: self.capacity,
            load: self.load,
            meter: self.meter,
            warmup: self.warmup,
            section: self.section,
            minimum_ns: self.minimum_ns,
            system: match (self.meter, &self.prepared.system) {
                (Meter::Behaviour, Some(system)) => digest(system),
                _ => String::new(),
            },
        }
    }

    /// Runs a trial and records it, however it ends.
    ///
    /// # Errors
    /// [`StepError::Stop`] on ctrl-C (nothing is recorded then) or if a file cannot be written.
    pub fn run(
        &self,
        trials: &TrialContext<'_>,
        ready: &Ready,
        place: &Place,
        limits: Limits,
        on_progress: impl FnMut(u64, u64),
    ) -> Result<CellEnd, StepError> {
        let started = Timestamp::now();
        let begun = Instant::now();
        let before = Before::look();
        let found = self.attempt(trials, ready, place, limits, on_progress)?;
        if let Err(error) = &found
            && error.is_interrupt()
        {
            return Err(StepError::Stop(Stop::Interrupted));
        }
        let noise = before.noise();
        let elapsed = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let scenario = &self.prepared.record;
        let mut trial = Trial {
            schema: SCHEMA_VERSION,
            key: ready.subject.trial(&self.identity()),
            family: place.family.clone(),
            variant: ready.name().to_owned(),
            twin: place.twin,
            scenario: scenario.name.clone(),
            capacity: self.capacity,
            capacity_entries: match self.capacity {
                Capacity::Entries(entries) => Some(entries),
                Capacity::Unbounded | Capacity::Bytes(_) => None,
            },
            load: self.load,
            meter: self.meter,
            lane: place.lane,
            round: place.round,
            position: place.position,
            section: place.section,
            workload: scenario.workload.clone(),
            runner: ready.subject.runner.clone(),
            machine: trials.machine.to_owned(),
            started,
            process_ns: elapsed,
            load_average: noise.load_average,
            steal_share: noise.steal_share,
            others_share: noise.others_share,
            frequency_mhz: noise.frequency_mhz,
            disturbances: Vec::new(),
            attempt: place.attempt,
            rate: place.rate,
            outcome: Outcome::Completed,
            report: None,
            service_bytes: Default::default(),
            service_peak_bytes: Default::default(),
            capacity_as_configured: false,
        };
        let mut disturbed = false;
        let end = match found {
            Ok(found) => {
                trial.process_ns = found.process_ns;
                trial.report = Some(found.report.clone());
                trial.service_bytes = found.service_bytes.clone();
                trial.service_peak_bytes = found.service_peak_bytes.clone();
                trial.capacity_as_configured = found.capacity_as_configured;
                if place.lane == Lane::Exclusive {
                    if trial.capacity_as_configured {
                        // Its server is not ours, and what it uses is no disturbance.
                        trial.others_share = None;
                    }
                    let judged =
                        trials.recorder.query(|history| noise::judge(&trial, history.timed()));
                    trial.disturbances = judged.disturbances;
                    disturbed = judged.is_unusual;
                }
                CellEnd::Found { found: Box::new(found), disturbed }
            }
            Err(error) => {
                let failure = self.failure(ready, &error);
                let (kind, message) = (failure.kind.clone(), failure.message.clone());
                trial.outcome = Outcome::Failed { kind, message };
                match error {
                    TrialError::Runner(RunnerError::Memory { .. }) => CellEnd::Outgrew(failure),
                    _ => CellEnd::Failed(failure),
                }
            }
        };
        trials.recorder.append(Record::Trial(Box::new(trial)))?;
        Ok(end)
    }

    fn attempt(
        &self,
        trials: &TrialContext<'_>,
        ready: &Ready,
        place: &Place,
        limits: Limits,
        on_progress: impl FnMut(u64, u64),
    ) -> Result<Result<Found, TrialError>, StepError> {
        let most_hits = match self.meter {
            // A cache that sheds in batches holds more than its capacity for a while, and one
            // behind a server's memory limit holds about as many; neither can beat the infinite.
            Meter::HitRatio if ready.hello.properties.lossy || is_within_a_batch(self.capacity) => {
                trials.most_hits(self.prepared, self.limit, Capacity::Unbounded)?
            }
            Meter::HitRatio => trials.most_hits(self.prepared, self.limit, self.capacity)?,
            Meter::Throughput
            | Meter::Latency
            | Meter::Memory
            | Meter::Instructions
            | Meter::Behaviour => None,
        };
        let demand = (self.capacity, self.load.connections);
        let server_bytes = match trials.server_bytes(ready, self.prepared, demand, limits) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error)),
        };
        let job = Job {
            meter: self.meter,
            capacity: self.capacity,
            load: self.load,
            seed: trials.seed,
            section: place.section,
            rate: place.rate,
            warmup: self.warmup,
            limit: self.limit,
            most_hits,
            server_bytes,
            weigh_bytes: matches!(self.capacity, Capacity::Bytes(_)),
        };
        if let (Meter::Behaviour, Some(system)) = (self.meter, &self.prepared.system) {
            let behaved =
                trials.bench.behave(&ready.candidate, self.prepared, system, &job, limits);
            return Ok(behaved);
        }
        Ok(trials.bench.trial(&ready.candidate, self.prepared, &job, limits, on_progress))
    }

    /// The failure as its user reads it: for memory, how many entries it took to get there.
    fn failure(&self, ready: &Ready, error: &TrialError) -> Failure {
        let mut failure = error.failure(&Exploration::log_within(ready.name(), "replay"));
        if let TrialError::Runner(RunnerError::Memory { budget_bytes, done, .. }) = error {
            let entries = self.entries_after(done.unwrap_or(0));
            failure.message = format!(
                "exceeded memory budget of {} MiB at {entries} entries in {}",
                budget_bytes >> 20,
                self.prepared.record.name
            );
        }
        failure
    }

    fn entries_after(&self, requests: u64) -> u64 {
        let seen = self.prepared.keys_among_first(requests);
        match self.capacity {
            Capacity::Entries(entries) => seen.min(entries),
            Capacity::Unbounded | Capacity::Bytes(_) => seen,
        }
    }
}

/// Whether a batch of newcomers, which a cache may take in before it looks who has to go, can be
/// several times the capacity.
fn is_within_a_batch(capacity: Capacity) -> bool {
    /// Writes that moka keeps waiting at most (6 times 64), and a little more.
    const BATCH: u64 = 512;
    matches!(capacity, Capacity::Entries(entries) if entries <= BATCH)
}

/// The failure of an earlier trial, if it was one.
#[must_use]
pub fn standing(trial: &Trial) -> Option<Failure> {
    let Outcome::Failed { kind, message } = &trial.outcome else { return None };
    Some(Failure {
        kind: kind.clone(),
        message: message.clone(),
        hint: String::from("--retry-failed tries it again although nothing has changed"),
        log: Exploration::log_within(&trial.variant, "replay"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_number_of_entries_is_within_a_batch() {
        assert!(is_within_a_batch(Capacity::Entries(1)));
        assert!(!is_within_a_batch(Capacity::Entries(513)));
        assert!(!is_within_a_batch(Capacity::Bytes(1)) && !is_within_a_batch(Capacity::Unbounded));
    }
}
