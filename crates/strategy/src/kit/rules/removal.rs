//! Rules about `remove` and `clear`: removed keys are gone, and all other keys remain.

use crate::kit::executor::Executor;
use crate::kit::failure::RuleResult;
use crate::kit::harness::Harness;
use crate::kit::values::value;
use crate::{Key, Strategy};

const KEYS: u64 = 50;

pub(super) fn remove<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        cache.remove(Key::from_id(0))?;
        for id in 0..KEYS {
            cache.put(&value(Key::from_id(id), 1, 30))?;
        }
        for id in (0..KEYS).step_by(2) {
            cache.remove(Key::from_id(id))?;
            cache.check_absent(Key::from_id(id), "was removed")?;
        }
        cache.settle()?;
        let mut held = 0;
        for id in (0..KEYS).step_by(2) {
            cache.check_absent(Key::from_id(id), "was removed before settle")?;
            held += u64::from(cache.check_held(&value(Key::from_id(id + 1), 1, 30))?);
        }
        let again = value(Key::from_id(0), 2, 30);
        cache.put(&again)?;
        cache.check_held(&again)?;
        cache.remove(again.key)?;
        cache.remove(again.key)?;
        cache.check_absent(again.key, "was removed twice")?;
        Ok(format!("{} of {KEYS} keys removed, {held} of the others still cached", KEYS / 2))
    })
}

pub(super) fn clear<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        cache.clear()?;
        for round in 1..=2 {
            for id in 0..KEYS {
                cache.put(&value(Key::from_id(id), round, 30))?;
            }
            cache.clear()?;
            for id in 0..KEYS {
                cache.check_absent(Key::from_id(id), "was cleared")?;
            }
            let held = cache.settled_len()?;
            ensure!(held == 0, "len is {held} after clear, expected 0; remove every entry");
        }
        let after = value(Key::from_id(1), 3, 30);
        cache.put(&after)?;
        cache.check_held(&after)?;
        Ok(format!("{KEYS} keys cleared twice; the cache works afterwards"))
    })
}
