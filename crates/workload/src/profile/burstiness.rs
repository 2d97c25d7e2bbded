//! Burstiness: the distribution of requests over time.

use serde::Serialize;

/// Minimum number of spans for an index of dispersion.
const MIN_SPANS: u64 = 10;
/// Maximum number of reported rates.
const MAX_RATES: u64 = 200;

/// Arrival rates and their variation over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Burstiness {
    /// Requests per second over the whole duration.
    pub mean_rate: f64,
    /// Requests in the busiest span divided by the mean number of requests per span.
    pub peak_to_mean: f64,
    /// Index of dispersion: variance divided by mean of the requests per span. 1 for a Poisson
    /// process, more for bursts; `None` with fewer than ten spans.
    pub dispersion: Option<f64>,
    /// Length of a span: a second, or 1/60 of a workload shorter than a minute, rounded up to a
    /// multiple of the clock's resolution.
    pub span_seconds: f64,
    /// Requests per second in consecutive intervals of equal length.
    pub rates: Vec<f64>,
}

/// Measures the burstiness of `times_us`, in microseconds since the first request.
///
/// Returns `None` if all times are equal.
pub(super) fn measure(times_us: &[u64]) -> Option<Burstiness> {
    let last = *times_us.last().filter(|&&last| last > 0)?;
    // Spans must be multiples of the resolution. With times in whole seconds, a span of 1.5 s would
    // contain the requests of one second or of two.
    let resolution = resolution(times_us);
    let round_up = |time: u64| time.div_ceil(resolution).max(1).saturating_mul(resolution);
    let time = last.saturating_add(resolution);
    let span = round_up(if last >= 60_000_000 { 1_000_000 } else { last / 60 });
    // An incomplete span at the end is not counted.
    let spans = time / span;
    let counted = &times_us[..times_us.partition_point(|&time| time < spans * span)];
    let counts = counted.chunk_by(|a, b| a / span == b / span).map(|part| part.len() as f64);
    let (peak, squares) =
        counts.fold((0.0, 0.0), |(peak, sum), n| (f64::max(peak, n), sum + n * n));
    let mean = counted.len() as f64 / spans as f64;
    let dispersion = (squares / spans as f64 - mean * mean) / mean;
    Some(Burstiness {
        mean_rate: times_us.len() as f64 / (time as f64 / 1e6),
        peak_to_mean: peak / mean,
        dispersion: (spans >= MIN_SPANS).then_some(dispersion),
        span_seconds: span as f64 / 1e6,
        rates: rates(times_us, time, round_up(time.div_ceil(spans.min(MAX_RATES)))),
    })
}

/// Computes requests per second in intervals of `interval` microseconds; the last may be shorter.
fn rates(times_us: &[u64], time: u64, interval: u64) -> Vec<f64> {
    let mut rates = vec![0.0; time.div_ceil(interval) as usize];
    for &at in times_us {
        // `time` saturates, so that times near 2^64 can be beyond the last interval.
        let last = rates.len() - 1;
        rates[last.min((at / interval) as usize)] += 1.0;
    }
    for (rate, start) in rates.iter_mut().zip((0..time).step_by(interval as usize)) {
        *rate /= interval.min(time - start) as f64 / 1e6;
    }
    rates
}

/// Returns the greatest common divisor of all times, in microseconds; at least 1.
fn resolution(times_us: &[u64]) -> u64 {
    let mut divisor = 0;
    for &time in times_us {
        let (mut a, mut b) = (divisor, time);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        divisor = a;
        if divisor == 1 {
            break;
        }
    }
    divisor.max(1)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    /// Uniformly random arrivals, 100 per second on average, starting at 0.
    fn random_times(seconds: u64) -> Vec<u64> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut times: Vec<u64> =
            (0..seconds * 100).map(|_| random.next_u64() % (seconds * 1_000_000)).collect();
        times.push(0);
        times.sort_unstable();
        times
    }

    #[test]
    fn dispersion_separates_steady_from_bursty_arrivals() {
        let steady: Vec<u64> = (0..100_000).map(|index| index * 1_000).collect();
        let result = measure(&steady).unwrap();
        assert!((result.mean_rate - 1_000.0).abs() < 1.0 && result.dispersion.unwrap() < 0.01);
        // 10,000 requests within 10 ms, every ten seconds.
        let bursty: Vec<u64> =
            (0..100_000).map(|index| index / 10_000 * 10_000_000 + index % 10_000).collect();
        let result = measure(&bursty).unwrap();
        assert!(result.dispersion.unwrap() > 5_000.0 && result.peak_to_mean > 8.0, "{result:?}");
        assert!(measure(&[0, 0, 0]).is_none());
    }

    #[test]
    fn a_coarse_clock_does_not_look_like_bursts() {
        for seconds in [20, 30, 59, 60, 61, 300, 301, 3_600] {
            let exact = random_times(seconds);
            let coarse: Vec<u64> = exact.iter().map(|time| time / 1_000_000 * 1_000_000).collect();
            for times in [exact, coarse] {
                let result = measure(&times).unwrap();
                let assert_close = |value: f64, expected: f64, tolerance: f64| {
                    assert!((value / expected - 1.0).abs() < tolerance, "{seconds} s: {result:?}");
                };
                assert_close(result.mean_rate, 100.0, 0.01);
                assert_close(result.dispersion.unwrap(), 1.0, 0.6);
                // Intervals last at least a third of a second, at 100 requests per second.
                let is_plausible = |&rate: &f64| (rate - 100.0).abs() < 65.0;
                assert!(result.rates.iter().all(is_plausible), "{seconds} s: {result:?}");
            }
        }
    }

    #[test]
    fn dispersion_needs_ten_spans() {
        let result = measure(&[0, 0, 1_000_000, 2_000_000, 5_000_000]).unwrap();
        assert_eq!((result.span_seconds, result.dispersion), (1.0, None));
        assert_eq!(result.rates, [2.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    }
}
