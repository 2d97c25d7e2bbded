//! Rules about `put` and `get`: each key returns its latest value, byte for byte, for any key and
//! size.

use crate::kit::executor::Executor;
use crate::kit::failure::RuleResult;
use crate::kit::harness::Harness;
use crate::kit::values::value;
use crate::{Bytes, Key, Strategy, Value};

const KEYS: u64 = 100;
/// Value lengths around the limits of common encodings, up to the longest value of a replay.
const LENGTHS: [usize; 12] = [0, 1, 15, 16, 17, 255, 256, 1_000, 4_097, 65_535, 65_537, 1 << 20];

pub(super) fn get_after_put<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let mut held = 0;
        for id in 0..KEYS {
            let put = value(Key::from_id(id), id + 1, 40);
            cache.check_absent(put.key, "was not put yet")?;
            cache.put(&put)?;
            held += u64::from(cache.check_held(&put)?);
        }
        cache.check_absent(Key::from_id(KEYS), "was never put")?;
        Ok(format!("{held} of {KEYS} values were returned after they were put"))
    })
}

pub(super) fn overwrite<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let key = Key::from_id(7);
        // The lengths go up and down, so that a remainder of a longer old body would be noticed.
        let versions: Vec<Value> = [40, 400, 3, 0, 90]
            .into_iter()
            .zip(1..)
            .map(|(length, version)| value(key, version, length))
            .collect();
        let mut held = 0;
        for put in &versions {
            cache.put(put)?;
            held += usize::from(cache.check_held(put)?);
        }
        // Overwrite with equal lengths, without a get in between.
        for version in 6..10 {
            cache.put(&value(key, version, 90))?;
        }
        held += usize::from(cache.check_held(&value(key, 9, 90))?);
        Ok(format!(
            "one key overwritten 9 times: {held} of {} gets returned the latest version",
            versions.len() + 1
        ))
    })
}

pub(super) fn distinct_keys<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        // The smallest and largest key, and for each bit the key with only this bit and its
        // complement.
        let mut keys = vec![Key(0), Key(u64::MAX), Key(10), Key(100)];
        keys.extend((0..64).flat_map(|bit| [Key(1 << bit), Key(!(1 << bit))]));
        for &key in &keys {
            cache.put(&value(key, 1, 8))?;
        }
        let mut held = 0;
        for &key in &keys {
            held += u64::from(cache.check_held(&value(key, 1, 8))?);
        }
        cache.remove(Key(0))?;
        cache.check_absent(Key(0), "was removed")?;
        cache.check_held(&value(Key(1 << 63), 1, 8))?;
        Ok(format!("{held} of {} keys that differ in single bits are separate", keys.len()))
    })
}

pub(super) fn value_sizes<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let mut held = 0;
        for (length, id) in LENGTHS.into_iter().zip(0..) {
            let put = value(Key::from_id(id), 1, length);
            cache.put(&put)?;
            held += usize::from(cache.check_held(&put)?);
        }
        // Bytes that a text protocol would misread, and the largest version.
        let body = Bytes::from_static(b"\0\r\n$-1\r\n\xff\xfe{}\"'\\\0");
        let binary = Value { key: Key::from_id(99), version: u64::MAX, body };
        cache.put(&binary)?;
        cache.check_held(&binary)?;
        Ok(format!(
            "{held} of {} values from 0 bytes to 1 MiB were returned unchanged",
            LENGTHS.len()
        ))
    })
}
