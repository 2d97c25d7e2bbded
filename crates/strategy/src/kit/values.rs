//! Values that the rules put, and how an answer is held against them.

use bytes::Bytes;

use super::failure::Failure;
use crate::{Key, Value};

/// A generator of 64-bit numbers, for bodies and for what the threads do: SplitMix64 (Steele, Lea
/// and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is at least 1.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The value of a key at a version, with a body that no other key, version or length has.
pub(crate) fn value(key: Key, version: u64, length: usize) -> Value {
    let start = key.0 ^ version.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ ((length as u64) << 17);
    let mut numbers = Numbers(start);
    let mut body = Vec::with_capacity(length + 8);
    while body.len() < length {
        body.extend_from_slice(&numbers.next().to_le_bytes());
    }
    body.truncate(length);
    Value { key, version, body: Bytes::from(body) }
}

/// Holds an answer against what was asked for.
pub(crate) fn same(answer: &Value, wanted: &Value) -> Result<(), Failure> {
    let key = wanted.key.0;
    ensure!(answer.key == wanted.key, "asked for key {key}, got the value of key {}", answer.key.0);
    ensure!(
        answer.version == wanted.version,
        "key {key}: version {} was put last, got version {}",
        wanted.version,
        answer.version
    );
    ensure!(
        answer.body.len() == wanted.body.len(),
        "key {key}: {} bytes were put, got {} bytes",
        wanted.body.len(),
        answer.body.len()
    );
    let torn = answer.body.iter().zip(&wanted.body).position(|(got, put)| got != put);
    ensure!(torn.is_none(), "key {key}: byte {} is not the one that was put", torn.unwrap_or(0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_differ_by_key_version_and_length() {
        let one = value(Key(1), 1, 20);
        assert_eq!(one.body.len(), 20);
        assert_ne!(one.body, value(Key(2), 1, 20).body);
        assert_ne!(one.body, value(Key(1), 2, 20).body);
        assert_ne!(one.body, value(Key(1), 1, 21).body.slice(..20));
    }

    #[test]
    fn every_difference_is_named() {
        let wanted = value(Key(1), 3, 8);
        let says = |answer: &Value| same(answer, &wanted).map_err(|failure| failure.0);
        assert_eq!(says(&wanted), Ok(()));
        let other = Value { key: Key(2), ..wanted.clone() };
        assert!(says(&other).is_err_and(|text| text.contains("value of key 2")));
        let old = Value { version: 2, ..wanted.clone() };
        assert!(says(&old).is_err_and(|text| text.contains("got version 2")));
        let short = Value { body: wanted.body.slice(..7), ..wanted.clone() };
        assert!(says(&short).is_err_and(|text| text.contains("got 7 bytes")));
        let mut torn = wanted.body.to_vec();
        torn[5] ^= 1;
        let torn = Value { body: torn.into(), ..wanted.clone() };
        assert!(says(&torn).is_err_and(|text| text.contains("byte 5")));
    }
}
