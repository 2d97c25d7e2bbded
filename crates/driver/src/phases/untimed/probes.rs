//! Properties that are tried with further processes, not taken from a declaration.

use bakeoff_protocol::message::{DriverMessage, ProbeAction};
use bakeoff_protocol::progress::Phase;
use bakeoff_protocol::sample::{ProbeRecord, Record};
use bakeoff_protocol::{Capacity, SCHEMA_VERSION};

use super::failures;
use crate::phases::context::Context;
use crate::record::paths::Exploration;
use crate::stop::{StepError, Stop};
use crate::trial::process::Limits;
use crate::trial::ready::Ready;
use crate::trial::{Bench, Candidate, Leased, TrialError};

/// Keys that are put and looked for.
const KEYS: u64 = 64;
/// Room for all of them, in every tier.
const ROOM: Capacity = Capacity::Entries(4096);
/// Bytes of each value.
const VALUE_BYTES: u32 = 64;

/// A property.
#[derive(Clone, Copy)]
enum Property {
    Shared,
    SurvivesRestart,
}

impl Property {
    fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::SurvivesRestart => "survives-restart",
        }
    }
}

/// Tries both properties, unless that was done with this very runner.
pub(super) fn run(context: &Context<'_>, ready: &Ready, limits: Limits) -> Result<(), StepError> {
    for property in [Property::Shared, Property::SurvivesRestart] {
        one(context, ready, property, limits)?;
    }
    Ok(())
}

fn one(
    context: &Context<'_>,
    ready: &Ready,
    property: Property,
    limits: Limits,
) -> Result<(), StepError> {
    let name = ready.name();
    let key = ready.subject.probe(property.word());
    if context.recorder.query(|history| history.probe(name, &key).is_some()) {
        return Ok(());
    }
    if let Some(failure) = failures::standing(context, name, &key) {
        return Err(StepError::Failed(failure));
    }
    context.recorder.step(name, property.word());
    let hold = context
        .environment
        .machine
        .share(context.environment.interrupt)?
        .ok_or(Stop::Interrupted)?;
    let tried = match property {
        Property::Shared => context.trials.bench.shared(&ready.candidate, limits),
        Property::SurvivesRestart => {
            context.trials.bench.survives_restart(&ready.candidate, limits)
        }
    };
    drop(hold);
    let log = Exploration::log_within(name, "check");
    let found = tried
        .map_err(|error| failures::end_by(context, name, Phase::Checking, &key, &error, &log))?;
    let properties = &ready.hello.properties;
    let (declared, how) = match property {
        Property::Shared => (properties.shared, "a second process beside the first"),
        Property::SurvivesRestart => (properties.persistent, "a new process after its end"),
    };
    context.recorder.append(Record::Probe(ProbeRecord {
        schema: SCHEMA_VERSION,
        key,
        variant: name.to_owned(),
        property: String::from(property.word()),
        declared,
        observed: found > 0,
        detail: format!("{how} found {found} of {KEYS} keys that one process had put"),
    }))?;
    Ok(())
}

impl Bench<'_> {
    /// Keys that a second process finds while the one that put them is still there.
    ///
    /// # Errors
    /// [`TrialError`] if a process does not do as it should.
    pub fn shared(&self, candidate: &Candidate, limits: Limits) -> Result<u64, TrialError> {
        let leased = self.lease(candidate, None)?;
        let (mut first, _) = self.greet(candidate, "probe: put", limits)?;
        first.probe(&request(candidate, &leased, ProbeAction::Put))?;
        let found = self.found(candidate, &leased, limits)?;
        first.bye()?;
        Ok(found)
    }

    /// Keys that a new process finds after the one that put them has ended.
    ///
    /// # Errors
    /// [`TrialError`] if a process does not do as it should.
    pub fn survives_restart(
        &self,
        candidate: &Candidate,
        limits: Limits,
    ) -> Result<u64, TrialError> {
        let leased = self.lease(candidate, None)?;
        let (mut first, _) = self.greet(candidate, "probe: put", limits)?;
        first.probe(&request(candidate, &leased, ProbeAction::Put))?;
        first.bye()?;
        self.found(candidate, &leased, limits)
    }

    fn found(
        &self,
        candidate: &Candidate,
        leased: &Leased,
        limits: Limits,
    ) -> Result<u64, TrialError> {
        let (mut second, _) = self.greet(candidate, "probe: get", limits)?;
        let probed = second.probe(&request(candidate, leased, ProbeAction::Get))?;
        second.bye()?;
        Ok(probed.found)
    }
}

fn request(candidate: &Candidate, leased: &Leased, action: ProbeAction) -> DriverMessage {
    DriverMessage::Probe {
        action,
        ids: (0..KEYS).collect(),
        value_bytes: VALUE_BYTES,
        value_sizes: Vec::new(),
        capacity: ROOM,
        namespace: leased.namespace.clone(),
        services: leased.addresses(),
        options: candidate.options.clone(),
    }
}
