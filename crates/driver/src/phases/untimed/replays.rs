//! Runs the untimed replays: exact hit ratios at all capacities, and memory.

use std::time::Duration;

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::{REPLAY_LIMIT, TrialRecord};
use bakeoff_protocol::{Meter, TrialSpec};

use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::resources::workloads::CompiledScenario;
use crate::schedule::cells;
use crate::stop::StepError;
use crate::trial::execution::{self, TrialResult, recorded_failure};
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;

/// Progress of a variant at the start and at the end of its replays, in percent.
const REPLAY_PERCENT: (f64, f64) = (25.0, 60.0);

/// Runs every untimed replay of a variant that was not done with the same runner before.
///
/// Returns the scenarios in which the variant exceeded its memory budget.
pub(super) fn run(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<Vec<String>, StepError> {
    let mut specs = specs(context, ready);
    // Replays of earlier runs come first and are reported together, so that a continued run shows
    // them before it measures, and waits for the machine only once.
    specs.sort_by_cached_key(|(_, spec)| !is_completed(context, ready, spec));
    let completed = specs.iter().filter(|(_, spec)| is_completed(context, ready, spec)).count();
    let mut out_of_memory: Vec<(String, Failure)> = Vec::new();
    let mut has_results = false;
    for (index, (prepared, spec)) in specs.iter().enumerate() {
        let scenario = &spec.scenario;
        if !out_of_memory.iter().any(|(name, _)| name == scenario) {
            let progress = progress_of(index, specs.len());
            match run_once(context, ready, prepared, spec, limits, progress)? {
                None => has_results = true,
                Some(failure) => out_of_memory.push((scenario.clone(), failure)),
            }
        }
        let done = index + 1;
        let (percent, _) = progress_of(done, specs.len());
        context
            .recorder
            .apply(ready.name(), VariantEvent::Advanced { percent, eta_seconds: None })?;
        if done == completed || (done > completed && spec.meter == Meter::HitRatio) {
            context.report_samples()?;
        }
    }
    match out_of_memory.first() {
        Some((_, failure)) if !has_results => return Err(StepError::Failed(failure.clone())),
        Some((_, failure)) => {
            context
                .recorder
                .apply(ready.name(), VariantEvent::Disqualified(failure.message.clone()))?;
        }
        None => {}
    }
    Ok(out_of_memory.into_iter().map(|(scenario, _)| scenario).collect())
}

/// Returns the specifications of all untimed replays of a variant, with their scenarios.
///
/// Hit ratios at the timed capacities come first, because the first page shows them.
fn specs<'a>(
    context: &PhaseContext<'a>,
    ready: &RunnableVariant,
) -> Vec<(&'a CompiledScenario, TrialSpec)> {
    let mut specs = Vec::new();
    for prepared in context.scenarios {
        let (capabilities, seed) = (ready.capabilities(), context.spec.seed);
        let untimed = cells::untimed(&prepared.plan, ready.name(), capabilities, seed);
        specs.extend(untimed.into_iter().map(|spec| (prepared, spec)));
    }
    let is_later = |(prepared, spec): &(&CompiledScenario, TrialSpec)| {
        spec.meter != Meter::HitRatio
            || spec.capacity != prepared.plan.timed_capacity(ready.bound())
    };
    specs.sort_by_key(is_later);
    specs
}

/// Returns true if an earlier run completed a replay.
fn is_completed(context: &PhaseContext<'_>, ready: &RunnableVariant, spec: &TrialSpec) -> bool {
    let key = ready.step_inputs.trial_key(spec, None);
    context.recorder.query(|history| {
        history.single_trial(ready.name(), &key).is_some_and(TrialRecord::is_completed)
    })
}

/// Returns the progress at the start of a replay, and the share of the replay, in percent.
fn progress_of(index: usize, trials: usize) -> (f64, f64) {
    let share = (REPLAY_PERCENT.1 - REPLAY_PERCENT.0) / trials.max(1) as f64;
    (REPLAY_PERCENT.0 + share * index as f64, share)
}

/// Runs one replay; returns the failure if the variant exceeded its memory budget.
fn run_once(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    prepared: &CompiledScenario,
    spec: &TrialSpec,
    limits: RunnerLimits,
    (start_percent, percent): (f64, f64),
) -> Result<Option<Failure>, StepError> {
    let name = ready.name();
    let key = ready.step_inputs.trial_key(spec, None);
    let known = context.recorder.query(|history| history.single_trial(name, &key).cloned());
    if let Some(trial) = known {
        match recorded_failure(&trial) {
            None => {
                let ratio = trial.report().map(|report| report.counts.hit_ratio());
                return report_hit_ratio(context, ready, prepared, spec, ratio);
            }
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {}
            Some(failure) if failure.kind == REPLAY_LIMIT => {
                // A replay that was ended early by prediction is repeated, which takes seconds.
                let spent = Duration::from_nanos(trial.observed.process_ns);
                if spent >= context.settings.replay_limit {
                    return Ok(None);
                }
            }
            Some(failure) if failure.kind == "memory" => return Ok(Some(failure)),
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.set_step(name, &format!("{} in {}", spec.meter, spec.scenario));
    let replay = (spec.meter == Meter::HitRatio).then_some(context.settings.replay_limit);
    let limits = RunnerLimits { replay, ..limits };
    let hold = context.share_machine()?;
    let end = execution::run(context.trials, ready, prepared, spec, limits, |done, total| {
        let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
        let advanced =
            VariantEvent::Advanced { percent: start_percent + percent * share, eta_seconds: None };
        // The next step reports a file that cannot be written.
        let _ = context.recorder.apply(name, advanced);
    });
    drop(hold);
    match end? {
        TrialResult::Measured { report, .. } => {
            let ratio = Some(report.counts.hit_ratio());
            report_hit_ratio(context, ready, prepared, spec, ratio)
        }
        TrialResult::OutOfMemory(failure) => Ok(Some(failure)),
        // The cell stays empty; the record contains the reason.
        TrialResult::Failed(failure) if failure.kind == REPLAY_LIMIT => Ok(None),
        TrialResult::Failed(failure) => Err(StepError::Failed(failure)),
    }
}

/// Reports the hit ratio as progress if the replay has the timed capacity.
fn report_hit_ratio(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    prepared: &CompiledScenario,
    spec: &TrialSpec,
    ratio: Option<f64>,
) -> Result<Option<Failure>, StepError> {
    let timed = prepared.plan.timed_capacity(ready.bound());
    if let (Some(ratio), Meter::HitRatio, true) = (ratio, spec.meter, spec.capacity == timed) {
        let scenario = spec.scenario.clone();
        context.recorder.apply(ready.name(), VariantEvent::HitRatio { scenario, ratio })?;
    }
    Ok(None)
}
