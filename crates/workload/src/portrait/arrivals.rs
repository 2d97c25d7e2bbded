//! How evenly requests arrive.

use serde::Serialize;

/// Fewer spans than this say nothing of bursts.
const FEWEST_SPANS: u64 = 10;
/// Stretches of time that are shown, at most.
const STRETCHES: u64 = 200;

/// How requests are spread over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Burstiness {
    /// Requests per second over the whole time.
    pub mean_rate: f64,
    /// The busiest second (or other span, see `span_seconds`) by the mean.
    pub peak_to_mean: f64,
    /// Variance by mean of the requests in a span: 1 where they come at random (Poisson), more
    /// in bursts; `None` where there are fewer than ten spans.
    pub dispersion: Option<f64>,
    /// Seconds of a span: one, or a sixtieth of a workload of less than a minute; in either case a
    /// multiple of the resolution that the times have.
    pub span_seconds: f64,
    /// Requests per second, in stretches of the same time.
    pub rates: Vec<f64>,
}

/// The figures of times in microseconds since the first; `None` where all are the same.
pub(super) fn burstiness(times_us: &[u64]) -> Option<Burstiness> {
    let last = *times_us.last().filter(|&&last| last > 0)?;
    // Times in whole seconds say nothing of what is within one: spans that end there would hold
    // the requests of one second or of two.
    let resolution = resolution(times_us);
    let whole = |time: u64| time.div_ceil(resolution).max(1).saturating_mul(resolution);
    let time = last.saturating_add(resolution);
    let span = whole(if last >= 60_000_000 { 1_000_000 } else { last / 60 });
    // What is left at the end is no span.
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
        dispersion: (spans >= FEWEST_SPANS).then_some(dispersion),
        span_seconds: span as f64 / 1e6,
        rates: rates(times_us, time, whole(time.div_ceil(spans.min(STRETCHES)))),
    })
}

/// Requests per second in stretches of so many microseconds; the last may be shorter.
fn rates(times_us: &[u64], time: u64, stretch: u64) -> Vec<f64> {
    let mut rates = vec![0.0; time.div_ceil(stretch) as usize];
    for &at in times_us {
        // Times at the very end of what 64 bits hold have no stretch of their own.
        let last = rates.len() - 1;
        rates[last.min((at / stretch) as usize)] += 1.0;
    }
    for (rate, start) in rates.iter_mut().zip((0..time).step_by(stretch as usize)) {
        *rate /= stretch.min(time - start) as f64 / 1e6;
    }
    rates
}

/// The largest number of microseconds of which all times are multiples.
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

    /// Arrivals at random, a hundred a second, from 0 on.
    fn random(seconds: u64) -> Vec<u64> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut times: Vec<u64> =
            (0..seconds * 100).map(|_| random.next_u64() % (seconds * 1_000_000)).collect();
        times.push(0);
        times.sort_unstable();
        times
    }

    #[test]
    fn steady_and_bursty_arrivals_are_told_apart() {
        let steady: Vec<u64> = (0..100_000).map(|index| index * 1_000).collect();
        let found = burstiness(&steady).unwrap();
        assert!((found.mean_rate - 1_000.0).abs() < 1.0 && found.dispersion.unwrap() < 0.01);
        // All of every tenth second within it.
        let bursty: Vec<u64> =
            (0..100_000).map(|index| index / 10_000 * 10_000_000 + index % 10_000).collect();
        let found = burstiness(&bursty).unwrap();
        assert!(found.dispersion.unwrap() > 5_000.0 && found.peak_to_mean > 8.0, "{found:?}");
        assert!(burstiness(&[0, 0, 0]).is_none());
    }

    #[test]
    fn a_coarse_clock_makes_no_bursts() {
        for seconds in [20, 30, 59, 60, 61, 300, 301, 3_600] {
            let exact = random(seconds);
            let coarse: Vec<u64> = exact.iter().map(|time| time / 1_000_000 * 1_000_000).collect();
            for times in [exact, coarse] {
                let found = burstiness(&times).unwrap();
                let about = |value: f64, expected: f64, share: f64| {
                    assert!((value / expected - 1.0).abs() < share, "{seconds} s: {found:?}");
                };
                about(found.mean_rate, 100.0, 0.01);
                about(found.dispersion.unwrap(), 1.0, 0.6);
                // A third of a second, or more, of a hundred a second.
                let at_random = |&rate: &f64| (rate - 100.0).abs() < 65.0;
                assert!(found.rates.iter().all(at_random), "{seconds} s: {found:?}");
            }
        }
    }

    #[test]
    fn few_spans_say_nothing_of_bursts() {
        let found = burstiness(&[0, 0, 1_000_000, 2_000_000, 5_000_000]).unwrap();
        assert_eq!((found.span_seconds, found.dispersion), (1.0, None));
        assert_eq!(found.rates, [2.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    }
}
