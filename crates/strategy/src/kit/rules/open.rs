//! Opening: empty, careful with options, apart from other namespaces.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::value;
use crate::{Key, Strategy};

/// No strategy has an option of this name.
const UNKNOWN_OPTION: &str = "an-option-that-no-strategy-has";

pub(super) fn opens_empty<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        let held = cache.settled_len()?;
        ensure!(held == 0, "a new namespace holds {held} entries as soon as it is opened");
        cache.lacks(Key::from_id(1), "was never put")?;
        Ok(String::from("opens empty"))
    })
}

pub(super) fn refuses_unknown_options<S: Strategy, E: Executor>(
    examiner: &Examiner<'_, S, E>,
) -> Verdict {
    let mut config = examiner.config(examiner.roomy());
    config.options.0.insert(UNKNOWN_OPTION.to_owned(), String::from("1"));
    match examiner.try_open(&config) {
        Err(refusal) => Ok(refusal.0),
        Ok(cache) => {
            cache.close()?;
            ensure!(
                false,
                "the option {UNKNOWN_OPTION:?} was accepted: refuse what you do not know with \
                 config.options.only(&[…]), or a typo is measured in silence"
            );
            Ok(String::new())
        }
    }
}

pub(super) fn keeps_namespaces_apart<S: Strategy, E: Executor>(
    examiner: &Examiner<'_, S, E>,
) -> Verdict {
    let one = examiner.config(examiner.roomy());
    // One name begins with the other: a prefix without an end mark would take both for one.
    let mut other = one.clone();
    other.namespace.push('0');
    examiner.with(&one, |one| {
        examiner.with(&other, |other| {
            let (here, there) = (value(Key::from_id(1), 1, 20), value(Key::from_id(1), 2, 20));
            one.put(&here)?;
            other.lacks(here.key, "was put in another namespace only")?;
            other.put(&there)?;
            one.holds(&here)?;
            one.clear()?;
            one.lacks(here.key, "was cleared")?;
            other.holds(&there)?;
            Ok(String::from("two namespaces, one the beginning of the other, stay apart"))
        })
    })
}
