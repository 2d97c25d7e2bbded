//! The decision: constraints first, then a weighted score over five criteria, and how far the
//! weights can move before another variant comes first.

mod checklist;
mod constraints;
mod record;
pub mod score;
mod sensitivity;
mod ticked;
pub mod tiers;
pub mod wish;

pub use checklist::{Found, Item};
pub use record::decision;
pub use wish::{Wish, WishError};

use bakeoff_analysis::figures::{Entrant, Report, ScenarioFigures};
use score::{Scored, scored};

/// What came of a wish.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Who can be taken, the highest total first.
    pub scored: Vec<Scored>,
    /// Who cannot, and why.
    pub excluded: Vec<(String, Vec<String>)>,
    /// How far the weights can move.
    pub sensitivity: String,
}

/// Decides.
#[must_use]
pub fn decide(report: &Report, wish: &Wish) -> Outcome {
    let mut allowed: Vec<&Entrant> = Vec::new();
    let mut excluded = Vec::new();
    for entrant in &report.entrants {
        let objections = constraints::objections(report, wish, entrant);
        if objections.is_empty() {
            allowed.push(entrant);
        } else {
            excluded.push((entrant.name.clone(), objections));
        }
    }
    let scored = scored(report, wish, &allowed);
    let sensitivity = sensitivity::sentence(&scored, &wish.weights.all());
    Outcome { scored, excluded, sensitivity }
}

/// The scenarios that count.
fn scenarios<'a>(report: &'a Report, wish: &Wish) -> Vec<&'a ScenarioFigures> {
    let counts = |of: &&ScenarioFigures| {
        wish.scenarios.is_empty() || wish.scenarios.contains(&of.scenario.name)
    };
    report.scenarios.iter().filter(counts).collect()
}
