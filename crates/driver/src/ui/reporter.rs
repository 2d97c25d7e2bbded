//! What the driver tells while it works.

use bakeoff_protocol::progress::Progress;

/// Something worth telling.
#[derive(Clone, Debug, PartialEq)]
pub enum News<'a> {
    /// A sentence for the user, about the exploration as a whole.
    Note(&'a str),
    /// The variants that take part, at the start.
    Variants(&'a [String]),
    /// A variant's new state.
    Variant(&'a Progress),
    /// The timed rounds begin, or one of them is done.
    Rounds {
        /// Rounds done, over all scenarios.
        done: u32,
        /// Rounds to do, over all scenarios.
        total: u32,
        /// The scenario whose round is under way.
        scenario: &'a str,
        /// Expected seconds to the end, where known.
        eta_seconds: Option<f64>,
    },
}

/// Who hears it: a terminal, a log, a test.
pub trait Reporter: Sync {
    /// Hears a piece of news; called from several threads.
    fn hear(&self, news: &News<'_>);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn hear(&self, _: &News<'_>) {}
}
