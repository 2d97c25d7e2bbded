//! What the outputs say, gathered once from samples and results, so that no two of them disagree.

mod variant;

mod row;
mod scenario;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::sample::{Record, TrialRecord};

pub use crate::run_checks::exploration::{Health, TwinFigure};
pub use row::{CurvePoint, Row, ScalingStep, Weight};
pub use scenario::{Bounds, ScenarioFigures};
pub use variant::{Entrant, Tried};

use crate::Input;

/// An exploration, ready to be written down in any form.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked.
    pub exploration: Exploration,
    /// What the samples say.
    pub results: Results,
    /// The entrants, in the user's order; the strategies that only measure the harness are apart.
    pub entrants: Vec<Entrant>,
    /// The figures of each scenario, in the user's order.
    pub scenarios: Vec<ScenarioFigures>,
    /// Whether the run can be believed.
    pub health: Health,
}

impl Report {
    /// Gathers everything from an exploration's folder.
    #[must_use]
    pub fn of(input: Input) -> Self {
        let results = crate::compute(&input.exploration, &input.records);
        Self::with_results(input, results)
    }

    fn with_results(input: Input, results: Results) -> Self {
        let entrants: Vec<Entrant> = input
            .exploration
            .variants
            .iter()
            .filter(|variant| !variant.manifest.harness_only)
            .enumerate()
            .map(|(place, variant)| Entrant::gather(place, variant, &input))
            .collect();
        let scenarios = input
            .exploration
            .scenarios
            .iter()
            .map(|scenario| {
                ScenarioFigures::gather(
                    scenario,
                    &entrants,
                    &input.exploration,
                    &results,
                    &input.records,
                )
            })
            .collect();
        let health = Health::gather(&input, &results);
        Self { exploration: input.exploration, results, entrants, scenarios, health }
    }

    /// The entrant of that name.
    #[must_use]
    pub fn entrant(&self, name: &str) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| entrant.name == name)
    }

    /// Entrants that failed, were skipped or must not win, each with its reason.
    #[must_use]
    pub fn absences(&self) -> Vec<(&Entrant, String)> {
        let reason = |entrant: &'_ Entrant| entrant.absence();
        self.entrants.iter().filter_map(|entrant| Some((entrant, reason(entrant)?))).collect()
    }
}

/// The trials of entrants (twins included) among all records.
pub(crate) fn trials(records: &[Record]) -> impl Iterator<Item = &TrialRecord> {
    records.iter().filter_map(|record| match record {
        Record::Trial(trial) => Some(&**trial),
        _ => None,
    })
}
