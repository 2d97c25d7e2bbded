//! Hotspot distribution: a share of the keys gets most requests (as in YCSB).

use rand_chacha::rand_core::Rng;

use super::uniform::Uniform;
use crate::generate::random_streams::unit;

/// Draws keys from 0 to `keys` − 1; the first keys are hot.
///
/// All hot keys are equally popular, and so are all cold keys.
#[derive(Clone, Copy, Debug)]
pub struct Hotspot {
    hot: Uniform,
    cold: Uniform,
    first_cold: u64,
    hot_requests: f64,
}

impl Hotspot {
    /// Creates a distribution in which the share `hot_keys` of the keys gets the share
    /// `hot_requests` of the requests.
    #[must_use]
    pub fn new(keys: u64, hot_keys: f64, hot_requests: f64) -> Self {
        let hot = (libm::round(keys as f64 * hot_keys) as u64).clamp(1, keys.max(1));
        let cold = keys.saturating_sub(hot);
        // Without cold keys, all requests go to hot keys.
        let hot_requests = if cold == 0 { 1.0 } else { hot_requests };
        Self { hot: Uniform::new(hot), cold: Uniform::new(cold), first_cold: hot, hot_requests }
    }

    /// Draws one key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        if unit(random) < self.hot_requests {
            self.hot.draw(random)
        } else {
            self.first_cold + self.cold.draw(random)
        }
    }
}
