//! A time to live, where it is declared: there before it has passed, gone after.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::kit::cache::Cache;
use crate::kit::examiner::Examiner;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, Verdict};
use crate::kit::values::value;
use crate::{Key, PutOptions, Source, Strategy, Value};

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(600);
/// After the short time, for clocks that tick coarsely.
const MARGIN: Duration = Duration::from_millis(100);
/// A machine may stop us for longer than the short time; then the look before it says nothing.
const ATTEMPTS: u32 = 5;

pub(super) fn expires<S: Strategy, E: Executor>(examiner: &Examiner<'_, S, E>) -> Verdict {
    if !examiner.properties().ttl {
        return Ok(String::from("not declared"));
    }
    for _ in 0..ATTEMPTS {
        if let Some(seen) = examiner.with_roomy(|cache| attempt(cache))? {
            return Ok(seen);
        }
    }
    ensure!(
        false,
        "the machine was too busy to look within half of {SHORT:?}, {ATTEMPTS} times; try again"
    );
    Ok(String::new())
}

/// `None` if the machine was too slow to look in time.
fn attempt<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<Option<String>, Failure> {
    let [short, long, ever, prolonged, shortened, loaded] =
        [1, 2, 3, 4, 5, 6].map(|id| value(Key::from_id(id), 1, 30));
    let put =
        |value: &Value, ttl| cache.put_with(value, PutOptions { ttl, ..cache.options(value) });
    let table = cache.table();
    table.commit(loaded.clone());
    table.live(Some(SHORT));
    let begun = Instant::now();
    put(&long, Some(LONG))?;
    put(&ever, None)?;
    // The last put decides, in both directions.
    put(&prolonged, Some(SHORT))?;
    put(&prolonged, None)?;
    put(&shortened, None)?;
    put(&shortened, Some(SHORT))?;
    put(&short, Some(SHORT))?;
    let _ = cache.read(loaded.key, &table)?;
    let mut early = Vec::new();
    for value in [&short, &long, &ever, &prolonged, &shortened] {
        early.push(cache.holds(value));
    }
    if begun.elapsed() > SHORT / 2 {
        return Ok(None);
    }
    early.into_iter().collect::<Result<Vec<bool>, _>>()?;

    sleep(SHORT + MARGIN);
    cache.lacks(short.key, "was put for 100 ms, 200 ms ago")?;
    cache.lacks(shortened.key, "was put anew for 100 ms, 200 ms ago")?;
    for value in [&long, &ever, &prolonged] {
        cache.holds(value)?;
    }
    let again = cache.read(loaded.key, &table)?;
    let stale = |source| S::SERVES_STALE && matches!(source, Source::Stale { .. });
    ensure!(
        again.as_ref().is_ok_and(|read| read.source == Source::Loaded || stale(read.source)),
        "an entry loaded to live for 100 ms was not loaded again after 200 ms: {again:?}"
    );
    Ok(Some(format!("there at once, gone {MARGIN:?} after its {SHORT:?}; others untouched")))
}
