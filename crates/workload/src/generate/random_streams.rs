//! Random number streams and uniform floating-point numbers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Distance between neighboring random numbers: 2^−53.
const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;

/// Creates one of the independent ChaCha8 streams of a seed.
pub(super) fn random_stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// Draws a number in [0, 1).
#[inline]
pub(super) fn unit(random: &mut impl Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * STEP
}

/// Draws a number in (0, 1).
#[inline]
pub(super) fn open_unit(random: &mut impl Rng) -> f64 {
    open_unit_from_bits(random.next_u64())
}

/// Converts 64 random bits to a number in (0, 1).
#[inline]
pub(super) fn open_unit_from_bits(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) * STEP
}
