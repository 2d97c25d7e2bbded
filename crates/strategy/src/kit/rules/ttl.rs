//! Rule about expiry: entries expire after their time to live, and not before.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::kit::cache::Cache;
use crate::kit::executor::Executor;
use crate::kit::failure::{Failure, RuleResult};
use crate::kit::harness::Harness;
use crate::kit::values::value;
use crate::{Key, PutOptions, Source, Strategy, Value};

const SHORT_TTL: Duration = Duration::from_millis(100);
const LONG_TTL: Duration = Duration::from_secs(600);
/// Additional wait after the short time to live, because the clock of a strategy may be coarse.
const MARGIN: Duration = Duration::from_millis(100);
/// Maximum number of attempts. A busy machine may suspend the rule for longer than the short time
/// to live.
const MAX_ATTEMPTS: u32 = 5;

pub(super) fn expires<S: Strategy, E: Executor>(harness: &Harness<'_, S, E>) -> RuleResult {
    if !harness.properties().ttl {
        return Ok(String::from("not applicable: `ttl` is not declared"));
    }
    for _ in 0..MAX_ATTEMPTS {
        if let Some(observed) = harness.with_ample_cache(|cache| attempt(cache))? {
            return Ok(observed);
        }
    }
    Err(Failure(format!(
        "cannot test expiry: in {MAX_ATTEMPTS} attempts the calls before expiry took longer than \
         half of the time to live of {SHORT_TTL:?}; run the check on a less busy machine"
    )))
}

/// Tests expiry once; `None` if the machine was too slow to check the entries before they expire.
fn attempt<S: Strategy, E: Executor>(cache: &Cache<'_, S, E>) -> Result<Option<String>, Failure> {
    let [short, long, forever, prolonged, shortened, loaded] =
        [1, 2, 3, 4, 5, 6].map(|id| value(Key::from_id(id), 1, 30));
    let put =
        |value: &Value, ttl| cache.put_with(value, PutOptions { ttl, ..cache.options(value) });
    let table = cache.new_table();
    table.commit(loaded.clone());
    table.set_ttl(Some(SHORT_TTL));
    let start = Instant::now();
    put(&long, Some(LONG_TTL))?;
    put(&forever, None)?;
    // The last put of a key decides: it may prolong or shorten the time to live.
    put(&prolonged, Some(SHORT_TTL))?;
    put(&prolonged, None)?;
    put(&shortened, None)?;
    put(&shortened, Some(SHORT_TTL))?;
    put(&short, Some(SHORT_TTL))?;
    let _ = cache.read(loaded.key, &table)?;
    let mut early = Vec::new();
    for value in [&short, &long, &forever, &prolonged, &shortened] {
        early.push(cache.check_held(value));
    }
    if start.elapsed() > SHORT_TTL / 2 {
        return Ok(None);
    }
    early.into_iter().collect::<Result<Vec<bool>, _>>()?;

    sleep(SHORT_TTL + MARGIN);
    cache.check_absent(short.key, "was put 200 ms ago with 100 ms to live")?;
    cache.check_absent(shortened.key, "was overwritten 200 ms ago with 100 ms to live")?;
    for value in [&long, &forever, &prolonged] {
        cache.check_held(value)?;
    }
    let again = cache.read(loaded.key, &table)?;
    let stale = |source| S::SERVES_STALE && matches!(source, Source::Stale { .. });
    ensure!(
        again.as_ref().is_ok_and(|read| read.source == Source::Loaded || stale(read.source)),
        "an entry was loaded 200 ms ago with 100 ms to live; a read returned {again:?}, expected \
         the source Loaded"
    );
    Ok(Some(format!("entries expire within {MARGIN:?} after their {SHORT_TTL:?}; others remain")))
}
