//! The time that single requests take, in nanoseconds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};

use crate::failure::Failure;

/// Longest time that is told apart; whatever takes longer counts as this.
const LONGEST_NS: u64 = 600_000_000_000;
/// Significant decimal digits.
const DIGITS: u8 = 3;

/// Latencies of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Latencies {
    histogram: Histogram<u64>,
    /// Mean distance of two timed requests.
    mean_gap: u64,
    state: u64,
}

impl Latencies {
    /// None yet; of requests that answer at once, one in `mean_gap` (at least 1) is timed.
    ///
    /// # Errors
    /// [`Failure::Runner`], which the constants above rule out.
    pub(crate) fn new(mean_gap: u64) -> Result<Self, Failure> {
        let histogram = Histogram::new_with_bounds(1, LONGEST_NS, DIGITS)
            .map_err(|error| Failure::Runner(format!("no histogram: {error}")))?;
        Ok(Self { histogram, mean_gap, state: 1 })
    }

    /// Records one request.
    pub(super) fn record(&mut self, took: Duration) {
        self.record_together(took, 1);
    }

    /// Records so many requests that were answered together: each waited for as long.
    pub(super) fn record_together(&mut self, took: Duration, count: u64) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(LONGEST_NS);
        self.histogram.saturating_record_n(nanoseconds.max(1), count);
    }

    /// How many requests on the next sample is: 1 to twice the mean, at random, so that no rhythm
    /// in the workload is sampled always on the same beat.
    pub(super) fn gap(&mut self) -> usize {
        // Xorshift (Marsaglia 2003).
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % (2 * self.mean_gap - 1)) as usize + 1
    }

    /// Requests that were timed.
    pub(super) fn timed(&self) -> u64 {
        self.histogram.len()
    }

    /// Median in nanoseconds; 0 where none was timed.
    pub(super) fn median_ns(&self) -> f64 {
        self.histogram.value_at_quantile(0.5) as f64
    }

    /// Adds those of another worker.
    pub(super) fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        let _ = self.histogram.add(&other.histogram);
    }

    /// HdrHistogram V2, deflated, in base64.
    ///
    /// # Errors
    /// [`Failure::Runner`] if it cannot be written down.
    pub(crate) fn encode(&self) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.histogram, &mut bytes)
            .map_err(|error| Failure::Runner(format!("the histogram: {error}")))?;
        Ok(STANDARD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;

    use super::*;

    #[test]
    fn an_encoded_histogram_comes_back_merged() {
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
        assert!(back.max() >= LONGEST_NS && back.min() <= 1);
    }

    #[test]
    fn gaps_are_spread_round_their_mean() {
        let mut latencies = Latencies::new(64).expect("bounds are valid");
        let gaps: Vec<_> = (0..10_000).map(|_| latencies.gap()).collect();
        let mean = gaps.iter().sum::<usize>() as f64 / gaps.len() as f64;
        assert!((60.0..68.0).contains(&mean), "{mean}");
        assert!(gaps.iter().all(|gap| (1..128).contains(gap)));
    }
}
