//! Choice of a scenario in a few words, for headline, tabs and summary.

use bakeoff_protocol::results::{Conclusion, ScenarioResults};

use crate::text::phrases::alternatives;

/// Returns the variant, the equivalent variants or `no cache`; `None` if the scenario is undecided.
pub fn choice(of: &ScenarioResults) -> Option<String> {
    match &of.conclusion {
        Conclusion::Recommended(recommendation) => Some(recommendation.variant.clone()),
        Conclusion::Equivalent { variants } => Some(alternatives(variants)),
        Conclusion::NoCache { .. } => Some(String::from("no cache")),
        Conclusion::Unconfirmed
        | Conclusion::NoCandidate
        | Conclusion::SingleCandidate { .. }
        | Conclusion::Undecided { .. } => None,
    }
}
