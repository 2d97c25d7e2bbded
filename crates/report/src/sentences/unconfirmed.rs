//! Notice of an unconfirmed run, with its reasons.

use bakeoff_protocol::results::{Results, ScenarioResults, UnconfirmedReason};

use crate::text::number::{counted, ratio_with_interval};

/// Returns the notice that opens every text of an unconfirmed run; `None` if all are confirmed.
pub fn notice(results: &Results) -> Option<String> {
    let parts: Vec<String> = results
        .scenarios
        .iter()
        .filter(|of| !of.confirmed)
        .map(|of| format!("in {}, {}", of.scenario.name, reasons(of)))
        .collect();
    (!parts.is_empty()).then(|| {
        let (some, them) = if parts.len() < results.scenarios.len() {
            (" for some scenarios", " for them")
        } else {
            ("", "")
        };
        format!(
            "The run is unconfirmed{some}, so no variant is recommended{them}: {}.",
            parts.join("; ")
        )
    })
}

/// Returns the reasons why a scenario's run is unconfirmed.
pub fn reasons(of: &ScenarioResults) -> String {
    of.unconfirmed_because.iter().map(reason).collect::<Vec<_>>().join("; ")
}

/// Returns one reason why a run is unconfirmed.
pub fn reason(reason: &UnconfirmedReason) -> String {
    match reason {
        UnconfirmedReason::NoCompleteRound => String::from("no round of timed trials is complete"),
        UnconfirmedReason::NoAaControl => String::from("the rounds contain no A/A control"),
        UnconfirmedReason::TooFewRounds { rounds } => format!(
            "{} {} too few for the A/A control",
            counted((*rounds).into(), "round"),
            if *rounds == 1 { "is" } else { "are" }
        ),
        UnconfirmedReason::AaControlFailed { ratio, low, high } => {
            let figure = ratio_with_interval(*ratio, *low, *high);
            format!("the A/A control failed: the baseline differs from itself by {figure}")
        }
        UnconfirmedReason::DriftingPairs { pairs } => {
            let pairs: Vec<String> =
                pairs.iter().map(|pair| format!("{} / {}", pair.variant, pair.baseline)).collect();
            format!("ratios drifted from round to round: {}", pairs.join(", "))
        }
        UnconfirmedReason::Rebuilt { variants } => {
            format!("rebuilt after the rounds were measured: {}", variants.join(", "))
        }
    }
}
