//! Probes of declared properties with additional processes.

use bakeoff_protocol::message::{DriverMessage, ProbeAction};
use bakeoff_protocol::progress::Phase;
use bakeoff_protocol::sample::{ProbeRecord, Record};
use bakeoff_protocol::{Capacity, SCHEMA_VERSION};

use super::failures;
use crate::phases::context::Context;
use crate::record::paths::ExplorationDir;
use crate::stop::StepError;
use crate::trial::process::RunnerLimits;
use crate::trial::runnable_variant::RunnableVariant;
use crate::trial::{BuiltVariant, LeasedServers, TrialError, TrialRunner};

/// Number of keys that are stored and read.
const KEYS: u64 = 64;
/// Capacity that holds all of them in every tier.
const CAPACITY: Capacity = Capacity::Entries(4096);
/// Size of each value in bytes.
const VALUE_BYTES: u32 = 64;

/// Property of a strategy.
#[derive(Clone, Copy)]
enum Property {
    Shared,
    SurvivesRestart,
}

impl Property {
    fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::SurvivesRestart => "survives-restart",
        }
    }
}

/// Probes both properties, unless the same runner was probed before.
pub(super) fn run(
    context: &Context<'_>,
    ready: &RunnableVariant,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    for property in [Property::Shared, Property::SurvivesRestart] {
        probe(context, ready, property, limits)?;
    }
    Ok(())
}

fn probe(
    context: &Context<'_>,
    ready: &RunnableVariant,
    property: Property,
    limits: RunnerLimits,
) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.subject.probe(property.name());
    if context.recorder.query(|history| history.probe(name, &key).is_some()) {
        return Ok(());
    }
    if let Some(failure) = failures::recorded(context, name, &key) {
        return Err(StepError::Failed(failure));
    }
    context.recorder.step(name, property.name());
    let hold = context.share_machine()?;
    let tried = match property {
        Property::Shared => context.trials.bench.shared(&ready.candidate, limits),
        Property::SurvivesRestart => {
            context.trials.bench.survives_restart(&ready.candidate, limits)
        }
    };
    drop(hold);
    let log = ExplorationDir::log_within(name, "check");
    let found = tried.map_err(|error| {
        failures::record_error(context, name, Phase::Checking, &key, &error, &log)
    })?;
    let properties = &ready.hello.properties;
    let (declared, how) = match property {
        Property::Shared => (properties.shared, "a second process"),
        Property::SurvivesRestart => {
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
    pub fn shared(
        &self,
        candidate: &BuiltVariant,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let leased = self.lease(candidate, None)?;
        let (mut first, _) = self.greet(candidate, "probe: put", limits)?;
        first.probe(&request(candidate, &leased, ProbeAction::Put))?;
        let found = self.found(candidate, &leased, limits)?;
        first.bye()?;
        Ok(found)
    }

    /// Counts the keys that a new process finds after the first one has ended.
    ///
    /// # Errors
    /// [`TrialError`] if a process fails.
    pub fn survives_restart(
        &self,
        candidate: &BuiltVariant,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let leased = self.lease(candidate, None)?;
        let (mut first, _) = self.greet(candidate, "probe: put", limits)?;
        first.probe(&request(candidate, &leased, ProbeAction::Put))?;
        first.bye()?;
        self.found(candidate, &leased, limits)
    }

    fn found(
        &self,
        candidate: &BuiltVariant,
        leased: &LeasedServers,
        limits: RunnerLimits,
    ) -> Result<u64, TrialError> {
        let (mut second, _) = self.greet(candidate, "probe: get", limits)?;
        let probed = second.probe(&request(candidate, leased, ProbeAction::Get))?;
        second.bye()?;
        Ok(probed.found)
    }
}

fn request(candidate: &BuiltVariant, leased: &LeasedServers, action: ProbeAction) -> DriverMessage {
    DriverMessage::Probe {
        action,
        ids: (0..KEYS).collect(),
        value_bytes: VALUE_BYTES,
        value_sizes: Vec::new(),
        capacity: CAPACITY,
        namespace: leased.namespace.clone(),
        services: leased.addresses(),
        options: candidate.options.clone(),
    }
}
