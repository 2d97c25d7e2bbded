//! Exact hit ratios over all capacities, and memory: replays that may run side by side.

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::{Load, Meter, TrialSpec};

use crate::phases::context::Context;
use crate::record::progress::Event;
use crate::resources::workloads::Prepared;
use crate::stop::{StepError, Stop};
use crate::trial::execution::{self, TrialEnd, recorded_failure};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;

/// Share of a variant's work, in percent, at which its replays begin and end.
const SPAN: (f64, f64) = (25.0, 60.0);

/// Replays every cell that was not replayed with this very runner. Returns the scenarios in
/// which the variant outgrew its memory budget.
pub(super) fn run(
    context: &Context<'_>,
    ready: &Ready,
    limits: Limits,
) -> Result<Vec<String>, StepError> {
    let specs = specs(context, ready);
    let mut outgrew: Vec<(String, Failure)> = Vec::new();
    let mut figures = false;
    for (index, (prepared, spec)) in specs.iter().enumerate() {
        let scenario = &spec.scenario;
        if !outgrew.iter().any(|(name, _)| name == scenario) {
            let progress = progress_of(index, specs.len());
            match run_once(context, ready, prepared, spec, limits, progress)? {
                None => figures = true,
                Some(failure) => outgrew.push((scenario.clone(), failure)),
            }
        }
        let (percent, _) = progress_of(index + 1, specs.len());
        context.recorder.apply(ready.name(), Event::Advanced { percent, eta_seconds: None })?;
    }
    match outgrew.first() {
        Some((_, failure)) if !figures => return Err(StepError::Failed(failure.clone())),
        Some((_, failure)) => {
            context.recorder.apply(ready.name(), Event::Disqualified(failure.message.clone()))?;
        }
        None => {}
    }
    Ok(outgrew.into_iter().map(|(scenario, _)| scenario).collect())
}

/// Returns the specifications of all untimed replays of a variant, with their scenarios.
fn specs<'a>(context: &Context<'a>, ready: &Ready) -> Vec<(&'a Prepared, TrialSpec)> {
    let service = ready.needs_service();
    let mut specs = Vec::new();
    for prepared in context.scenarios {
        let spec = |meter, demand, as_service| TrialSpec {
            warmup_requests: prepared.warmup(as_service),
            request_limit: prepared.limit(as_service),
            ..prepared.trial_spec(ready.name(), meter, demand, context.spec.seed)
        };
        for capacity in prepared.exact_capacities(ready.bound(), service) {
            specs.push((prepared, spec(Meter::HitRatio, (capacity, Load::ONE), service)));
        }
        // Hit ratios are compared over the same requests only, and services replay fewer.
        if !service && context.spec.needs_service() && prepared.limit(true).is_some() {
            let timed = prepared.timed_capacity(ready.bound());
            specs.push((prepared, spec(Meter::HitRatio, (timed, Load::ONE), true)));
        }
        if ready.hello.meters.contains(&Meter::Memory) {
            // What is held does not hang on the order of requests, and a server answers many in
            // the time of one.
            let in_flight =
                if ready.hello.in_flight { prepared.record.load.in_flight.max(1) } else { 1 };
            let load = Load { in_flight, ..Load::ONE };
            for capacity in prepared.weighed_capacities(ready.bound()) {
                specs.push((prepared, spec(Meter::Memory, (capacity, load), service)));
            }
        }
    }
    specs
}

/// Percent at the begin of a cell, and what the whole cell is worth.
fn progress_of(index: usize, trials: usize) -> (f64, f64) {
    let worth = (SPAN.1 - SPAN.0) / trials.max(1) as f64;
    (SPAN.0 + worth * index as f64, worth)
}

/// One cell: `None` if it has figures, else how it outgrew its memory budget.
fn run_once(
    context: &Context<'_>,
    ready: &Ready,
    prepared: &Prepared,
    spec: &TrialSpec,
    limits: Limits,
    (percent, worth): (f64, f64),
) -> Result<Option<Failure>, StepError> {
    let name = ready.name();
    let key = ready.subject.trial(spec, None);
    let known = context.recorder.query(|history| history.exact(name, &key).cloned());
    if let Some(trial) = known {
        match recorded_failure(&trial) {
            None => {
                let ratio = trial.report().map(|report| report.counts.hit_ratio());
                return report_hit_ratio(context, ready, prepared, spec, ratio);
            }
            Some(failure) if context.settings.retry_failed || failure.kind == "service" => {}
            Some(failure) if failure.kind == "memory" => return Ok(Some(failure)),
            Some(failure) => return Err(StepError::Failed(failure)),
        }
    }
    context.recorder.step(name, &format!("{} {}", spec.meter, spec.scenario));
    let hold = context
        .environment
        .machine
        .share(context.environment.interrupt)?
        .ok_or(Stop::Interrupted)?;
    let end = execution::run(context.trials, ready, prepared, spec, limits, |done, total| {
        let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
        let advanced = Event::Advanced { percent: percent + worth * share, eta_seconds: None };
        // A file that cannot be written stops the step that comes after.
        let _ = context.recorder.apply(name, advanced);
    });
    drop(hold);
    match end? {
        TrialEnd::Measured { report, .. } => {
            let ratio = Some(report.counts.hit_ratio());
            report_hit_ratio(context, ready, prepared, spec, ratio)
        }
        TrialEnd::OutOfMemory(failure) => Ok(Some(failure)),
        TrialEnd::Failed(failure) => Err(StepError::Failed(failure)),
    }
}

/// Records the hit ratio at the timed capacity as progress.
fn report_hit_ratio(
    context: &Context<'_>,
    ready: &Ready,
    prepared: &Prepared,
    spec: &TrialSpec,
    ratio: Option<f64>,
) -> Result<Option<Failure>, StepError> {
    let timed = prepared.timed_capacity(ready.bound());
    let is_whole = spec.request_limit == prepared.limit(ready.needs_service());
    let is_timed = is_whole && spec.capacity == timed;
    if let (Some(ratio), Meter::HitRatio, true) = (ratio, spec.meter, is_timed) {
        let scenario = spec.scenario.clone();
        context.recorder.apply(ready.name(), Event::HitRatio { scenario, ratio })?;
    }
    Ok(None)
}
