//! Helpers of several test files: analysis of changed records, and lookups in the results.

use bakeoff_analysis::analyze;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::{Eligibility, Results, ScenarioResults};
use bakeoff_protocol::sample::{Record, TrialOutcome, TrialRecord};

use crate::fixture::Fixture;

pub fn analyzed(fixture: &Fixture, exploration: &Exploration, records: &[Record]) -> Results {
    analyze(&fixture.input_with(exploration.clone(), records.to_vec()), None)
}

pub fn judged(fixture: &Fixture, records: &[Record]) -> ScenarioResults {
    analyzed(fixture, &fixture.exploration(), records).scenarios.remove(0)
}

pub fn eligibility<'a>(of: &'a ScenarioResults, name: &str) -> &'a Eligibility {
    &of.eligibility.iter().find(|entry| entry.variant == name).unwrap().eligibility
}

/// Changes every trial for which a condition holds.
pub fn change(
    records: &mut [Record],
    which: impl Fn(&TrialRecord) -> bool,
    how: impl Fn(&mut TrialRecord),
) {
    for record in records {
        if let Record::Trial(trial) = record
            && which(trial)
        {
            how(trial);
        }
    }
}

pub fn fail(trial: &mut TrialRecord, kind: &str) {
    let message = format!("{kind} of {}", trial.spec.variant);
    trial.outcome = TrialOutcome::Failed { kind: kind.to_owned(), message };
}
