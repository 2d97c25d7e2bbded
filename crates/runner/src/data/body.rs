//! Bodies of values, which are slices of one static block and cost nothing to create.
//!
//! `docs/PROTOCOL.md` documents the generator of the block, so that a runner in another language
//! can create the same bytes.

use std::sync::LazyLock;

use bakeoff_strategy::{Key, Value};
use bytes::Bytes;

/// Maximum size of a body in bytes. A larger value keeps its weight, but its body has this size.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Size of the block in bytes. A body of maximum size fits at every offset below
/// [`MAX_BODY_BYTES`].
pub const BLOCK_BYTES: usize = 2 * MAX_BODY_BYTES;

/// Factor by which versions are multiplied. The checksum of answers combines key and version with
/// the same multiplier, so that a replay multiplies once for both purposes.
const VERSION_SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;
/// Factor by which lengths are multiplied. It makes a truncated body differ from every body of the
/// same value.
const LENGTH_SPREAD: u64 = 0xA076_1D64_78BD_642F;
/// Factor of MurmurHash2, by which the combined key, version and length are mixed.
const MIX_FACTOR: u64 = 0xC6A4_A793_5BD1_E995;

static BLOCK: LazyLock<Box<[u8]>> = LazyLock::new(|| {
    // SplitMix64 from state 0 (Steele, Lea and Flood 2014), in little-endian words.
    let mut state = 0_u64;
    let mut block = vec![0; BLOCK_BYTES].into_boxed_slice();
    for word in block.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    block
});

/// Returns the block that contains all bodies.
#[must_use]
pub fn block() -> &'static [u8] {
    &BLOCK
}

/// Returns the offset of a body in the block, below [`MAX_BODY_BYTES`].
#[inline]
#[must_use]
pub const fn offset(key: Key, version: u64, length: usize) -> usize {
    offset_of_fold(fold(key, version), length)
}

/// Combines key and version into one number.
#[inline]
pub(crate) const fn fold(key: Key, version: u64) -> u64 {
    key.0 ^ version.wrapping_mul(VERSION_SPREAD)
}

/// Returns the [`offset`] of a body, given the fold of its key and version.
#[inline]
pub(crate) const fn offset_of_fold(fold: u64, length: usize) -> usize {
    ((fold ^ (length as u64).wrapping_mul(LENGTH_SPREAD)).wrapping_mul(MIX_FACTOR) >> 44) as usize
}

/// Returns the body of a value of `bytes` bytes. A body has at most [`MAX_BODY_BYTES`].
#[inline]
#[must_use]
pub fn slice(block: &'static [u8], key: Key, version: u64, bytes: usize) -> &'static [u8] {
    let length = bytes.min(MAX_BODY_BYTES);
    let start = offset(key, version, length);
    &block[start..start + length]
}

/// Creates a value whose body is a slice of the block.
#[inline]
#[must_use]
pub fn value(key: Key, version: u64, bytes: usize) -> Value {
    Value { key, version, body: Bytes::from_static(slice(block(), key, version, bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_splitmix64_from_zero() {
        // The first two outputs of the reference implementation with seed 0.
        assert_eq!(block()[..8], 0xE220_A839_7B1D_CDAF_u64.to_le_bytes());
        assert_eq!(block()[8..16], 0x6E78_9E6A_A1B9_65F4_u64.to_le_bytes());
        assert_eq!(block().len(), BLOCK_BYTES);
    }

    #[test]
    fn key_version_and_length_all_change_the_body() {
        let body = value(Key(7), 1, 100).body;
        assert_ne!(body, value(Key(8), 1, 100).body);
        assert_ne!(body, value(Key(7), 2, 100).body);
        assert_ne!(body[..99], value(Key(7), 1, 99).body);
        assert_eq!(value(Key(7), 1, MAX_BODY_BYTES + 5).body.len(), MAX_BODY_BYTES);
        assert!(value(Key(7), 1, 0).body.is_empty());
    }

    #[test]
    fn a_body_of_maximum_size_fits_at_every_offset() {
        for id in 0..1000 {
            assert!(offset(Key::from_id(id), id, MAX_BODY_BYTES) + MAX_BODY_BYTES <= BLOCK_BYTES);
        }
    }
}
