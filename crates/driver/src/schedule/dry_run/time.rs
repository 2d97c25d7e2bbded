//! What trials and rounds will probably take.

use bakeoff_stats::rounds::{fewest_for, pairs};

use crate::request::{Entrant, Spec};
use crate::resources::workloads::Prepared;
use crate::schedule::participation::Participation;
use crate::schedule::secondary::{LATENCY_SHARE, SCALING_SHARE};

/// Requests a second of an in-process replay, of one through a service, and of a timed trial's
/// warm-up with many in flight: round figures of a two-core machine, for the bill alone.
pub(super) const IN_PROCESS: f64 = 5e6;
/// See [`IN_PROCESS`].
pub(super) const THROUGH_SERVICE: f64 = 5e4;
/// See [`IN_PROCESS`].
pub(super) const THROUGH_SERVICE_IN_FLIGHT: f64 = 1.2e5;
/// Seconds to start a process, greet it and say good-bye.
pub(super) const PROCESS: f64 = 0.05;
/// Seconds to find a server's memory limit for one capacity.
pub(super) const CALIBRATION: f64 = 3.0;

/// Seconds of one timed trial: each pass over the section is led up to.
pub(super) fn timed_seconds(spec: &Spec, entrant: &Entrant, prepared: &Prepared) -> f64 {
    let service = entrant.variant.manifest.needs_service();
    let rate = if service { THROUGH_SERVICE_IN_FLIGHT } else { IN_PROCESS };
    let pass = prepared.window_length(service) as f64 / rate;
    let passes = (spec.profile.min_measured_ns() as f64 / 1e9 / pass).ceil().max(1.0);
    PROCESS + passes * (pass + prepared.warmup(service) as f64 / rate)
}

/// What a round takes, over its trials that count: it begins with one of them that does not.
pub(super) fn lead_in(variants: usize) -> f64 {
    1.0 + 1.0 / (variants as f64 + 1.0)
}

/// Rounds that the budget pays for: at least those that any verdict needs, at most those before
/// precision is looked at.
pub(super) fn rounds(
    spec: &Spec,
    wanted: &[&Entrant],
    baseline: &str,
    turns: Participation,
    prepared: &[Prepared],
) -> u32 {
    let rule = &spec.stopping;
    let Some(budget) = rule.budget_seconds else { return rule.minimum_rounds };
    let seconds = |of_all: bool| -> f64 {
        let of_scenario = |prepared: &Prepared| {
            let each = |entrant: &&Entrant| {
                let twice = if entrant.variant.name == baseline { 2.0 } else { 1.0 };
                twice * timed_seconds(spec, entrant, prepared)
            };
            let takes_part =
                |entrant: &&&Entrant| of_all || !entrant.variant.manifest.needs_service();
            let entries: f64 = wanted.iter().filter(takes_part).map(each).sum();
            let scaling = if prepared.record.scaling.is_empty() { 0.0 } else { SCALING_SHARE };
            entries * lead_in(wanted.len()) * (1.0 + LATENCY_SHARE + scaling)
        };
        prepared.iter().map(of_scenario).sum()
    };
    let (all, few) = (seconds(true), seconds(false));
    let spent = |rounds: u32| {
        let with_all = turns.rounds_with_services(rounds);
        f64::from(with_all) * all + f64::from(rounds - with_all) * few
    };
    let competing = wanted.iter().filter(|entrant| !entrant.variant.manifest.harness_only).count();
    let least = fewest_for(pairs(competing)) as u32;
    (least..rule.minimum_rounds)
        .find(|&rounds| spent(rounds) >= budget)
        .unwrap_or(rule.minimum_rounds)
}
