//! Sentences on how far a recommendation can be trusted.

use bakeoff_protocol::results::{Conclusion, Eligibility, Pair, Results, ScenarioResults};

use super::conclusion::reason;
use crate::text::number::{counted, percent_with, ratio, ratio_with_interval};
use crate::text::phrases::{listed, pair_ratio, rounds};

/// Reliability of a scenario's run, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunQuality {
    /// The run is confirmed and answers the question of the scenario.
    Confirmed,
    /// The run is confirmed, but leaves the question open.
    Undecided,
    Unconfirmed,
}

impl RunQuality {
    pub fn from_results(of: &ScenarioResults) -> Self {
        match (of.confirmed, of.conclusion.is_decided()) {
            (true, true) => Self::Confirmed,
            (true, false) => Self::Undecided,
            (false, _) => Self::Unconfirmed,
        }
    }

    /// Returns the badge text, which is also the style class.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Undecided => "undecided",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// Returns sentences on rounds, joint confidence and A/A control.
pub fn confidence(results: &Results, of: &ScenarioResults) -> String {
    let control = of.aa_control.as_ref().map_or_else(String::new, |pair| {
        format!(" A/A control: {} against itself {}", pair.baseline, aa_result(results, of, pair))
    });
    let comparisons = counted(of.pairs.len() as u64, "comparison");
    match RunQuality::from_results(of) {
        RunQuality::Unconfirmed => String::from(
            "Not reliable enough to act on. Run it again on a quiet machine, or with more rounds.",
        ),
        _ if !of.scenario.timed => replays(of),
        RunQuality::Confirmed => format!(
            "Confirmed: {} in random order, 95 % joint confidence over {comparisons}.{control}",
            rounds(of)
        ),
        RunQuality::Undecided => {
            format!("The run is valid: {} in random order. {}{control}", rounds(of), undecided(of))
        }
    }
}

/// Formats the result of an A/A control: `−2.2 % [−14.9, +7.9]. Differences below 15 % …`.
fn aa_result(results: &Results, of: &ScenarioResults, pair: &Pair) -> String {
    let figure = pair_ratio(pair);
    match super::run_checks::hidden_difference(results, &of.scenario.name) {
        Some(hides) => format!(
            "{figure}. Differences below {} cannot be seen on this machine.",
            percent_with(hides, 0)
        ),
        None => format!("{figure}, no difference."),
    }
}

/// Formats the ratio of an A/A control; without an interval if there are too few rounds for one.
pub fn aa_figure(pair: &Pair) -> String {
    if pair.has_enough_rounds() {
        ratio_with_interval(pair.ratio, pair.low, pair.high)
    } else {
        format!("{}, too few rounds", ratio(pair.ratio))
    }
}

/// Explains why a confirmed run leaves the question open.
fn undecided(of: &ScenarioResults) -> String {
    let eligible: Vec<&str> = of.eligible().collect();
    match (eligible.as_slice(), &of.conclusion) {
        ([], _) => format!("There was nothing to compare{}.", excluded(of)),
        ([only], _) => format!("There was nothing to compare {only} with{}.", excluded(of)),
        (_, Conclusion::Undecided { variants, .. }) if variants.len() == 1 => {
            String::from("It does not separate the best variant from running without a cache.")
        }
        _ => String::from(
            "It does not separate the best variants, which does not prove that they are equal.",
        ),
    }
}

/// Describes the paced replays on which the choice of a scenario without timed rounds rests.
pub fn replays(of: &ScenarioResults) -> String {
    let values = || of.deciding.iter().flat_map(|one| &one.values);
    let fewest = values().filter(|value| !value.exact).map(|value| value.samples).min();
    match fewest {
        None => String::from("Replayed on a virtual clock: the figures are exact."),
        Some(fewest) => format!(
            "Based on {} of each variant on the machine's clock; a difference counts only if their \
             ranges do not overlap.",
            counted(fewest.into(), "paced replay")
        ),
    }
}

/// Formats the excluded variants with their reasons.
fn excluded(of: &ScenarioResults) -> String {
    let reasons: Vec<String> = of
        .eligibility
        .iter()
        .filter(|entry| {
            !matches!(entry.eligibility, Eligibility::Eligible | Eligibility::HarnessOnly)
        })
        .map(|entry| {
            let reason = reason(&entry.eligibility);
            format!("{} ({})", entry.variant, reason.lines().next().unwrap_or_default())
        })
        .collect();
    if reasons.is_empty() {
        return String::from(": no other variant took part");
    }
    format!("; excluded: {}", listed(&reasons))
}
