//! Measured window of each round.
//!
//! The workload after the warm-up is divided into windows of equal length. Each round measures one
//! of them, and as many consecutive rounds as there are windows measure each exactly once. So the
//! measured requests cover the workload evenly.

use bakeoff_protocol::exploration::Scenario;
use bakeoff_protocol::{Capacity, TrialSpec, Window};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Number of warm-up requests per entry of the capacity. After them, a bounded cache has the same
/// content as after all preceding requests of the workload.
const LEAD_IN_PER_ENTRY: u64 = 8;

/// Returns the number of windows after the warm-up that are at least `wanted` requests long.
///
/// The number is odd, so that a variant that takes part in every eighth round meets every window.
fn count(requests: u64, warmup: u64, wanted: u64) -> u64 {
    let fitting = (requests.saturating_sub(warmup) / wanted.max(1)).max(1);
    if fitting.is_multiple_of(2) { fitting - 1 } else { fitting }
}

/// Returns the requests that no window contains: the scenario's warm-up, at most half the workload.
pub(crate) fn warmup(requests: u64, wanted: u64) -> u64 {
    wanted.min(requests / 2)
}

/// Returns the length of the windows, at least `wanted` requests if so many follow the warm-up.
pub(crate) fn length(requests: u64, warmup: u64, wanted: u64) -> u64 {
    (requests.saturating_sub(warmup) / count(requests, warmup, wanted)).max(1)
}

/// Returns the index of the first measured request of a round, which is equal for all cells.
#[must_use]
pub(crate) fn start(seed: u64, scenario: &Scenario, round: u32) -> u64 {
    let Scenario { requests, warmup_requests, window_requests, .. } = *scenario;
    let count = count(requests, warmup_requests, window_requests);
    let first: u64 = ChaCha8Rng::seed_from_u64(seed).next_u64() % count;
    warmup_requests + (first + u64::from(round) % count * step(count)) % count * window_requests
}

/// Returns the distance between the windows of consecutive rounds, in windows. It is near the
/// golden section of their number, and has no common factor with it.
fn step(count: u64) -> u64 {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let ideal = GOLDEN * count as f64;
    let coprime = (1..count.max(2)).filter(|&step| greatest_common_divisor(step, count) == 1);
    let distance = |step: &u64| (*step as f64 - ideal).abs();
    coprime.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(1)
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Returns the spec of a trial with the window that starts at `start`, and with its warm-up.
///
/// A cache without a limit needs all requests before the window. For a bounded cache, a lead-in of
/// several times its capacity gives the same content.
pub(crate) fn with_window(spec: &TrialSpec, start: u64, service: bool) -> TrialSpec {
    let lead_in = match spec.capacity {
        Capacity::Unbounded if !service => start,
        Capacity::Entries(entries) if !service => {
            spec.warmup_requests.max(entries.saturating_mul(LEAD_IN_PER_ENTRY))
        }
        _ => spec.warmup_requests,
    };
    TrialSpec {
        window: spec.window.map(|window| Window { start, ..window }),
        warmup_requests: lead_in.min(start),
        ..spec.clone()
    }
}

/// Derives the seed of a scenario's orders and windows from the seed of the exploration.
pub(crate) fn seed_of(seed: u64, scenario: &str) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(scenario.as_bytes()).as_bytes()[..8]);
    seed ^ u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bakeoff_protocol::{Load, Meter};
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::cells::tests::scenario;

    fn of(requests: u64, wanted_warmup: u64, wanted: u64) -> Scenario {
        let warmup_requests = warmup(requests, wanted_warmup);
        let window_requests = length(requests, warmup_requests, wanted);
        Scenario { requests, warmup_requests, window_requests, ..scenario().record }
    }

    proptest! {
        #[test]
        fn consecutive_rounds_measure_every_window_once(
            seed: u64,
            requests in 1_u64..1_000_000,
            warmup in 0_u64..1_000_000,
            wanted in 1_000_u64..1_000_000,
            first in 0_u32..100,
        ) {
            let scenario = of(requests, warmup, wanted);
            let count = count(requests, scenario.warmup_requests, scenario.window_requests);
            let rounds = first..first + count as u32;
            let starts: BTreeSet<u64> = rounds.map(|round| start(seed, &scenario, round)).collect();
            prop_assert_eq!(starts.len() as u64, count);
            prop_assert_eq!(starts.first(), Some(&scenario.warmup_requests));
            let last = starts.last().unwrap() + scenario.window_requests;
            prop_assert!(last <= requests.max(1));
            prop_assert!(requests - last.min(requests) < scenario.window_requests.max(count));
        }
    }

    #[test]
    fn services_in_every_eighth_round_meet_every_window() {
        let scenario = of(2_000_000, 120_000, 250_000);
        let starts: BTreeSet<u64> =
            (0..7).map(|index| start(9, &scenario, 17 + 8 * index)).collect();
        assert_eq!((starts.len(), scenario.window_requests), (7, 268_571));
    }

    #[test]
    fn the_warm_up_of_an_unbounded_cache_is_everything_before_the_window() {
        let spec = |capacity| TrialSpec {
            window: Some(Window { start: 0, length: 10 }),
            warmup_requests: 100,
            ..TrialSpec::new(("v", "s", "w"), Meter::Throughput, capacity, Load::ONE, 1)
        };
        let warmup = |capacity, start| with_window(&spec(capacity), start, false).warmup_requests;
        assert_eq!(warmup(Capacity::Unbounded, 5_000), 5_000);
        assert_eq!(warmup(Capacity::Entries(10), 5_000), 100);
        assert_eq!(warmup(Capacity::Entries(50), 5_000), 400);
        assert_eq!(warmup(Capacity::Entries(50), 200), 200, "nothing precedes the workload");
        assert_eq!(with_window(&spec(Capacity::Unbounded), 500, true).warmup_requests, 100);
    }
}
