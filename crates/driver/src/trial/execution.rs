//! Runs trials and records their samples.

use std::time::Instant;

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::{Observations, Record, TrialOutcome, TrialRecord};
use bakeoff_protocol::{Capacity, Meter, Properties, SCHEMA_VERSION, TrialReport, TrialSpec};
use jiff::Timestamp;

use crate::record::paths::ExplorationDir;
use crate::resources::workloads::CompiledScenario;
use crate::stop::{StepError, StopReason};
use crate::trial::context::TrialContext;
use crate::trial::noise::{self, MachineState};
use crate::trial::process::{RunnerError, RunnerLimits};
use crate::trial::runnable_variant::RunnableVariant;
use crate::trial::trial_runner::{MeasuredTrial, TrialError, TrialLimits};

/// Result of a recorded trial.
#[derive(Debug)]
pub enum TrialResult {
    /// The runner sent a valid report.
    Measured {
        /// Report of the runner.
        report: Box<TrialReport>,
        /// True if the machine was busier than usual.
        disturbed: bool,
    },
    /// The runner exceeded its memory budget.
    OutOfMemory(Failure),
    /// The trial failed, but not because of its memory budget.
    Failed(Failure),
}

/// Runs a trial and records it, even if it fails.
///
/// # Errors
/// [`StepError::Stop`] on ctrl-C (nothing is recorded then) or if a file cannot be written.
pub fn run(
    trials: &TrialContext<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    spec: &TrialSpec,
    limits: RunnerLimits,
    on_progress: impl FnMut(u64, u64),
) -> Result<TrialResult, StepError> {
    let (started, start) = (Timestamp::now(), Instant::now());
    let before = MachineState::read();
    let result = measure(trials, ready, scenario, spec, limits, on_progress)?;
    if let Err(error) = &result
        && error.is_interrupt()
    {
        return Err(StepError::Stop(StopReason::Interrupted));
    }
    let noise = before.noise_since();
    let elapsed = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let (measured, error) = match result {
        Ok(measured) => (measured, None),
        Err(error) => {
            let observed = Observations { process_ns: elapsed, ..Observations::default() };
            (MeasuredTrial { report: TrialReport::default(), observed }, Some(error))
        }
    };
    let observed = Observations {
        machine: trials.machine.to_owned(),
        started,
        load_average: noise.load_average,
        steal_share: noise.steal_share,
        // The user's own server counts as another process, but its work is not a disturbance.
        other_process_cpu_share: noise
            .other_process_cpu_share
            .filter(|_| !measured.observed.capacity_as_configured),
        frequency_mhz: noise.frequency_mhz,
        ..measured.observed
    };
    let failure = error.map(|error| (failure(ready, scenario, spec, &error), error));
    let mut trial = TrialRecord {
        schema: SCHEMA_VERSION,
        key: ready.step_inputs.trial_key(spec, scenario.paced.as_ref()),
        runner: ready.step_inputs.runner.clone(),
        spec: spec.clone(),
        observed,
        outcome: match &failure {
            None => TrialOutcome::Completed { report: Box::new(measured.report.clone()) },
            Some((failure, _)) => TrialOutcome::Failed {
                kind: failure.kind.clone(),
                message: failure.message.clone(),
            },
        },
    };
    let mut disturbed = false;
    if failure.is_none() && trial.timed_slot().is_some() {
        let judged = trials.recorder.query(|history| noise::judge(&trial, history.timed()));
        trial.observed.disturbances = judged.disturbances;
        disturbed = judged.is_unusual;
    }
    trials.recorder.append(Record::Trial(Box::new(trial)))?;
    Ok(match failure {
        None => TrialResult::Measured { report: Box::new(measured.report), disturbed },
        Some((failure, TrialError::Runner(RunnerError::Memory { .. }))) => {
            TrialResult::OutOfMemory(failure)
        }
        Some((failure, _)) => TrialResult::Failed(failure),
    })
}

