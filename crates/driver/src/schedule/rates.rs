//! Request rates at which response times are measured, the same for all variants of a scenario.

use bakeoff_protocol::RateStep;
use bakeoff_protocol::exploration::RatePlan;

/// Lowest rate of a grid, in requests per second.
const LOWEST_RATE: f64 = 1_000.0;
/// Smallest ratio of the highest rate of a grid to the lowest. It lowers the lowest rate for very
/// slow services.
const MIN_SPAN: f64 = 10.0;
/// Ratio of neighboring rates that determines the number of rates.
const STEP_RATIO: f64 = 2.5;
/// Smallest and largest number of rates in a grid.
pub(crate) const GRID_RATES: (usize, usize) = (6, 8);
/// Highest rate of an open loop per worker, in requests per second.
///
/// At higher rates, reading the clock takes a large part of the time between two requests.
const MAX_RATE_PER_WORKER: f64 = 1e6;
/// Number of requests of a step, unless its duration limits change the number. Of 2,000 requests,
/// 20 exceed p99.
const STEP_REQUESTS: f64 = 2_000.0;
/// Shortest and longest duration of a step, in seconds.
const STEP_SECONDS: (f64, f64) = (0.25, 1.0);

/// Returns the rates of a plan, ascending, in whole requests per second.
///
/// `capacity` is the highest throughput in a closed loop among the variants for which the plan has
/// a grid. The rates of a grid are rounded to two digits.
pub(crate) fn rates(plan: &RatePlan, capacity: f64, workers: u32) -> Vec<u32> {
    if let RatePlan::Fixed(rates) = plan {
        return rates.clone();
    }
    let highest = capacity.min(MAX_RATE_PER_WORKER * f64::from(workers.max(1)));
    if highest < 1.0 {
        return Vec::new();
    }
    let lowest = LOWEST_RATE.min(highest / MIN_SPAN);
    let span = highest / lowest;
    let wanted = 1 + (span.ln() / STEP_RATIO.ln()).round() as usize;
    let last = wanted.clamp(GRID_RATES.0, GRID_RATES.1) - 1;
    let at = |index: usize| two_digits(lowest * span.powf(index as f64 / last as f64)).max(1.0);
    let mut rates: Vec<u32> = (0..=last).map(|index| at(index) as u32).collect();
    rates.dedup();
    rates
}

fn two_digits(value: f64) -> f64 {
    let unit = 10f64.powf(value.log10().floor() - 1.0);
    ((value / unit).round() * unit).round()
}

/// Returns the steps of a sweep over `rates`.
pub(crate) fn steps(rates: &[u32]) -> Vec<RateStep> {
    let step = |&requests_per_second: &u32| RateStep {
        requests_per_second,
        requests: (f64::from(requests_per_second) * seconds(requests_per_second)).ceil() as u64,
    };
    rates.iter().map(step).collect()
}

/// Returns the expected duration of a sweep over `rates`, in seconds.
pub(crate) fn sweep_seconds(rates: &[u32]) -> f64 {
    rates.iter().map(|&rate| seconds(rate)).sum()
}

/// Returns the duration of a step, in seconds.
fn seconds(requests_per_second: u32) -> f64 {
    let (shortest, longest) = STEP_SECONDS;
    (STEP_REQUESTS / f64::from(requests_per_second.max(1))).clamp(shortest, longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_geometric_from_1000_to_the_capacity() {
        let grid = |capacity| rates(&RatePlan::Services, capacity, 1);
        let fast = grid(391_234.0);
        assert_eq!(fast, [1_000, 2_300, 5_500, 13_000, 30_000, 71_000, 170_000, 390_000]);
        assert_eq!(grid(391_234.0), grid(389_000.0), "rounded to two digits");
        assert_eq!(grid(30_000.0), [1_000, 2_000, 3_900, 7_700, 15_000, 30_000]);
        assert_eq!(grid(3e7).last(), Some(&1_000_000), "the limit of one worker");
        assert_eq!(grid(800.0), [80, 130, 200, 320, 500, 800]);
        assert!(grid(0.0).is_empty());
        let fixed = RatePlan::Fixed(vec![7, 70]);
        assert_eq!(rates(&fixed, 1e6, 1), [7, 70]);
    }

    #[test]
    fn a_step_takes_a_quarter_of_a_second_to_a_second() {
        let requests = |rate| steps(&[rate])[0].requests;
        assert_eq!(
            [100, 1_000, 4_000, 8_000, 400_000].map(requests),
            [100, 1_000, 2_000, 2_000, 100_000]
        );
        assert_eq!(sweep_seconds(&[1_000, 4_000, 100_000]), 1.75);
    }
}
