//! Decides which variants may be recommended, with the reason for each exclusion.

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::{Cell, Eligibility, MemoryGrowthFigures, VariantEligibility};
use bakeoff_protocol::sample::{REPLAY_LIMIT, TrialOutcome, TrialRecord};

use crate::cells::memory_growth::strongest_growth;
use crate::pairs::contender::Contender;
use crate::select::{Scope, time_order};

/// Share of failed requests above which a variant is not eligible.
const MAX_ERROR_SHARE: f64 = 0.001;

/// Returns the eligibility of every variant, in the user's order.
pub fn eligibility(
    scope: &Scope,
    contenders: &[Contender],
    cells: &[Cell],
) -> Vec<VariantEligibility> {
    let entry = |name: &&str| {
        let contender = contenders.iter().find(|contender| contender.name == *name);
        let eligibility = of_variant(scope, name, contender, cells);
        VariantEligibility { variant: (*name).to_owned(), eligibility }
    };
    scope.variants.iter().map(entry).collect()
}

/// Returns the first reason that excludes a variant, or `Eligible`.
fn of_variant(
    scope: &Scope,
    name: &str,
    contender: Option<&Contender>,
    cells: &[Cell],
) -> Eligibility {
    if !scope.is_contender(name) {
        return Eligibility::HarnessOnly;
    }
    if let Some(message) = scope.wrong_answers.get(name) {
        return Eligibility::WrongAnswers { message: message.clone() };
    }
    if let Some(case) = scope.failed_case.get(name) {
        return Eligibility::ConformanceFailed { case: case.clone() };
    }
    if let Some(failure) = failure(scope, name) {
        return failure;
    }
    if scope.scenario.timed {
        let Some(contender) = contender else { return Eligibility::NotTimed };
        let share = contender.series.error_share();
        if share > MAX_ERROR_SHARE {
            return Eligibility::RequestsFailed { share };
        }
        if contender.hits.is_none() && !as_configured(scope, name) {
            return Eligibility::HitRatioUnknown;
        }
    }
    let paced = scope.scenario.decide.iter().any(|rule| rule.quantity.is_paced());
    if paced && !completed(scope, name).any(|trial| trial.spec.meter == Meter::Paced) {
        return Eligibility::NotReplayed;
    }
    if as_configured(scope, name) {
        return Eligibility::ServerCapacity;
    }
    let own = cells.iter().filter(|cell| cell.variant == name);
    if let Some(MemoryGrowthFigures { from_bytes, to_bytes, turnovers, .. }) = strongest_growth(own)
    {
        return Eligibility::MemoryGrows { from_bytes, to_bytes, turnovers };
    }
    match scope.requested(name).and_then(|variant| variant.properties.as_ref()) {
        Some(properties) if !properties.bound.is_bounded() => Eligibility::Unbounded,
        Some(_) => Eligibility::Eligible,
        None => Eligibility::PropertiesUnknown,
    }
}

fn completed<'s>(scope: &'s Scope, name: &'s str) -> impl Iterator<Item = &'s TrialRecord> {
    scope.trials.iter().copied().filter(move |it| it.spec.variant == name && it.is_completed())
}

/// Returns true if a server's own configuration set the capacity.
fn as_configured(scope: &Scope, name: &str) -> bool {
    completed(scope, name).any(|trial| trial.observed.capacity_as_configured)
}

/// Returns the latest failure that excludes a variant.
///
/// An exceeded memory budget always excludes it. Any other failure excludes it only if no later
/// trial of the same cell was completed.
fn failure(scope: &Scope, name: &str) -> Option<Eligibility> {
    // A failure of a secondary measurement does not exclude a variant.
    let secondary = |trial: &TrialRecord| {
        matches!(trial.spec.meter, Meter::Latency | Meter::ResponseTime | Meter::Instructions)
            || scope.scenario.secondary_groups.iter().any(|group| trial.is_in_group(group))
    };
    let own =
        || scope.trials.iter().filter(|trial| trial.spec.variant == name && !secondary(trial));
    own()
        .filter_map(|trial| match &trial.outcome {
            TrialOutcome::Failed { kind, message } if kind != REPLAY_LIMIT => {
                Some((*trial, kind.as_str(), message))
            }
            TrialOutcome::Failed { .. } | TrialOutcome::Completed { .. } => None,
        })
        .filter(|(failed, kind, _)| {
            let again = |later: &&&TrialRecord| {
                same_cell(failed, later) && time_order(later) > time_order(failed)
            };
            *kind == "memory" || !own().filter(again).any(|later| later.is_completed())
        })
        .max_by_key(|(trial, kind, _)| (*kind == "memory", time_order(trial)))
        .map(|(_, kind, message)| match kind {
            "memory" => Eligibility::MemoryBudgetExceeded { message: message.clone() },
            _ => Eligibility::TrialFailed { message: message.clone() },
        })
}

fn same_cell(one: &TrialRecord, other: &TrialRecord) -> bool {
    let cell = |trial: &TrialRecord| {
        let spec = &trial.spec;
        (spec.meter, trial.timed_slot().is_some(), spec.capacity, spec.load)
    };
    cell(one) == cell(other)
}
