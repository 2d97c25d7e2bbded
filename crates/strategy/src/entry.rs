//! Keys and values of cache entries.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// 64-bit key of an entry. A networked strategy encodes the key and adds its own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Key(pub u64);

/// Multiplier of Fibonacci hashing: 2^64 divided by the golden ratio.
///
/// Source: Knuth, The Art of Computer Programming, volume 3, section 6.4. The multiplier is odd, so
/// multiplication by it is a bijection.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
/// Inverse of [`MULTIPLIER`] modulo 2^64.
const INVERSE: u64 = 0xF1DE_83E1_9937_733D;

impl Key {
    /// Returns the key for a dense id of a workload. Different ids have different keys.
    ///
    /// The id is mixed, because dense integers would favour some strategies and defeat weak
    /// hashers.
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

/// Length of the header that [`Value::encode`] writes before the body.
///
/// The header consists of key and version as little-endian 64-bit integers.
pub const HEADER_BYTES: usize = 16;

/// Value with its key and version, which allow a reader to verify it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Key of the entry.
    pub key: Key,
    /// Number of writes of the key up to this value; 0 for the initial value in the origin.
    pub version: u64,
    /// Payload. Clones share its memory.
    pub body: Bytes,
}

/// Error of decoding stored bytes that are shorter than the header of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot decode a stored value: it has {length} bytes, less than its {HEADER_BYTES}-byte header"
)]
pub struct TruncatedValue {
    /// Number of stored bytes.
    pub length: usize,
}

impl Value {
    /// Returns the header that precedes the body in the encoded value.
    #[inline]
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&self.key.0.to_le_bytes());
        header[8..].copy_from_slice(&self.version.to_le_bytes());
        header
    }

    /// Encodes header and body into one buffer, for a store that keeps bytes.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut encoded = BytesMut::with_capacity(HEADER_BYTES + self.body.len());
        encoded.extend_from_slice(&self.header());
        encoded.extend_from_slice(&self.body);
        encoded.freeze()
    }

    /// Decodes a value; its body shares the memory of `encoded`.
    ///
    /// # Errors
    /// [`TruncatedValue`] if `encoded` is shorter than the header.
    pub fn decode(mut encoded: Bytes) -> Result<Self, TruncatedValue> {
        if encoded.len() < HEADER_BYTES {
            return Err(TruncatedValue { length: encoded.len() });
        }
        let header = encoded.split_to(HEADER_BYTES);
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&header[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Ok(Self { key: Key(word(0)), version: word(8), body: encoded })
    }
}

/// Options for storing an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// Time to live from now; `None` if the entry does not expire.
    pub ttl: Option<Duration>,
    /// Size of the entry that counts against a capacity in bytes.
    pub weight: u32,
}

impl Default for PutOptions {
    fn default() -> Self {
        Self { ttl: None, weight: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_inverts_encode() {
        let value = Value { key: Key(7), version: 3, body: Bytes::from_static(b"body") };
        assert_eq!(Value::decode(value.encode()), Ok(value));
        assert_eq!(Value::decode(Bytes::from_static(b"short")), Err(TruncatedValue { length: 5 }));
    }

    #[test]
    fn id_inverts_from_id() {
        for id in (0..10_000).chain([u64::from(u32::MAX), u64::MAX, 1 << 40]) {
            assert_eq!(Key::from_id(id).id(), id);
        }
    }
}
