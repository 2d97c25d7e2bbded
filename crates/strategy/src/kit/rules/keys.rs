//! Keys are 64 bits, and all of them count.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Key, Strategy};

pub(super) fn distinct_keys<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        // The ends, every single bit, and its complement.
        let mut keys = vec![Key(0), Key(u64::MAX), Key(10), Key(100)];
        keys.extend((0..64).flat_map(|bit| [Key(1 << bit), Key(!(1 << bit))]));
        for &key in &keys {
            cache.put(&value(key, 1, 8))?;
        }
        let mut held = 0;
        for &key in &keys {
            held += u64::from(cache.holds(&value(key, 1, 8))?);
        }
        cache.remove(Key(0))?;
        cache.lacks(Key(0), "was removed")?;
        cache.holds(&value(Key(1 << 63), 1, 8))?;
        Ok(format!("{held} of {} keys that differ in single bits stay apart", keys.len()))
    })
}
