//! Variant whose runner has been built and has answered.

use bakeoff_protocol::Bound;
use bakeoff_protocol::message::Hello;

use crate::record::keys::StepInputs;
use crate::request::ResolvedVariant;
use crate::schedule::capabilities::Capabilities;
use crate::trial::BuiltVariant;

/// Variant whose runner answers as expected, so that it can be measured.
#[derive(Clone, Debug)]
pub struct RunnableVariant {
    /// Requested variant, and the revision of its source code.
    pub resolved: ResolvedVariant,
    /// Command line and expected answers of the runner.
    pub built: BuiltVariant,
    /// `hello` message of the runner.
    pub hello: Hello,
    /// Inputs of the keys under which results are recorded and found again.
    pub step_inputs: StepInputs,
    /// Scenarios in which the variant exceeded its memory budget.
    pub over_budget_scenarios: Vec<String>,
}

impl RunnableVariant {
    /// Returns the name of the variant.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.resolved.variant.name
    }

    /// Returns the declared kind of size limit.
    #[must_use]
    pub fn bound(&self) -> Bound {
        self.hello.properties.bound
    }

    /// Returns true if the variant needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.built.services.is_empty()
    }

    /// Returns true if the variant may be recommended.
    #[must_use]
    pub fn competes(&self) -> bool {
        !self.resolved.variant.manifest.harness_only
    }

    /// Returns the capabilities, which decide what cells the variant has.
    pub(crate) fn capabilities(&self) -> Capabilities {
        Capabilities::of_runner(&self.hello, self.needs_service())
    }
}
