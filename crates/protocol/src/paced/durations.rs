//! Histogram of durations. Its bucket bounds grow by a constant factor, and histograms of several
//! instances can be added.

use serde::{Deserialize, Serialize};

/// Number of buckets per doubling of the duration; neighboring bounds differ by 9 %.
const BUCKETS_PER_OCTAVE: f64 = 8.0;

/// Histogram of durations. Bucket `n` covers `2^(n/8) − 1` up to `2^((n+1)/8) − 1` microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DurationHistogram {
    /// Number of durations by bucket, up to the last bucket that is not empty.
    pub buckets: Vec<u64>,
    /// Longest recorded duration, exact, in microseconds.
    pub longest_us: u64,
}

/// Returns the lower and upper bound of a bucket, in milliseconds.
#[must_use]
pub fn bucket_bounds_ms(bucket: usize) -> [f64; 2] {
    [bucket, bucket + 1].map(|edge| ((edge as f64 / BUCKETS_PER_OCTAVE).exp2() - 1.0) / 1_000.0)
}

impl DurationHistogram {
    /// Counts one duration in its bucket.
    pub fn record(&mut self, microseconds: u64) {
        let bucket = (BUCKETS_PER_OCTAVE * (microseconds as f64 + 1.0).log2()) as usize;
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.longest_us = self.longest_us.max(microseconds);
    }

    /// Adds the durations of another histogram.
    pub fn add(&mut self, other: &Self) {
        crate::trial::add_elementwise(&mut self.buckets, &other.buckets);
        self.longest_us = self.longest_us.max(other.longest_us);
    }

    /// Returns the number of recorded durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Returns the quantile for a share (0.99 is the 99th percentile), in milliseconds.
    ///
    /// The result is the upper bound of a bucket, about 9 % too high at most. `None` if the
    /// histogram is empty.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut cumulative = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            cumulative += count;
            if cumulative >= wanted {
                let bound = ((bucket + 1) as f64 / BUCKETS_PER_OCTAVE).exp2() - 1.0;
                return Some(bound.min(self.longest_us as f64) / 1_000.0);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_accurate_to_one_bucket() {
        let mut durations = DurationHistogram::default();
        assert_eq!(durations.quantile_ms(0.5), None);
        for microseconds in 0..100_000 {
            durations.record(microseconds);
        }
        for (share, exact) in [(0.01, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let quantile = durations.quantile_ms(share).expect("not empty");
            assert!(quantile >= exact * 0.999 && quantile < exact * 1.1, "{share}: {quantile}");
        }
        let mut other = DurationHistogram::default();
        other.record(5_000_000);
        other.add(&durations);
        assert_eq!((other.count(), other.longest_us), (100_001, 5_000_000));
        assert_eq!(other.quantile_ms(1.0), Some(5_000.0));
    }
}
