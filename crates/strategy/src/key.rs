//! Keys of cache entries.

/// 64-bit key of an entry. A networked strategy encodes it and adds its own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Key(pub u64);

/// Multiplier of Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, The Art of Computer
/// Programming, volume 3, section 6.4). It is odd, so multiplication by it is a bijection.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
/// Inverse of [`MULTIPLIER`] modulo 2^64.
const INVERSE: u64 = 0xF1DE_83E1_9937_733D;

impl Key {
    /// Returns the key for a workload's dense id, by a bijective mix.
    ///
    /// Mixing keeps dense integers from favouring a strategy or from defeating a weak hasher.
    #[inline]
    #[must_use]
    pub const fn from_id(id: u64) -> Self {
        let product = id.wrapping_mul(MULTIPLIER);
        Self(product ^ (product >> 32))
    }

    /// Returns the dense id that [`Key::from_id`] maps to this key.
    #[inline]
    #[must_use]
    pub const fn id(self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(INVERSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_inverts_from_id() {
        for id in (0..10_000).chain([u64::from(u32::MAX), u64::MAX, 1 << 40]) {
            assert_eq!(Key::from_id(id).id(), id);
        }
    }
}
