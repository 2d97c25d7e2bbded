//! Variant whose runner was built and started.

use bakeoff_protocol::message::Hello;
use bakeoff_protocol::{Bound, Meter};

use crate::record::keys::StepInputs;
use crate::request::ResolvedVariant;
use crate::schedule::abilities::Abilities;
use crate::trial::BuiltVariant;

/// Variant whose runner is verified and can be measured.
#[derive(Clone, Debug)]
pub struct RunnableVariant {
    /// Variant and its source code.
    pub entrant: ResolvedVariant,
    /// Start of its runner.
    pub candidate: BuiltVariant,
    /// Greeting of its runner.
    pub hello: Hello,
    /// Inputs of its content keys.
    pub subject: StepInputs,
    /// Scenarios in which it exceeded its memory budget.
    pub outgrew: Vec<String>,
}

impl RunnableVariant {
    /// Name of the variant.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entrant.variant.name
    }

    /// Limit of its size, as declared.
    #[must_use]
    pub fn bound(&self) -> Bound {
        self.hello.properties.bound
    }

    /// True if it needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.candidate.services.is_empty()
    }

    /// True if it may be recommended.
    #[must_use]
    pub fn competes(&self) -> bool {
        !self.entrant.variant.manifest.harness_only
    }

    /// Returns the abilities that decide its cells.
    pub(crate) fn abilities(&self) -> Abilities {
        let Hello { meters, workers, in_flight, .. } = &self.hello;
        Abilities {
            bound: self.bound(),
            service: self.needs_service(),
            workers: *workers,
            in_flight: *in_flight,
            latency: meters.contains(&Meter::Latency),
            memory: meters.contains(&Meter::Memory),
        }
    }
}
