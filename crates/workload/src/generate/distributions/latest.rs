//! Latest distribution: the newest keys are the most popular (as in YCSB).

use rand_chacha::rand_core::Rng;

use super::zipf::GrowingZipf;

/// Draws keys from 0 to `keys` − 1, with Zipf's law over their age; the last key is the newest.
#[derive(Debug)]
pub struct Latest {
    ages: GrowingZipf,
}

impl Latest {
    /// Creates a distribution over `keys` keys (at least 1).
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        Self { ages: GrowingZipf::new(keys, exponent) }
    }

    /// Adds a key, which becomes the most popular one.
    pub fn grow(&mut self) {
        self.ages.grow();
    }

    /// Draws one key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        self.ages.keys() - self.ages.draw(random)
    }
}
