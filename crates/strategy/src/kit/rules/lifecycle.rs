//! Rules about opening and closing: empty start, options, namespaces and reopening.

use crate::kit::executor::Executor;
use crate::kit::failure::RuleResult;
use crate::kit::harness::Harness;
use crate::kit::values::value;
use crate::{Key, Strategy};

/// Name of an option that no strategy has.
const UNKNOWN_OPTION: &str = "an-option-that-no-strategy-has";

pub(super) fn opens_empty<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    harness.with_ample_cache(|cache| {
        let held = cache.settled_len()?;
        ensure!(
            held == 0,
            "a new namespace has {held} entries after open, expected 0; prefix every key \
             with config.namespace"
        );
        cache.check_absent(Key::from_id(1), "was never put")?;
        Ok(String::from("a new namespace is empty"))
    })
}

pub(super) fn rejects_unknown_options<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    let mut config = harness.config(harness.ample_capacity());
    config.options.0.insert(UNKNOWN_OPTION.to_owned(), String::from("1"));
    match harness.open(&config) {
        Err(refusal) => Ok(refusal.0),
        Ok(cache) => {
            cache.close()?;
            ensure!(
                false,
                "open accepted the unknown option {UNKNOWN_OPTION:?}, expected an error; call \
                 config.options.reject_unknown(&[…]), so that a misspelt option is not measured"
            );
            Ok(String::new())
        }
    }
}

pub(super) fn separates_namespaces<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    let first = harness.config(harness.ample_capacity());
    // The first name is a prefix of the second, so key prefixes without a delimiter would mix them
    // up.
    let mut second = first.clone();
    second.namespace.push('0');
    harness.with_cache(&first, |first| {
        harness.with_cache(&second, |second| {
            let (one, two) = (value(Key::from_id(1), 1, 20), value(Key::from_id(1), 2, 20));
            first.put(&one)?;
            second.check_absent(one.key, "was put in another namespace only")?;
            second.put(&two)?;
            first.check_held(&one)?;
            first.clear()?;
            first.check_absent(one.key, "was cleared")?;
            second.check_held(&two)?;
            Ok(String::from("two namespaces, one a prefix of the other, are separate"))
        })
    })
}

pub(super) fn closes_and_reopens<S: Strategy, E: Executor>(
    harness: &Harness<'_, S, E>,
) -> RuleResult {
    let config = harness.config(harness.ample_capacity());
    let put = value(Key::from_id(1), 1, 30);
    let first = harness.open(&config)?;
    first.put(&put)?;
    first.settle()?;
    first.close()?;
    drop(first);
    // The driver tests sharing and persistence with separate processes. This rule only tests that a
    // namespace can be reopened, and that an in-process cache does not keep entries in a global
    // variable.
    harness.with_cache(&config, |second| {
        let properties = harness.properties();
        if properties.shared || properties.persistent {
            second.check_held(&put)?;
            return Ok(String::from("closed and reopened: the entry is still there"));
        }
        second.check_absent(
            put.key,
            "was put before the cache was closed, and neither `shared` nor `persistent` is declared",
        )?;
        Ok(String::from("closed and reopened: empty"))
    })
}
