//! What a cache is asked for.

/// A 64-bit key. A networked strategy turns it into bytes itself, with its own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Key(pub u64);

/// Odd, so that multiplying by it is a bijection of 64-bit numbers (2^64 divided by the golden
/// ratio: Knuth, The Art of Computer Programming, volume 3, section 6.4).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// The inverse of [`SPREAD`] modulo 2^64.
const GATHER: u64 = 0xF1DE_83E1_9937_733D;

impl Key {
    /// The key of a workload's dense id: a bijective mix, so that no strategy profits from dense
    /// integers and none suffers from a hasher that leaves them as they are.
    #[inline]
    #[must_use]
    pub const fn from_id(id: u64) -> Self {
        let spread = id.wrapping_mul(SPREAD);
        Self(spread ^ (spread >> 32))
    }

    /// The dense id that [`Key::from_id`] made this key of.
    #[inline]
    #[must_use]
    pub const fn id(self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(GATHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_mix() {
        for id in (0..10_000).chain([u64::from(u32::MAX), u64::MAX, 1 << 40]) {
            assert_eq!(Key::from_id(id).id(), id);
        }
    }
}
