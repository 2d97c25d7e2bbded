//! A distribution of times that can be added up: counts in buckets of equal ratio.

use serde::{Deserialize, Serialize};

/// Buckets an octave: neighbouring bounds differ by 9 %.
const PER_OCTAVE: f64 = 8.0;

/// Times, counted. Bucket `n` holds those of `2^(n/8) − 1` up to `2^((n+1)/8) − 1` microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Times {
    /// Counts, up to the last bucket that holds any.
    pub buckets: Vec<u64>,
    /// The longest time, exact, in microseconds.
    pub longest_us: u64,
}

/// Least and greatest time, in milliseconds, that a bucket holds.
#[must_use]
pub fn bounds_ms(bucket: usize) -> [f64; 2] {
    [bucket, bucket + 1].map(|edge| ((edge as f64 / PER_OCTAVE).exp2() - 1.0) / 1_000.0)
}

impl Times {
    /// Counts one time.
    pub fn record(&mut self, microseconds: u64) {
        let bucket = (PER_OCTAVE * (microseconds as f64 + 1.0).log2()) as usize;
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += 1;
        self.longest_us = self.longest_us.max(microseconds);
    }

    /// Adds another distribution.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (sum, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *sum += more;
        }
        self.longest_us = self.longest_us.max(other.longest_us);
    }

    /// Times counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The time, in milliseconds, that a share of all times does not exceed; at most 9 % too
    /// much. `None` where nothing was counted.
    #[must_use]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.count() as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                let bound = ((bucket + 1) as f64 / PER_OCTAVE).exp2() - 1.0;
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
    fn quantiles_are_right_within_a_bucket() {
        let mut times = Times::default();
        assert_eq!(times.quantile_ms(0.5), None);
        for microseconds in 0..100_000 {
            times.record(microseconds);
        }
        for (share, exact) in [(0.01, 1.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            let found = times.quantile_ms(share).expect("not empty");
            assert!(found >= exact * 0.999 && found < exact * 1.1, "{share}: {found}");
        }
        let mut other = Times::default();
        other.record(5_000_000);
        other.add(&times);
        assert_eq!((other.count(), other.longest_us), (100_001, 5_000_000));
        assert_eq!(other.quantile_ms(1.0), Some(5_000.0));
    }
}
