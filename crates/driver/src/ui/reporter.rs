//! Events that the driver reports to the user.

use std::path::Path;

use bakeoff_protocol::progress::Progress;

/// Event of an exploration.
#[derive(Clone, Debug, PartialEq)]
pub enum ReporterEvent<'a> {
    /// Message about the exploration as a whole.
    Note(&'a str),
    /// Names of all variants, at the start.
    Variants(&'a [String]),
    /// New progress of a variant.
    Variant(&'a Progress),
    /// New samples are on disk. No timed trial runs until the call returns.
    Samples {
        /// Directory of the exploration.
        folder: &'a Path,
    },
    /// A timed round starts.
    Rounds {
        /// Rounds done, over all scenarios.
        done: u32,
        /// Expected total number of rounds, over all scenarios.
        total: u32,
        /// Scenario of the round.
        scenario: &'a str,
        /// Estimated seconds to the end of the timed phase, if known.
        eta_seconds: Option<f64>,
    },
}

/// Receiver of events: a terminal, a log, or a test.
pub trait Reporter: Sync {
    /// Handles an event; called from several threads.
    fn report(&self, event: &ReporterEvent<'_>);
}

/// Reporter that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentReporter;

impl Reporter for SilentReporter {
    fn report(&self, _: &ReporterEvent<'_>) {}
}
