//! Zipf's law with popular keys scattered over the whole range (YCSB's scrambled Zipfian).
//!
//! As in YCSB, a rank from 1 to 10^10 is drawn, regardless of the number of keys, and hashed to a
//! key with FNV-1a. Several ranks share a key.

use rand_chacha::rand_core::Rng;

use super::zipf::Zipf;

const RANKS: u64 = 10_000_000_000;

/// Draws keys from 0 to `keys` − 1.
#[derive(Debug)]
pub struct ScrambledZipf {
    keys: u64,
    ranks: Zipf,
}

impl ScrambledZipf {
    /// Creates a distribution over `keys` keys (at least 1); YCSB's exponent is 0.99.
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        Self { keys: keys.max(1), ranks: Zipf::new(RANKS, exponent) }
    }

    /// Draws one key.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        self.key_of_rank(self.ranks.draw(random))
    }

    /// Returns the key of a rank, counted from 1.
    #[must_use]
    pub fn key_of_rank(&self, rank: u64) -> u64 {
        fnv_1a(rank - 1) % self.keys
    }
}

/// Hashes the little-endian bytes of a number with FNV-1a (G. Fowler, L. C. Noll and K.-P. Vo).
///
/// Returns the absolute value of the hash as a signed number, as YCSB does in Java.
fn fnv_1a(number: u64) -> u64 {
    let hash = number.to_le_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed().unsigned_abs()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_equals_published_fnv_1a() {
        // Absolute value of FNV-1a of eight zero bytes.
        assert_eq!(super::fnv_1a(0), 0xa8c7_f832_281a_39c5_u64.cast_signed().unsigned_abs());
    }
}
