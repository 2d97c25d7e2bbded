//! Times of a lookup and of a store in the cache that the measured window has filled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bakeoff_protocol::trial::OperationTimes;
use bakeoff_strategy::{Key, Strategy};

use super::extra_requests::{first_new_id, read};
use crate::data::trial_context::TrialContext;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::replay::request_range::RequestRange;

/// Time limit of each step: the search for cached keys, the lookups, and the stores.
const STEP_TIME_LIMIT: Duration = Duration::from_millis(5);
/// Maximum number of requests whose keys are searched for in the cache.
const MAX_KEYS: u64 = 20_000;
/// Number of requests between two readings of the clock.
const BATCH_REQUESTS: u64 = 64;

/// Times reads that hit and reads that miss, one at a time.
///
/// Returns `None` if none of the latest keys is cached.
///
/// # Errors
/// [`Failure`] if a request fails.
pub(super) fn measure<S: Strategy>(
    executor: &Executor,
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    measured: RequestRange,
) -> Result<Option<OperationTimes>, Failure> {
    let held = executor.run(held_ids(&**strategy, context, measured))??;
    if held.is_empty() {
        return Ok(None);
    }
    let mut batches = held.chunks(BATCH_REQUESTS as usize).cycle();
    let (lookup_ns, lookups) = time(|| {
        let batch = batches.next().unwrap_or_default();
        executor.run(read(&**strategy, context, batch.iter().copied()))??;
        Ok(batch.len() as u64)
    })?;
    let mut next = first_new_id(context);
    let (miss_ns, stores) = time(|| {
        executor.run(read(&**strategy, context, next..next + BATCH_REQUESTS))??;
        next += BATCH_REQUESTS;
        Ok(BATCH_REQUESTS)
    })?;
    let store_ns = (miss_ns - lookup_ns).max(0.0);
    Ok(Some(OperationTimes { lookup_ns, store_ns, lookups, stores }))
}

/// Returns the ids of the latest requests whose keys are cached.
async fn held_ids<S: Strategy>(
    strategy: &S,
    context: &TrialContext,
    measured: RequestRange,
) -> Result<Vec<u64>, Failure> {
    let started = Instant::now();
    let ids = context.workload.ids();
    let mut held = Vec::new();
    for position in (0..measured.length()).rev().take(MAX_KEYS as usize) {
        if position.is_multiple_of(BATCH_REQUESTS) && started.elapsed() > STEP_TIME_LIMIT {
            break;
        }
        let id = u64::from(ids[measured.index(position)]);
        let found = strategy.get(Key::from_id(id)).await.map_err(Failure::in_call("get"))?;
        if found.is_some() {
            held.push(id);
        }
    }
    Ok(held)
}

/// Repeats a batch until the time limit. Returns nanoseconds per request and their number.
fn time(mut batch: impl FnMut() -> Result<u64, Failure>) -> Result<(f64, u64), Failure> {
    let started = Instant::now();
    let mut requests = 0;
    loop {
        requests += batch()?;
        let elapsed = started.elapsed();
        if elapsed >= STEP_TIME_LIMIT {
            return Ok((elapsed.as_nanos() as f64 / requests as f64, requests));
        }
    }
}
