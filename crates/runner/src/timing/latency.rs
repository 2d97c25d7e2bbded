//! Histogram of request latencies, in nanoseconds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use crate::failure::Failure;

/// Highest recorded latency in nanoseconds. Longer latencies are recorded as this value.
const MAX_NS: u64 = 600_000_000_000;
/// Number of significant decimal digits in the histogram.
const SIGNIFICANT_DIGITS: u8 = 3;

/// Histogram of the latencies of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Latencies {
    histogram: Histogram<u64>,
    /// Mean distance between timed requests.
    mean_gap: u64,
    state: u64,
}

impl Latencies {
    /// Creates an empty histogram. `mean_gap` is the mean distance between timed requests, at least
    /// 1.
    ///
    /// # Errors
    /// [`Failure::Runner`] for invalid bounds, which the constants above rule out.
    pub(crate) fn new(mean_gap: u64) -> Result<Self, Failure> {
        let histogram = Histogram::new_with_bounds(1, MAX_NS, SIGNIFICANT_DIGITS)
            .map_err(|error| Failure::Runner(format!("cannot create a histogram: {error}")))?;
        Ok(Self { histogram, mean_gap, state: 1 })
    }

    /// Records the latency of one request.
    pub(crate) fn record(&mut self, duration: Duration) {
        self.record_n(duration, 1);
    }

    /// Records `count` requests that were answered together.
    pub(crate) fn record_n(&mut self, duration: Duration, count: u64) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(MAX_NS);
        self.histogram.saturating_record_n(nanoseconds.max(1), count);
    }

    /// Returns the distance to the next timed request: a random number from 1 to `2 * mean_gap -
    /// 1`.
    ///
    /// A fixed distance could hit a periodic workload always at the same phase.
    pub(crate) fn gap(&mut self) -> usize {
        // Xorshift (Marsaglia 2003).
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % (2 * self.mean_gap - 1)) as usize + 1
    }

    /// Returns the number of timed requests.
    pub(crate) fn timed(&self) -> u64 {
        self.histogram.len()
    }

    /// Returns the median in nanoseconds; 0 for an empty histogram.
    pub(crate) fn median_ns(&self) -> f64 {
        self.histogram.value_at_quantile(0.5) as f64
    }

    /// Adds the histogram of another worker.
    pub(crate) fn add(&mut self, other: &Self) {
        // Adding cannot fail, because both histograms have the same bounds.
        let _ = self.histogram.add(&other.histogram);
    }

    /// Encodes the histogram in base64 of the deflated HdrHistogram V2 format.
    ///
    /// # Errors
    /// [`Failure::Runner`] if the histogram cannot be serialized.
    pub(crate) fn encode(&self) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.histogram, &mut bytes)
            .map_err(|error| Failure::Runner(format!("cannot encode the histogram: {error}")))?;
        Ok(STANDARD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;

    use super::*;

    #[test]
    fn merged_histograms_survive_encoding() {
        let mut latencies = Latencies::new(64).expect("bounds are valid");
        latencies.record(Duration::from_nanos(100));
        let mut other = Latencies::new(64).expect("bounds are valid");
        other.record(Duration::from_secs(100_000));
        other.record(Duration::ZERO);
        latencies.add(&other);
        let bytes = STANDARD.decode(latencies.encode().expect("encodes")).expect("is base64");
        let back: Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes.as_slice()).expect("is a histogram");
        assert_eq!((back.len(), back.value_at_quantile(0.5)), (3, 100));
        assert!(back.max() >= MAX_NS && back.min() <= 1);
    }

    #[test]
    fn gaps_are_spread_around_their_mean() {
        let mut latencies = Latencies::new(64).expect("bounds are valid");
        let gaps: Vec<_> = (0..10_000).map(|_| latencies.gap()).collect();
        let mean = gaps.iter().sum::<usize>() as f64 / gaps.len() as f64;
        assert!((60.0..68.0).contains(&mean), "{mean}");
        assert!(gaps.iter().all(|gap| (1..128).contains(gap)));
    }
}
