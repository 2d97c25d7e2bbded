//! Expected time of trials and rounds.

use bakeoff_protocol::exploration::Stopping;
use bakeoff_protocol::{Meter, TrialSpec};
use bakeoff_stats::rounds::{min_rounds_for_pairs, pairs};

use crate::schedule::participation::{Participant, Participation};
use crate::schedule::secondary::{LATENCY_SHARE, OPEN_LOOP_NS, SCALING_SHARE};

/// Requests per second in process, on a typical machine with two cores.
const IN_PROCESS: f64 = 5e6;
/// Requests per second with a service, one request in flight.
const SERVICE: f64 = 5e4;
/// Requests per second with a service, many requests in flight.
const SERVICE_IN_FLIGHT: f64 = 1.2e5;
/// Seconds to start and end a process.
const PROCESS: f64 = 0.05;
/// Seconds to find the memory limit of a server for one capacity.
const CALIBRATION: f64 = 3.0;

/// Estimates the time of one trial in seconds; `requests` is the length of the workload.
pub(crate) fn trial_seconds(spec: &TrialSpec, requests: u64, service: bool) -> f64 {
    let rate = match (service, spec.meter) {
        (false, _) => IN_PROCESS,
        (true, Meter::HitRatio) => SERVICE,
        (true, _) => SERVICE_IN_FLIGHT,
    };
    let calibration = if service && spec.meter == Meter::HitRatio { CALIBRATION } else { 0.0 };
    let Some(window) = spec.window else {
        let replayed = spec.request_limit.unwrap_or(requests);
        return PROCESS + calibration + replayed as f64 / rate;
    };
    let warmup = spec.warmup_requests as f64 / rate;
    if spec.load.open_loop_percent.is_some() {
        return PROCESS + warmup + OPEN_LOOP_NS as f64 / 1e9;
    }
    // Each pass over the window has its own warm-up.
    let pass = window.length as f64 / rate;
    let passes = (spec.min_measured_ns as f64 / 1e9 / pass).ceil().max(1.0);
    PROCESS + passes * (pass + warmup)
}

/// Factor of a round's time for the discarded trial at its start.
pub(crate) fn discarded_trial_factor(variants: usize) -> f64 {
    1.0 + 1.0 / (variants as f64 + 1.0)
}

/// Throughput trials of one scenario.
pub(crate) struct RoundTime {
    /// Expected seconds of one trial of each variant.
    pub(crate) trial_seconds: Vec<f64>,
    /// True if the scenario measures several numbers of workers.
    pub(crate) has_scaling: bool,
}

/// Estimates the number of rounds that the budget allows.
///
/// It is at least the minimum for a verdict, and at most the rule's minimum.
pub(crate) fn rounds(
    rule: &Stopping,
    variants: &[Participant],
    participation: Participation,
    scenarios: &[RoundTime],
) -> u32 {
    let Some(budget) = rule.budget_seconds else { return rule.minimum_rounds };
    let seconds = |with_services: bool| -> f64 {
        let one_scenario = |scenario: &RoundTime| {
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
    use crate::schedule::abilities::tests::{IN_PROCESS as LRU, SERVICE as REDIS};
    use crate::schedule::cells::tests::scenario;
    use crate::schedule::cells::{throughput, untimed};

    #[test]
    fn services_take_longer() {
        let seconds = |name, abilities, service| {
            let timed = throughput(&scenario(), name, abilities, 100_000_000, 1);
            let exact = untimed(&scenario(), name, abilities, true, 1).remove(0);
            [timed, exact].map(|spec| trial_seconds(&spec, 1_000, service))
        };
        let (lru, redis) = (seconds("lru", LRU, false), seconds("redis", REDIS, true));
        // 0.1 s measured in passes of 500 requests, each after 200 requests of warm-up.
        assert!((lru[0] - (PROCESS + 0.14)).abs() < 1e-9, "{lru:?}");
        assert!(redis[1] > CALIBRATION && lru[1] < 0.1, "{lru:?} {redis:?}");
    }

    #[test]
    fn a_budget_limits_the_rounds_down_to_the_minimum_for_a_verdict() {
        let rule = |budget_seconds| Stopping {
            precision: 0.01,
            minimum_rounds: 30,
            maximum_rounds: 100,
            budget_seconds,
        };
        let lru = Participant { service: false, competes: true, baseline: true };
        let variants = [lru, Participant { baseline: false, ..lru }];
        let estimate = |budget| {
            let rule = rule(budget);
            let times = [RoundTime { trial_seconds: vec![1.0, 1.0], has_scaling: false }];
            rounds(&rule, &variants, Participation::new(&rule, &variants), &times)
        };
        assert_eq!(estimate(None), 30);
        // A round takes 3 trials of 1 s, a third of a trial more each, and 15 % for latency.
        assert_eq!(estimate(Some(60.0)), 14);
        assert_eq!(estimate(Some(1.0)), min_rounds_for_pairs(1) as u32);
        assert_eq!(estimate(Some(1e6)), 30);
    }
}
