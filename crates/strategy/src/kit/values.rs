//! Values that the rules put, and the check of answers against them.

use bytes::Bytes;

use super::failure::Failure;
use crate::{Key, Value};

/// Random number generator SplitMix64.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`, which must not be 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Creates the value of a key at a version. Its body depends on key, version and length.
pub(crate) fn value(key: Key, version: u64, length: usize) -> Value {
    let seed = key.0 ^ version.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ ((length as u64) << 17);
    let mut numbers = SplitMix64(seed);
    let mut body = Vec::with_capacity(length + 8);
    while body.len() < length {
        body.extend_from_slice(&numbers.next().to_le_bytes());
    }
    body.truncate(length);
    Value { key, version, body: Bytes::from(body) }
}

/// Checks that an answer equals the expected value, byte for byte.
pub(crate) fn check_equal(answer: &Value, expected: &Value) -> Result<(), Failure> {
    let key = expected.key.0;
    ensure!(
        answer.key == expected.key,
        "key {key} returned the value of key {}; return only values that were put for the \
         requested key",
        answer.key.0
    );
    ensure!(
        answer.version == expected.version,
        "key {key} returned version {}, expected version {}, which was put last; replace the older \
         value on every put",
        answer.version,
        expected.version
    );
    ensure!(
        answer.body.len() == expected.body.len(),
        "key {key} returned {} bytes, expected the {} bytes that were put; store bodies unchanged",
        answer.body.len(),
        expected.body.len()
    );
    let different = answer.body.iter().zip(&expected.body).position(|(got, put)| got != put);
    ensure!(
        different.is_none(),
        "key {key} returned a body that differs at byte {} from the one that was put; store bodies \
         unchanged",
        different.unwrap_or(0)
    );
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
    fn every_difference_is_reported() {
        let expected = value(Key(1), 3, 8);
        let compare = |answer: &Value| check_equal(answer, &expected).map_err(|failure| failure.0);
        assert_eq!(compare(&expected), Ok(()));
        let other = Value { key: Key(2), ..expected.clone() };
        assert!(compare(&other).is_err_and(|text| text.contains("the value of key 2")));
        let old = Value { version: 2, ..expected.clone() };
        assert!(compare(&old).is_err_and(|text| text.contains("returned version 2")));
        let short = Value { body: expected.body.slice(..7), ..expected.clone() };
        assert!(compare(&short).is_err_and(|text| text.contains("returned 7 bytes")));
        let mut body = expected.body.to_vec();
        body[5] ^= 1;
        let altered = Value { body: body.into(), ..expected.clone() };
        assert!(compare(&altered).is_err_and(|text| text.contains("byte 5")));
    }
}
