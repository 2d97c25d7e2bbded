//! Conformance check of a variant.

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::message::{CheckCase, DriverMessage};
use bakeoff_protocol::progress::{Failure, Phase};
use bakeoff_protocol::sample::{CheckRecord, Record};
use bakeoff_protocol::variant::Manifest;
use bakeoff_services::ServerTime;

use super::failed_steps;
use crate::phases::context::PhaseContext;
use crate::record::paths::ExplorationDir;
use crate::stop::StepError;
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::trial::{BuiltVariant, TrialError, TrialRunner};

/// Checks the conformance of a variant, unless the same runner was checked before.
pub(super) fn run(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.step_inputs.check_key();
    let log = ExplorationDir::log_within(name, "check");
    if let Some(failure) = failed_steps::recorded(context, name, &key) {
        return Err(StepError::Failed(failure));
    }
    let known = context
        .recorder
        .query(|history| history.check(name, &key).map(|check| check.cases.clone()));
    let manifest = &ready.resolved.variant.manifest;
    let cases = match known {
        Some(cases) if !context.settings.retry_failed || passed(manifest, &cases) => cases,
        _ => {
            context.recorder.set_step(name, "conformance");
            let hold = context.share_machine()?;
            let checked =
                context.trials.trial_runner.check(&ready.built, context.spec.seed, limits);
            drop(hold);
            let cases = checked.map_err(|error| {
                failed_steps::record_error(context, name, Phase::Checking, &key, &error, &log)
            })?;
            context.recorder.append(Record::Check(CheckRecord {
                schema: SCHEMA_VERSION,
                key,
                variant: name.to_owned(),
                runner: ready.step_inputs.runner.clone(),
                cases: cases.clone(),
            }))?;
            cases
        }
    };
    match manifest.unexpected_failures(&cases).next() {
        None => Ok(()),
        Some(case) => Err(StepError::Failed(Failure {
            kind: String::from("conformance"),
            message: format!(
                "the strategy breaks rule {:?}: {} ({} of {} rules passed)",
                case.name,
                case.detail,
                cases.iter().filter(|case| case.passed).count(),
                cases.len()
            ),
            hint: format!(
                "change the code or the properties that it declares; `bakeoff check {}` runs every \
                 rule",
                ready.built.strategy
            ),
            log,
        })),
    }
}

fn passed(manifest: &Manifest, cases: &[CheckCase]) -> bool {
    manifest.unexpected_failures(cases).next().is_none()
}

impl TrialRunner<'_> {
    /// Checks a runner for conformance, in a new process with new servers.
    ///
    /// # Errors
    /// [`TrialError`] if the check does not complete.
    pub fn check(
        &self,
        built: &BuiltVariant,
        seed: u64,
        limits: RunnerLimits,
    ) -> Result<Vec<CheckCase>, TrialError> {
        let leased = self.lease(built, None, ServerTime::Real)?;
        let (mut client, _) = self.greet(built, "conformance", limits)?;
        let cases = client.check(&DriverMessage::Check {
            services: leased.addresses(),
            namespace: leased.namespace.clone(),
            options: built.options.clone(),
            seed,
        })?;
        client.bye()?;
        Ok(cases)
    }
}
