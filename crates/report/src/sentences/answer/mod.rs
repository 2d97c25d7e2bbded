//! Answer on the first screen: headline, evidence in at most three sentences, and alternatives.

mod alternatives;
mod evidence;
mod headline;

use bakeoff_protocol::results::Results;

use super::confidence::RunQuality;
pub use alternatives::Alternative;

/// Conclusion of the whole run, as shown on the first screen.
pub struct Answer {
    /// Instruction in a few words, such as `Use lru`.
    pub headline: String,
    /// At most three sentences: evidence, range of validity, certainty.
    pub sentences: Vec<String>,
    /// At most four conditions under which another variant is the better choice.
    pub alternatives: Vec<Alternative>,
    /// Least reliable quality of all scenarios.
    pub quality: RunQuality,
}

/// Returns the answer of a run.
pub fn answer(results: &Results) -> Answer {
    Answer {
        headline: headline::headline(results),
        sentences: evidence::sentences(results),
        alternatives: alternatives::alternatives(results),
        quality: quality(results),
    }
}

/// Returns the least reliable quality of all scenarios; `Unconfirmed` without scenarios.
fn quality(results: &Results) -> RunQuality {
    let all = results.scenarios.iter().map(RunQuality::from_results);
    all.max().unwrap_or(RunQuality::Unconfirmed)
}
