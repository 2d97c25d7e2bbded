//! Popularity that falls by the same factor from key to key (YCSB's exponential).

use rand_chacha::rand_core::Rng;

use super::open_unit;

/// Draws 0 to `keys` − 1, the first the most popular.
#[derive(Clone, Copy, Debug)]
pub struct Exponential {
    keys: u64,
    rate: f64,
}

impl Exponential {
    /// The first `share` of the keys get `percentile` percent of the requests; what would fall
    /// beyond the last key is drawn anew.
    #[must_use]
    pub fn new(keys: u64, percentile: f64, share: f64) -> Self {
        let rate = -libm::log1p(-percentile / 100.0) / (share * keys as f64);
        Self { keys: keys.max(1), rate }
    }

    /// Probability of the keys below one, before the cut at the last.
    #[must_use]
    pub fn below(&self, key: u64) -> f64 {
        -libm::expm1(-self.rate * key as f64)
    }

    /// One key.
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
