//! Exponential distribution: popularity falls by a constant factor per key (as in YCSB).

use rand_chacha::rand_core::Rng;

use crate::generate::random_streams::open_unit;

/// Draws keys from 0 (the most popular) to `keys` − 1.
#[derive(Clone, Copy, Debug)]
pub struct Exponential {
    keys: u64,
    rate: f64,
}

impl Exponential {
    /// Creates a distribution in which `percentile` percent of the requests go to the first `share`
    /// of the keys.
    ///
    /// A draw beyond the last key is repeated.
    #[must_use]
    pub fn new(keys: u64, percentile: f64, share: f64) -> Self {
        let rate = -libm::log1p(-percentile / 100.0) / (share * keys as f64);
        Self { keys: keys.max(1), rate }
    }

    /// Returns the probability of a key below `key` in the distribution over infinitely many keys.
    #[must_use]
    pub fn cumulative_probability(&self, key: u64) -> f64 {
        -libm::expm1(-self.rate * key as f64)
    }

    /// Draws one key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        loop {
            let key = libm::floor(-libm::log(open_unit(random)) / self.rate);
            if key < self.keys as f64 {
                return key as u64;
            }
        }
    }
}
