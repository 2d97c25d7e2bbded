//! A variant whose runner was built and has answered.

use bakeoff_protocol::Bound;
use bakeoff_protocol::message::Hello;

use crate::record::keys::Subject;
use crate::request::Entrant;
use crate::trial::Candidate;

/// A variant that is ready to be timed.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Who it is.
    pub entrant: Entrant,
    /// Its runner.
    pub candidate: Candidate,
    /// What its runner said of itself.
    pub hello: Hello,
    /// What its keys are made of.
    pub subject: Subject,
    /// Scenarios in which it outgrew its memory budget.
    pub outgrew: Vec<String>,
}

impl Ready {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entrant.variant.name
    }

    /// What limits its size.
    #[must_use]
    pub fn bound(&self) -> Bound {
        self.hello.properties.bound
    }

    /// Whether it needs a service.
    #[must_use]
    pub fn needs_service(&self) -> bool {
        !self.candidate.services.is_empty()
    }
}
