//! Uniform distribution.

use rand_chacha::rand_core::Rng;

/// Draws keys from 0 to `keys` − 1, without bias.
///
/// D. Lemire, "Fast random integer generation in an interval", 2019.
#[derive(Clone, Copy, Debug)]
pub struct Uniform {
    keys: u64,
    /// 2^64 mod `keys`; a product is rejected if its lower 64 bits are below this number.
    reject_below: u64,
}

impl Uniform {
    /// Creates a distribution over `keys` keys (at least 1).
    #[must_use]
    pub const fn new(keys: u64) -> Self {
        let keys = if keys == 0 { 1 } else { keys };
        Self { keys, reject_below: keys.wrapping_neg() % keys }
    }

    /// Draws one key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        loop {
            let product = u128::from(random.next_u64()) * u128::from(self.keys);
            if product as u64 >= self.reject_below {
                return (product >> 64) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn all_keys_are_equally_likely() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let uniform = Uniform::new(100);
        let mut counts = [0_f64; 100];
        for _ in 0..200_000 {
            counts[uniform.draw(&mut random) as usize] += 1.0;
        }
        let chi_square: f64 =
            counts.iter().map(|count| (count - 2_000.0) * (count - 2_000.0) / 2_000.0).sum();
        // The 99.9 % quantile for 99 degrees of freedom.
        assert!(chi_square < 148.2, "{chi_square}");
    }
}
