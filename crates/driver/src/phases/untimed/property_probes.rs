//! Probes whether entries are shared between processes and survive a restart of the process.

use bakeoff_protocol::message::{DriverMessage, ProbeAction};
use bakeoff_protocol::progress::Phase;
use bakeoff_protocol::sample::{ProbeRecord, Record};
use bakeoff_protocol::{Capacity, SCHEMA_VERSION};
use bakeoff_services::ServerTime;

use super::failed_steps;
use crate::phases::context::PhaseContext;
use crate::record::paths::ExplorationDir;
use crate::stop::StepError;
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::trial::{BuiltVariant, LeasedServers, TrialError, TrialRunner};

/// Number of keys that the first process stores and the second process reads.
const KEYS: u64 = 64;
/// Capacity at which every tier holds all [`KEYS`] keys.
const CAPACITY: Capacity = Capacity::Entries(4096);
/// Size of each value in bytes.
const VALUE_BYTES: u32 = 64;

/// Property of a strategy that a probe observes.
#[derive(Clone, Copy)]
enum ProbedProperty {
    Shared,
    SurvivesRestart,
}

impl ProbedProperty {
    fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::SurvivesRestart => "survives-restart",
        }
    }
}

/// Probes both properties, unless the same runner was probed before.
pub(super) fn run(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    for property in [ProbedProperty::Shared, ProbedProperty::SurvivesRestart] {
        probe(context, ready, property, limits)?;
    }
    Ok(())
}

fn probe(
    context: &PhaseContext<'_>,
    ready: &RunnableVariant,
    property: ProbedProperty,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.step_inputs.probe_key(property.name());
    if context.recorder.query(|history| history.probe(name, &key).is_some()) {
        return Ok(());
    }
    if let Some(failure) = failed_steps::recorded(context, name, &key) {
        return Err(StepError::Failed(failure));
    }
    context.recorder.set_step(name, property.name());
    let hold = context.share_machine()?;
    let tried = match property {
        ProbedProperty::Shared => context.trials.trial_runner.shared(&ready.built, limits),
        ProbedProperty::SurvivesRestart => {
            context.trials.trial_runner.survives_restart(&ready.built, limits)
        }
    };
    drop(hold);
    let log = ExplorationDir::log_within(name, "check");
    let found = tried.map_err(|error| {
        failed_steps::record_error(context, name, Phase::Checking, &key, &error, &log)
    })?;
    let properties = &ready.hello.properties;
    let (declared, how) = match property {
        ProbedProperty::Shared => (properties.shared, "a second process"),
        ProbedProperty::SurvivesRestart => {
            (properties.persistent, "a new process after the end of the first one")
        }
    };
    context.recorder.append(Record::Probe(ProbeRecord {
        schema: SCHEMA_VERSION,
        key,
        variant: name.to_owned(),
        property: String::from(property.name()),
        declared,
        observed: found > 0,
        detail: format!("{how} found {found} of {KEYS} keys that the first process had stored"),
    }))?;
    Ok(())
}

impl TrialRunner<'_> {
    /// Counts the keys that a second process finds while the first one still runs.
    ///
    /// # Errors
    /// [`TrialError`] if a process fails.
    pub fn shared(&self, built: &BuiltVariant, limits: RunnerLimits) -> Result<u64, TrialError> {
        let leased = self.lease(built, None, ServerTime::Real)?;
        let (mut first, _) = self.greet(built, "probe: put", limits)?;
        first.probe(&request(built, &leased, ProbeAction::Put))?;
        let found = self.found(built, &leased, limits)?;
        first.bye()?;
        Ok(found)
    }

    /// Counts the keys that a new process finds after the first one has ended.
    ///
    /// # Errors
    /// [`TrialError`] if a process fails.
    pub fn survives_restart(
        &self,
        built: &BuiltVariant,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let leased = self.lease(built, None, ServerTime::Real)?;
        let (mut first, _) = self.greet(built, "probe: put", limits)?;
        first.probe(&request(built, &leased, ProbeAction::Put))?;
        first.bye()?;
        self.found(built, &leased, limits)
    }

    fn found(
        &self,
        built: &BuiltVariant,
        leased: &LeasedServers,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let (mut second, _) = self.greet(built, "probe: get", limits)?;
        let probed = second.probe(&request(built, leased, ProbeAction::Get))?;
        second.bye()?;
        Ok(probed.found)
    }
}

fn request(built: &BuiltVariant, leased: &LeasedServers, action: ProbeAction) -> DriverMessage {
    DriverMessage::Probe {
        action,
        ids: (0..KEYS).collect(),
        value_bytes: VALUE_BYTES,
        value_sizes: Vec::new(),
        capacity: CAPACITY,
        namespace: leased.namespace.clone(),
        services: leased.addresses(),
        options: built.options.clone(),
    }
}