fn measure(
    trials: &TrialContext<'_>,
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    spec: &TrialSpec,
    limits: RunnerLimits,
    on_progress: impl FnMut(u64, u64),
) -> Result<Result<MeasuredTrial, TrialError>, StepError> {
    let max_hits = if spec.meter == Meter::HitRatio {
        let capacity = match spec.lanes {
            None => bounding_capacity(spec.capacity, &ready.hello.properties),
            // The bound of a capacity holds for one order of the requests.
            Some(_) => Capacity::Unbounded,
        };
        trials.max_hits(scenario, capacity)?
    } else {
        None
    };
    let demand = (spec.capacity, spec.load.connections);
    let server_bytes = match trials.server_bytes(ready, scenario, demand, limits) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Err(error)),
    };
    let trial_limits = TrialLimits { max_hits, server_bytes, process: limits };
    if let (Meter::Paced, Some(system)) = (spec.meter, &scenario.paced) {
        let built = &ready.built;
        return Ok(trials.trial_runner.paced_trial(built, scenario, system, spec, trial_limits));
    }
    Ok(trials.trial_runner.trial(&ready.built, scenario, spec, trial_limits, on_progress))
}

/// Returns the capacity whose optimal bound limits the hits of a strategy.
///
/// A strategy that evicts in batches, or relies on a server's memory limit, can exceed a small
/// capacity for a while. Its hits are limited only by those of the infinite cache. A declared
/// overshoot counts as capacity.
fn bounding_capacity(capacity: Capacity, properties: &Properties) -> Capacity {
    let batch = properties.eviction_batch.unwrap_or(0);
    match capacity {
        _ if properties.lossy => Capacity::Unbounded,
        Capacity::Entries(entries) if entries <= batch => Capacity::Unbounded,
        Capacity::Entries(entries) => {
            Capacity::Entries(entries.saturating_add(properties.capacity_overshoot))
        }
        other => other,
    }
}

/// Describes an error for the user.
///
/// For an exceeded memory budget, the message contains the estimated number of entries held.
fn failure(
    ready: &RunnableVariant,
    scenario: &CompiledScenario,
    spec: &TrialSpec,
    error: &TrialError,
) -> Failure {
    let mut failure = error.failure(&ExplorationDir::log_within(ready.name(), "replay"));
    if let TrialError::Runner(RunnerError::Memory { budget_bytes, done, .. }) = error {
        let keys = scenario.keys_among_first(done.unwrap_or(0));
        let entries = keys.min(spec.capacity.entries().unwrap_or(u64::MAX));
        failure.message = format!(
            "exceeded memory budget of {} MiB at {entries} entries in {}",
            budget_bytes >> 20,
            scenario.plan.record.name
        );
    }
    failure
}

/// Returns the failure of a recorded trial; `None` if it succeeded.
#[must_use]
pub fn recorded_failure(trial: &TrialRecord) -> Option<Failure> {
    let TrialOutcome::Failed { kind, message } = &trial.outcome else { return None };
    Some(Failure {
        kind: kind.clone(),
        message: message.clone(),
        hint: String::from("use --retry-failed to repeat the trial although nothing has changed"),
        log: ExplorationDir::log_within(&trial.spec.variant, "replay"),
    })
}

#[cfg(test)]
mod tests {
    use bakeoff_protocol::Bound;

    use super::*;

    #[test]
    fn a_capacity_within_the_eviction_batch_is_bounded_by_the_infinite_cache() {
        let exact = Properties { bound: Bound::EntriesOrBytes, ..Properties::LOCAL };
        let batched = Properties { eviction_batch: Some(512), ..exact };
        let entries = Capacity::Entries;
        assert_eq!(bounding_capacity(entries(1), &exact), entries(1));
        assert_eq!(bounding_capacity(entries(512), &batched), Capacity::Unbounded);
        assert_eq!(bounding_capacity(entries(513), &batched), entries(513));
        assert_eq!(bounding_capacity(Capacity::Bytes(1), &batched), Capacity::Bytes(1));
        let rounded = Properties { capacity_overshoot: 7, ..exact };
        assert_eq!(bounding_capacity(entries(1), &rounded), entries(8));
        let lossy = Properties { lossy: true, ..exact };
        assert_eq!(bounding_capacity(entries(513), &lossy), Capacity::Unbounded);
    }
}
