//! What a cache holds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::Key;

/// Bytes that [`Value::encode`] puts before the body: the key and the version, little-endian.
pub const HEADER_BYTES: usize = 16;

/// A value that says whose it is and how new it is, so that every answer can be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The key that it belongs to.
    pub key: Key,
    /// How many writes of that key came before it: 0 is what the origin had at first.
    pub version: u64,
    /// The body; cloning it copies no bytes.
    pub body: Bytes,
}

/// Bytes that are no encoded value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored value of {length} bytes is shorter than its {HEADER_BYTES}-byte header")]
pub struct Torn {
    /// How many bytes there were.
    pub length: usize,
}

impl Value {
    /// The header that a networked strategy writes before the body.
    #[inline]
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&self.key.0.to_le_bytes());
        header[8..].copy_from_slice(&self.version.to_le_bytes());
        header
    }

    /// Header and body in one piece, for a store that keeps bytes.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut encoded = BytesMut::with_capacity(HEADER_BYTES + self.body.len());
        encoded.extend_from_slice(&self.header());
        encoded.extend_from_slice(&self.body);
        encoded.freeze()
    }

    /// Takes a value apart again; the body shares the memory of `encoded`.
    ///
    /// # Errors
    /// [`Torn`] if it is shorter than the header.
    pub fn decode(mut encoded: Bytes) -> Result<Self, Torn> {
        if encoded.len() < HEADER_BYTES {
            return Err(Torn { length: encoded.len() });
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

/// How an entry is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOptions {
    /// Time to live from now on; `None` for ever.
    pub ttl: Option<Duration>,
    /// What it counts against a capacity in bytes.
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
    fn an_encoded_value_comes_back() {
        let value = Value { key: Key(7), version: 3, body: Bytes::from_static(b"body") };
        assert_eq!(Value::decode(value.encode()), Ok(value));
        assert_eq!(Value::decode(Bytes::from_static(b"short")), Err(Torn { length: 5 }));
    }
}
