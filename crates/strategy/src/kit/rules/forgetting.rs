//! What was removed or cleared is gone, and nothing else is.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Key, Strategy};

const KEYS: u64 = 50;

pub(super) fn remove<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        cache.remove(Key::from_id(0))?;
        for id in 0..KEYS {
            cache.put(&value(Key::from_id(id), 1, 30))?;
        }
        for id in (0..KEYS).step_by(2) {
            cache.remove(Key::from_id(id))?;
            cache.lacks(Key::from_id(id), "was removed")?;
        }
        cache.settle()?;
        let mut held = 0;
        for id in (0..KEYS).step_by(2) {
            cache.lacks(Key::from_id(id), "was removed some time ago")?;
            held += u64::from(cache.holds(&value(Key::from_id(id + 1), 1, 30))?);
        }
        let again = value(Key::from_id(0), 2, 30);
        cache.put(&again)?;
        cache.holds(&again)?;
        cache.remove(again.key)?;
        cache.remove(again.key)?;
        cache.lacks(again.key, "was removed twice")?;
        Ok(format!("{} of {KEYS} keys removed, {held} of the others still held", KEYS / 2))
    })
}

pub(super) fn clear<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        cache.clear()?;
        for round in 1..=2 {
            for id in 0..KEYS {
                cache.put(&value(Key::from_id(id), round, 30))?;
            }
            cache.clear()?;
            for id in 0..KEYS {
                cache.lacks(Key::from_id(id), "was cleared")?;
            }
            let held = cache.settled_len()?;
            ensure!(held == 0, "{held} entries are held after a clear");
        }
        let after = value(Key::from_id(1), 3, 30);
        cache.put(&after)?;
        cache.holds(&after)?;
        Ok(format!("{KEYS} keys cleared, twice; usable afterwards"))
    })
}
