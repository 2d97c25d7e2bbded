//! Estimates the time of trials, and the number of rounds that fit into the budget.

use bakeoff_protocol::exploration::{RatePlan, StoppingRule};
use bakeoff_protocol::{Meter, TrialSpec};
use bakeoff_stats::rounds::{min_rounds_for_pairs, pairs};

use crate::schedule::participation::{ParticipationRule, VariantRole};
use crate::schedule::rates;
use crate::schedule::secondary::{LATENCY_SHARE, SCALING_SHARE};

/// Requests per second in process, on a typical machine with two cores.
const IN_PROCESS_RATE: f64 = 5e6;
/// Requests per second with a service.
const SERVICE_RATE: f64 = 1.2e5;
/// Seconds to start and end a process.
const PROCESS_SECONDS: f64 = 0.05;
/// Seconds to find the memory limit of a server for one capacity.
const CALIBRATION_SECONDS: f64 = 3.0;

/// Estimates the time of one trial in seconds; `requests` is the length of the workload.
pub(crate) fn trial_seconds(spec: &TrialSpec, requests: u64, service: bool) -> f64 {
    let rate = if service { SERVICE_RATE } else { IN_PROCESS_RATE };
    let calibration =
        if service && spec.meter == Meter::HitRatio { CALIBRATION_SECONDS } else { 0.0 };
    let Some(window) = spec.window else {
        return PROCESS_SECONDS + calibration + requests as f64 / rate;
    };
    let warmup = spec.warmup_requests as f64 / rate;
    if spec.meter == Meter::ResponseTime {
        // Variants with a service determine the rates, unless the scenario has its own.
        let rates = rates::rates(&RatePlan::Services, SERVICE_RATE, spec.load.workers);
        return PROCESS_SECONDS + warmup + rates::sweep_seconds(&rates);
    }
    // Each pass over the window has its own warm-up.
    let pass = window.length as f64 / rate;
    let passes = (spec.min_measured_ns as f64 / 1e9 / pass).ceil().max(1.0);
    PROCESS_SECONDS + passes * (pass + warmup)
}

/// Returns the factor by which the discarded trial at the start of a round lengthens the round.
pub(crate) fn discarded_trial_factor(variants: usize) -> f64 {
    1.0 + 1.0 / (variants as f64 + 1.0)
}

/// Expected time of one scenario's throughput trials.
pub(crate) struct ThroughputTime {
    /// Expected seconds per trial, for each variant.
    pub(crate) trial_seconds: Vec<f64>,
    /// True if the scenario also measures other numbers of workers.
    pub(crate) has_scaling: bool,
}

/// Estimates the number of rounds that the budget allows.
///
/// The result is at least the number that a verdict needs, and never above
/// `rule.minimum_rounds`.
pub(crate) fn rounds(
    rule: &StoppingRule,
    variants: &[VariantRole],
    participation: ParticipationRule,
    scenarios: &[ThroughputTime],
) -> u32 {
    let Some(budget) = rule.budget_seconds else { return rule.minimum_rounds };
    let seconds = |with_services: bool| -> f64 {
        let one_scenario = |scenario: &ThroughputTime| {
            let trials = variants.iter().zip(&scenario.trial_seconds);
            let taking_part = trials.filter(|(variant, _)| with_services || !variant.service);
            let trials: f64 = taking_part
                .map(|(variant, seconds)| seconds * if variant.baseline { 2.0 } else { 1.0 })
                .sum();
            let scaling = if scenario.has_scaling { SCALING_SHARE } else { 0.0 };
            trials * discarded_trial_factor(variants.len()) * (1.0 + LATENCY_SHARE + scaling)
        };
        scenarios.iter().map(one_scenario).sum()
    };
    let (with_services, without) = (seconds(true), seconds(false));
    let spent = |rounds: u32| {
        let full = participation.rounds_with_services(rounds);
        f64::from(full) * with_services + f64::from(rounds - full) * without
    };
    let competing = variants.iter().filter(|variant| variant.competes).count();
    let needed = min_rounds_for_pairs(pairs(competing)) as u32;
    (needed..rule.minimum_rounds)
        .find(|&rounds| spent(rounds) >= budget)
        .unwrap_or(rule.minimum_rounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::capabilities::tests::{IN_PROCESS as LRU, SERVICE as REDIS};
    use crate::schedule::cells::tests::scenario;
    use crate::schedule::cells::{throughput, untimed};

    #[test]
    fn trials_with_a_service_take_longer() {
        let seconds = |name, capabilities, service| {
            let timed = throughput(&scenario(), name, capabilities, 100_000_000, 1);
            let exact = untimed(&scenario(), name, capabilities, 1).remove(0);
            [timed, exact].map(|spec| trial_seconds(&spec, 1_000, service))
        };
        let (lru, redis) = (seconds("lru", LRU, false), seconds("redis", REDIS, true));
        // 0.1 s are measured in passes of 500 requests, each after 200 warm-up requests.
        assert!((lru[0] - (PROCESS_SECONDS + 0.14)).abs() < 1e-9, "{lru:?}");
        assert!(redis[1] > CALIBRATION_SECONDS && lru[1] < 0.1, "{lru:?} {redis:?}");
    }

    #[test]
    fn a_budget_limits_the_rounds_down_to_the_minimum_for_a_verdict() {
        let rule = |budget_seconds| StoppingRule {
            precision: 0.01,
            minimum_rounds: 30,
            maximum_rounds: 100,
            budget_seconds,
        };
        let lru = VariantRole { service: false, competes: true, baseline: true };
        let variants = [lru, VariantRole { baseline: false, ..lru }];
        let estimate = |budget| {
            let rule = rule(budget);
            let times = [ThroughputTime { trial_seconds: vec![1.0, 1.0], has_scaling: false }];
            rounds(&rule, &variants, ParticipationRule::new(&rule, &variants), &times)
        };
        assert_eq!(estimate(None), 30);
        // A round takes 4.6 s: 3 trials and a discarded one of 1 s each, and 15 % for latency.
        assert_eq!(estimate(Some(60.0)), 14);
        assert_eq!(estimate(Some(1.0)), min_rounds_for_pairs(1) as u32);
        assert_eq!(estimate(Some(1e6)), 30);
    }
}
