//! Memory of a full cache while its content is replaced several times.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bakeoff_protocol::trial::MemoryTurnover;
use bakeoff_strategy::Strategy;

use super::extra_requests::{first_new_id, replace};
use crate::data::trial_context::TrialContext;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::process;

/// Number of times that the whole content is replaced.
const PASSES: u64 = 10;
/// Minimum number of new keys per pass. The leak of a smaller cache would be less than what the
/// allocator keeps in reserve.
const MIN_KEYS: u64 = 10_000;

/// Replaces the content of a cache that holds `held` entries, and measures the memory.
///
/// Returns `None` for an empty cache, a cache without a limit, a shared one (its server limits and
/// reports its memory), and on systems that do not report the memory of a process.
///
/// # Errors
/// [`Failure`] if a request or `settle` fails.
pub(super) fn turn_over<S: Strategy>(
    executor: &Executor,
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    held: u64,
    before_bytes: u64,
) -> Result<Option<MemoryTurnover>, Failure> {
    let declared = S::PROPERTIES;
    if held == 0 || before_bytes == 0 || !declared.bound.is_bounded() || declared.shared {
        return Ok(None);
    }
    let keys_per_pass = held.max(MIN_KEYS);
    let first = first_new_id(context);
    let mut bytes_after_pass = Vec::new();
    for pass in 0..PASSES {
        let from = first + pass * keys_per_pass;
        executor.run(replace(&**strategy, context, from..from + keys_per_pass))??;
        executor.run(strategy.settle())?.map_err(Failure::in_call("settle"))?;
        bytes_after_pass.push(process::rss_anon_bytes().saturating_sub(before_bytes));
        context.done.fetch_add(keys_per_pass, Ordering::Relaxed);
    }
    let entries_held = executor.run(strategy.len())?.map_err(Failure::in_call("len"))?;
    Ok(Some(MemoryTurnover { keys_per_pass, bytes_after_pass, entries_held }))
}
