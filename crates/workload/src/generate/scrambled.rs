//! Zipf's law with the popular keys spread over the whole range (YCSB's scrambled Zipfian).
//!
//! As there, ranks are drawn from ten thousand million, whatever the number of keys, and hashed to
//! a key by FNV-1a; several ranks share a key.

use rand_chacha::rand_core::Rng;

use super::zipf::Zipf;

/// Ranks that are drawn from.
pub const RANKS: u64 = 10_000_000_000;

/// Draws 0 to `keys` − 1.
#[derive(Debug)]
pub struct ScrambledZipf {
    keys: u64,
    ranks: Zipf,
}

impl ScrambledZipf {
    /// A distribution over `keys` keys (at least 1); YCSB's exponent is 0.99.
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        Self { keys: keys.max(1), ranks: Zipf::new(RANKS, exponent) }
    }

    /// One key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        self.key_of(self.ranks.draw(random))
    }

    /// The key of a rank, from 1.
    #[must_use]
    pub fn key_of(&self, rank: u64) -> u64 {
        fnv_1a(rank - 1) % self.keys
    }
}

/// FNV-1a over the eight bytes of a number from the lowest on, without its sign as Java has it
/// (G. Fowler, L. C. Noll and K.-P. Vo).
fn fnv_1a(number: u64) -> u64 {
    let hash = number.to_le_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed().unsigned_abs()
}

#[cfg(test)]
mod tests {
    #[test]
    fn fnv_is_the_published_one() {
        // FNV-1a of eight zero bytes, as a signed number without its sign.
        assert_eq!(super::fnv_1a(0), 0xa8c7_f832_281a_39c5_u64.cast_signed().unsigned_abs());
    }
}
