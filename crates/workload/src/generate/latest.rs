//! What was added last is asked for most (YCSB's latest).

use rand_chacha::rand_core::Rng;

use super::zipf::GrowingZipf;

/// Draws 0 to `keys` − 1, the last key the most popular, Zipf's law from there back.
#[derive(Debug)]
pub struct Latest {
    ages: GrowingZipf,
}

impl Latest {
    /// A distribution over `keys` keys (at least 1).
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        Self { ages: GrowingZipf::new(keys, exponent) }
    }

    /// One key more, which is the most popular from now on.
    pub fn grow(&mut self) {
        self.ages.grow();
    }

    /// One key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        self.ages.keys() - self.ages.draw(random)
    }
}
