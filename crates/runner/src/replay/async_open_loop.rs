//! Open loop of strategies in `ExecutionMode::Async`: sends each request at its scheduled time,
//! without waiting for earlier answers.

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bakeoff_strategy::{Pending, Strategy};
use tokio::task::{self, JoinHandle};

use super::request_range::RequestRange;
use super::tally::Tally;
use super::{ReplayResult, async_request};
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::timing::latency::Latencies;
use crate::timing::schedule::{self, Schedule};

/// Number of overdue requests that are sent in a row before answers are processed.
const YIELD_INTERVAL: u64 = 16;

/// Counts of one worker, shared by its requests. They are tasks of one thread, so the lock is never
/// contended.
struct WorkerCounts {
    tally: Tally,
    latencies: Latencies,
}

/// Sends each request of a part at its scheduled time and waits for all answers.
///
/// # Errors
/// [`Failure::Pending`] if the strategy was pending. A panic of a request propagates to the caller.
pub(super) async fn pass<S: Strategy>(
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    part: RequestRange,
    schedule: Schedule,
    result: &mut ReplayResult,
) -> Result<(), Failure> {
    let counts = WorkerCounts { tally: Tally::default(), latencies: Latencies::new(1)? };
    let counts = Arc::new(Mutex::new(counts));
    let mut outstanding = VecDeque::new();
    let columns = context.workload.columns();
    let (mut position, mut unreported) = (0, 0);
    while position < part.length() && !context.is_stopped() {
        let due = schedule.due(position);
        let sent = schedule::wait_async(due).await;
        let indices = async_request::next_indices(&columns, part, position);
        let count = indices.len() as u64;
        result.missed_deadlines += if schedule.is_missed(due, sent) { count } else { 0 };
        outstanding.push_back(task::spawn(send_and_record(
            Arc::clone(strategy),
            Arc::clone(context),
            indices,
            due,
            Arc::clone(&counts),
        )));
        while outstanding.front().is_some_and(JoinHandle::is_finished) {
            join(outstanding.pop_front()).await?;
        }
        position += count;
        unreported += count;
        if unreported >= YIELD_INTERVAL {
            context.done.fetch_add(unreported, Ordering::Relaxed);
            unreported = 0;
            task::yield_now().await;
        }
    }
    while !outstanding.is_empty() {
        join(outstanding.pop_front()).await?;
    }
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    result.after_warmup.add(&counts.tally);
    result.latencies = Some(counts.latencies.clone());
    Ok(())
}

/// Sends requests with the same scheduled time and records their response time.
async fn send_and_record<S: Strategy>(
    strategy: Arc<S>,
    context: Arc<TrialContext>,
    indices: Range<usize>,
    due: Instant,
    counts: Arc<Mutex<WorkerCounts>>,
) -> Result<(), Pending> {
    let columns = context.workload.columns();
    let mut tally = Tally::default();
    let count = indices.len() as u64;
    async_request::send::<S, false>(&strategy, &context, &columns, indices, &mut tally).await?;
    let duration = due.elapsed();
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.tally.add(&tally);
    counts.latencies.record_n(duration, count);
    Ok(())
}

async fn join(task: Option<JoinHandle<Result<(), Pending>>>) -> Result<(), Pending> {
    let Some(task) = task else { return Ok(()) };
    match task.await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Ok(()),
        },
    }
}
