//! Who may be named: where each variant stands in a scenario, and why.

use bakeoff_protocol::Meter;
use bakeoff_protocol::results::{Place, Standing};
use bakeoff_protocol::sample::{TrialOutcome, TrialRecord};

use crate::pairs::contenders::Contender;
use crate::select::{Scope, age};

/// Requests that may fail before a variant's figures mean little.
const FEW_ERRORS: f64 = 0.001;

/// Every variant's standing, in the user's order.
pub fn of(scope: &Scope, contenders: &[Contender]) -> Vec<Standing> {
    let standing = |name: &&str| {
        let contender = contenders.iter().find(|contender| contender.name == *name);
        let (place, reason) = place(scope, name, contender);
        Standing { variant: (*name).to_owned(), place, reason }
    };
    scope.variants.iter().map(standing).collect()
}

/// The first thing that keeps a variant from being named.
fn place(scope: &Scope, name: &str, contender: Option<&Contender>) -> (Place, String) {
    if !scope.is_entrant(name) {
        return (Place::NoEntrant, "measures the harness only".to_owned());
    }
    if let Some(what) = scope.wrong.get(name) {
        return (Place::Disqualified, format!("wrong answers: {what}"));
    }
    if let Some(what) = scope.unfit.get(name) {
        return (Place::Failed, what.clone());
    }
    if let Some(ended) = failure(scope, name) {
        return ended;
    }
    let Some(contender) = contender else {
        return (Place::Unmeasured, "no whole round holds it".to_owned());
    };
    let errors = contender.series.error_share();
    if errors > FEW_ERRORS {
        return (Place::Failed, format!("{:.1} % of its requests failed", errors * 100.0));
    }
    if contender.series.trials.values().any(|(trial, _)| trial.observed.capacity_as_configured) {
        return (Place::AsConfigured, "its server keeps a capacity that we do not set".to_owned());
    }
    match scope.asked(name).and_then(|variant| variant.properties.as_ref()) {
        Some(properties) if !properties.bound.is_bounded() => {
            (Place::Unbounded, "has no limit".to_owned())
        }
        Some(_) if contender.hits().is_some() => (Place::Eligible, String::new()),
        Some(_) => (Place::Unmeasured, "its exact hit ratio is not known".to_owned()),
        None => (Place::Unmeasured, "its runner has not said what limits it".to_owned()),
    }
}

/// The latest failure that nothing made good since: a budget that was exceeded stays exceeded,
/// another failure is forgiven where the same trial was completed later.
fn failure(scope: &Scope, name: &str) -> Option<(Place, String)> {
    // What is measured beside the rounds takes nobody out of them when it fails.
    let beside = |trial: &TrialRecord| {
        matches!(trial.spec.meter, Meter::Latency | Meter::Instructions)
            || scope.scenario.secondary_groups.iter().any(|group| trial.is_in_group(group))
    };
    let own = || scope.trials.iter().filter(|trial| trial.spec.variant == name && !beside(trial));
    own()
        .filter_map(|trial| match &trial.outcome {
            TrialOutcome::Failed { kind, message } => Some((*trial, kind.as_str(), message)),
            TrialOutcome::Completed { .. } => None,
        })
        .filter(|(failed, kind, _)| {
            let again =
                |later: &&&TrialRecord| same_cell(failed, later) && age(later) > age(failed);
            *kind == "memory" || !own().filter(again).any(|later| later.is_completed())
        })
        .max_by_key(|(trial, kind, _)| (*kind == "memory", age(trial)))
        .map(|(_, kind, message)| {
            let place = if kind == "memory" { Place::Disqualified } else { Place::Failed };
            (place, message.clone())
        })
}

/// Whether two trials ran the same cell.
fn same_cell(one: &TrialRecord, other: &TrialRecord) -> bool {
    let cell = |trial: &TrialRecord| {
        let spec = &trial.spec;
        (spec.meter, trial.timed_slot().is_some(), spec.capacity, spec.load)
    };
    cell(one) == cell(other)
}
