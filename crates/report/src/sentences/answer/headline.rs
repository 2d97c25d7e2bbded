//! Headline: the choice, or the reason why there is none.

use bakeoff_protocol::results::{Conclusion, Results, ScenarioResults};

use crate::sentences::choice::choice;
use crate::sentences::conclusion::not_separated;
use crate::text::phrases::{grouped, listed};

/// Number of scenarios up to which the headline names them.
const NAMED_SCENARIOS: usize = 3;

/// Returns the headline of a run.
pub fn headline(results: &Results) -> String {
    let choices = grouped(
        results.scenarios.iter().filter_map(|of| Some((choice(of)?, of.scenario.name.as_str()))),
    );
    let total = results.scenarios.len();
    match choices.as_slice() {
        [] => without_recommendation(results),
        [(choice, scenarios)] if scenarios.len() == total => format!("Use {choice}"),
        several => {
            let parts: Vec<String> = several
                .iter()
                .map(|(choice, scenarios)| {
                    format!("{choice} {}", scenario_phrase(scenarios, total))
                })
                .collect();
            format!("Use {}", parts.join(", "))
        }
    }
}

fn scenario_phrase(scenarios: &[&str], total: usize) -> String {
    if total <= NAMED_SCENARIOS {
        format!("for {}", listed(scenarios))
    } else {
        format!("in {} of {total} scenarios", scenarios.len())
    }
}

fn without_recommendation(results: &Results) -> String {
    if results.scenarios.iter().all(|of| of.scenario.timed && of.rounds == 0) {
        return String::from("No recommendation yet");
    }
    if results.scenarios.iter().all(|of| !of.confirmed) {
        return String::from("No recommendation: the run is unconfirmed");
    }
    match results.scenarios.as_slice() {
        [only] => of_scenario(only),
        _ => String::from("No recommendation in any scenario"),
    }
}

fn of_scenario(of: &ScenarioResults) -> String {
    match &of.conclusion {
        Conclusion::NoCandidate => String::from("No recommendation: no variant is eligible"),
        Conclusion::SingleCandidate { variant } => format!("Only {variant} is eligible"),
        Conclusion::Undecided { variants, .. } => {
            format!("No recommendation yet: {} are not separated", not_separated(variants))
        }
        Conclusion::Unconfirmed
        | Conclusion::Recommended(_)
        | Conclusion::Equivalent { .. }
        | Conclusion::NoCache { .. } => String::from("No recommendation"),
    }
}
