//! What was put comes back: the newest value, byte for byte, of any size.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Bytes, Key, Strategy, Value};

const KEYS: u64 = 100;
/// Around the sizes at which encodings change, up to the largest that a replay asks for.
const LENGTHS: [usize; 12] = [0, 1, 15, 16, 17, 255, 256, 1_000, 4_097, 65_535, 65_537, 1 << 20];

pub(super) fn get_after_put<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let mut held = 0;
        for id in 0..KEYS {
            let put = value(Key::from_id(id), id + 1, 40);
            cache.lacks(put.key, "was not put yet")?;
            cache.put(&put)?;
            held += u64::from(cache.holds(&put)?);
        }
        cache.lacks(Key::from_id(KEYS), "was never put")?;
        Ok(format!("{held} of {KEYS} values came back right after they were put"))
    })
}

pub(super) fn overwrite<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let key = Key::from_id(7);
        // Longer and shorter in turn, so that a rest of the old body would show.
        let versions: Vec<Value> = [40, 400, 3, 0, 90]
            .into_iter()
            .zip(1..)
            .map(|(length, version)| value(key, version, length))
            .collect();
        let mut held = 0;
        for put in &versions {
            cache.put(put)?;
            held += usize::from(cache.holds(put)?);
        }
        // Equal lengths, put without a look in between.
        for version in 6..10 {
            cache.put(&value(key, version, 90))?;
        }
        held += usize::from(cache.holds(&value(key, 9, 90))?);
        Ok(format!("{held} of {} looks at nine versions found the newest", versions.len() + 1))
    })
}

pub(super) fn value_sizes<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let mut held = 0;
        for (length, id) in LENGTHS.into_iter().zip(0..) {
            let put = value(Key::from_id(id), 1, length);
            cache.put(&put)?;
            held += usize::from(cache.holds(&put)?);
        }
        // What a text protocol would trip over, and the largest version.
        let body = Bytes::from_static(b"\0\r\n$-1\r\n\xff\xfe{}\"'\\\0");
        let awkward = Value { key: Key::from_id(99), version: u64::MAX, body };
        cache.put(&awkward)?;
        cache.holds(&awkward)?;
        Ok(format!("{held} of {} values, empty to 1 MiB, came back byte for byte", LENGTHS.len()))
    })
}
