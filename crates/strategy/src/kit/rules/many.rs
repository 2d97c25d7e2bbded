//! `get_many` answers what as many gets would, in the same order.

use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::Verdict;
use crate::kit::values::{same, value};
use crate::{Key, Strategy};

pub(super) fn same_as_gets<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    examiner.with_roomy(|cache| {
        for id in 0..40 {
            cache.put(&value(Key::from_id(id), id, 30))?;
        }
        let none = cache.get_many(&[])?;
        ensure!(none.is_empty(), "{} answers to no keys", none.len());
        // Out of order, some twice, some never put.
        let ids = [17, 3, 3, 99, 0, 39, 41, 17, 20, 5, 98];
        let keys = ids.map(Key::from_id);
        let answers = cache.get_many(&keys)?;
        ensure!(answers.len() == keys.len(), "{} answers to {} keys", answers.len(), keys.len());
        let mut answered = 0;
        for ((id, key), answer) in ids.into_iter().zip(keys).zip(&answers) {
            match answer {
                Some(answer) => {
                    same(answer, &value(key, id, 30))?;
                    answered += 1;
                }
                None => {
                    let alone = cache.get(key)?;
                    ensure!(
                        alone.is_none() || S::PROPERTIES.lossy,
                        "get answers key {}, get_many does not",
                        key.0
                    );
                }
            }
        }
        Ok(format!("{answered} of {} keys answered, out of order, some twice", keys.len()))
    })
}
