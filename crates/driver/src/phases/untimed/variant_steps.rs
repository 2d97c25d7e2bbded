//! Runs the steps of one variant in the untimed phase, after its build.

use std::time::Instant;

use bakeoff_protocol::progress::{Failure, Phase};

use super::{check, instructions, property_probes, replays};
use crate::build::BuiltRunner;
use crate::build::provider;
use crate::phases::context::PhaseContext;
use crate::record::keys::StepInputs;
use crate::record::paths::ExplorationDir;
use crate::record::progress::VariantEvent;
use crate::request::ResolvedVariant;
use crate::stop::{StepError, StopReason};
use crate::trial::BuiltVariant;
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;

/// Built variant that waits for the next steps.
pub(super) struct QueuedVariant {
    pub(super) resolved: ResolvedVariant,
    pub(super) built: BuiltRunner,
}

/// Runs all steps of a variant; `None` if the variant fails, with the reason in its progress.
pub(super) fn run(
    context: &PhaseContext<'_>,
    job: QueuedVariant,
) -> Result<Option<RunnableVariant>, StopReason> {
    let name = job.resolved.variant.name.clone();
    match all_steps(context, job) {
        Ok(ready) => Ok(Some(ready)),
        Err(StepError::Stop(stop)) => Err(stop),
        Err(StepError::Failed(failure)) => {
            context.recorder.apply(&name, VariantEvent::Failed(failure))?;
            Ok(None)
        }
    }
}

fn all_steps(context: &PhaseContext<'_>, job: QueuedVariant) -> Result<RunnableVariant, StepError> {
    let name = job.resolved.variant.name.clone();
    let deadline = Instant::now() + context.settings.time_limit;
    let limits = context.settings.limits(deadline);
    let mut ready = start(context, job, limits)?;
    phase(context, &name, Phase::Checking, || {
        check::run(context, &ready, limits)?;
        property_probes::run(context, &ready, limits)
    })?;
    context.recorder.apply(&name, VariantEvent::Advanced { percent: 25.0, eta_seconds: None })?;
    let over_budget_scenarios =
        phase(context, &name, Phase::Replaying, || replays::run(context, &ready, limits))?;
    ready.over_budget_scenarios = over_budget_scenarios;
    instructions::run(context, &ready, limits)?;
    context.recorder.apply(&name, VariantEvent::Advanced { percent: 60.0, eta_seconds: None })?;
    context.recorder.set_step(&name, "waiting for the timed rounds");
    Ok(ready)
}

/// Starts the runner once to check that it runs, and to read its declared properties.
fn start(
    context: &PhaseContext<'_>,
    job: QueuedVariant,
    limits: RunnerLimits,
) -> Result<RunnableVariant, StepError> {
    let variant = &job.resolved.variant;
    context.recorder.set_step(&variant.name, "starting the runner");
    let built = BuiltVariant {
        strategy: variant.strategy.clone(),
        launch: provider::launch(&job.built),
        tree: job.built.tree.clone(),
        options: variant.options.clone(),
        services: variant.manifest.services.clone(),
        namespace: format!("bakeoff:{}:{}", context.spec.name, variant.name),
        log: context.files.log(&variant.name, "check"),
    };
    let hello = match context.trials.trial_runner.hello(&built, limits) {
        Ok(hello) => hello,
        Err(error) if error.is_interrupt() => return Err(StepError::Stop(StopReason::Interrupted)),
        Err(error) => {
            return Err(StepError::Failed(
                error.failure(&ExplorationDir::log_within(&variant.name, "check")),
            ));
        }
    };
    let mut services = std::collections::BTreeMap::new();
    for service in &built.services {
        let version = context.environment.servers.version(service).map_err(|error| {
            StepError::Failed(Failure {
                kind: String::from("service"),
                message: error.to_string(),
                hint: String::from("run `bakeoff doctor` to see what is missing"),
                log: String::new(),
            })
        })?;
        services.insert(service.clone(), version);
    }
    let step_inputs =
        StepInputs { runner: job.built.digest.clone(), options: built.options.clone(), services };
    Ok(RunnableVariant {
        resolved: job.resolved,
        built,
        hello,
        step_inputs,
        over_budget_scenarios: Vec::new(),
    })
}

/// Runs the steps of a phase and records their time.
fn phase<T>(
    context: &PhaseContext<'_>,
    variant: &str,
    phase: Phase,
    steps: impl FnOnce() -> Result<T, StepError>,
) -> Result<T, StepError> {
    context.recorder.apply(variant, VariantEvent::Started(phase))?;
    let start = Instant::now();
    let result = steps();
    context
        .recorder
        .apply(variant, VariantEvent::Spent { phase, seconds: start.elapsed().as_secs_f64() })?;
    result
}
