//! Replay of a strategy in `ExecutionMode::Async` in lanes, with one task per lane.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use bakeoff_protocol::Lanes;
use bakeoff_strategy::{Pending, Strategy};
use tokio::task::JoinSet;

use super::ReplayResult;
use super::async_request;
use super::lane_schedule::LaneSchedule;
use super::request_range::RequestRange;
use super::tally::Tally;
use crate::data::trial_context::TrialContext;

/// Replays a range once, in lanes. The tasks share the thread of the calling runtime.
///
/// # Errors
/// [`Pending`] if a future was pending that must not be.
pub(super) async fn pass<S: Strategy>(
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    range: RequestRange,
    lanes: Lanes,
    warmup_end: u64,
    result: &mut ReplayResult,
) -> Result<(), Pending> {
    let schedule = Arc::new(Mutex::new(LaneSchedule::new(range, lanes)));
    let mut tasks = JoinSet::new();
    for number in 0..lanes.count.max(1) as usize {
        let lane = LaneTask {
            strategy: Arc::clone(strategy),
            context: Arc::clone(context),
            schedule: Arc::clone(&schedule),
            range,
            number,
            warmup_end,
        };
        if context.fresh_bodies {
            tasks.spawn(lane.run::<true>());
        } else {
            tasks.spawn(lane.run::<false>());
        }
    }
    // An early return aborts the other lanes, which would wait for the requests of the failed one.
    while let Some(outcome) = tasks.join_next().await {
        result.add_task(outcome)?;
    }
    Ok(())
}

/// Task that sends the requests of one lane, one request at a time.
struct LaneTask<S> {
    strategy: Arc<S>,
    context: Arc<TrialContext>,
    /// Shared by tasks of one thread, so the lock is never contended.
    schedule: Arc<Mutex<LaneSchedule>>,
    range: RequestRange,
    number: usize,
    warmup_end: u64,
}

impl<S: Strategy> LaneTask<S> {
    async fn run<const FRESH: bool>(self) -> Result<(Tally, Tally), Pending> {
        let Self { strategy, context, schedule, range, number, warmup_end } = &self;
        let columns = context.workload.columns();
        let mut warmup = Tally::default();
        let mut after_warmup = Tally::default();
        let mut batch = Vec::new();
        loop {
            poll_fn(|task| {
                let mut schedule = schedule.lock().unwrap_or_else(PoisonError::into_inner);
                schedule.poll_next(&columns, *number, &mut batch, task)
            })
            .await;
            let (Some(&first), Some(&last)) = (batch.first(), batch.last()) else { break };
            context.advance_clock(range.index(last));
            let tally = if (range.index(first) as u64) < *warmup_end {
                &mut warmup
            } else {
                &mut after_warmup
            };
            let indices = batch.iter().map(|&position| range.index(position));
            async_request::send::<S, FRESH>(strategy, context, &columns, indices, tally).await?;
            context.done.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        Ok((warmup, after_warmup))
    }
}
