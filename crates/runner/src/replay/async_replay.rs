//! Replay loop of strategies in `ExecutionMode::Async`: one runtime and several tasks per worker.

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use bakeoff_strategy::{Pending, Strategy};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task;

use super::start_barrier::StartBarrier;
use super::{ReplayPlan, ReplayResult, async_open_loop, async_request, lane_replay};
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::process;
use crate::replay::request_range::RequestRange;
use crate::replay::tally::Tally;
use crate::timing::instrumentation::{Instrumentation, count_instructions};
use crate::timing::latency::Latencies;
use crate::timing::schedule::Schedule;

/// Number of requests after which a task yields, so that a strategy that is never pending does not
/// starve other tasks.
const YIELD_INTERVAL: u64 = 128;

/// Creates a single-threaded runtime.
///
/// # Errors
/// [`Failure::Runner`] if the system does not allow it.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runner(format!("cannot create a runtime: {error}")))
}

/// Replays a range with one thread and one runtime per worker.
///
/// The calling thread is the first worker and uses the runtime `home`, in which the strategy was
/// opened. This runtime runs until all workers have ended, because it drives the strategy's
/// connections.
///
/// # Errors
/// [`Failure::Pending`] if a future was pending that must not be. A panic of a worker propagates to
/// the caller.
pub(crate) fn replay<S: Strategy>(
    home: &Runtime,
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    plan: ReplayPlan,
) -> Result<ReplayResult, Failure> {
    let barrier = Arc::new(StartBarrier::new(plan.workers));
    let worker = |worker| Worker {
        strategy: Arc::clone(strategy),
        context: Arc::clone(context),
        barrier: Arc::clone(&barrier),
        part: plan.range.part(worker, plan.workers),
        number: worker,
        plan,
    };
    let mut others = Vec::new();
    let mut ends = Vec::new();
    for number in 1..plan.workers {
        let (ended, end) = oneshot::channel::<()>();
        let worker = worker(number);
        let runtime = runtime()?;
        others.push(thread::spawn(move || {
            // Dropping the sender signals the end of the worker, even after a panic.
            let _ended = ended;
            runtime.block_on(worker.run())
        }));
        ends.push(end);
    }
    let first = worker(0);
    let whole = async {
        let outcome = task::spawn(first.run()).await;
        for end in ends {
            // The result is always an error, because the sender is dropped without sending.
            let _ = end.await;
        }
        outcome.map_err(tokio::task::JoinError::into_panic)
    };
    let mut result = if plan.instrumentation == Instrumentation::Instructions {
        block_on_counted(home, whole)
    } else {
        home.block_on(whole)
    };
    for other in others {
        let outcome = other.join();
        result = match (result, outcome) {
            (Ok(Ok(mut sum)), Ok(Ok(more))) => {
                sum.add_worker(&more);
                Ok(Ok(sum))
            }
            (Err(panic), _) | (Ok(_), Err(panic)) => Err(panic),
            (Ok(Err(pending)), _) | (_, Ok(Err(pending))) => Ok(Err(pending)),
        };
    }
    let mut result = result.unwrap_or_else(|panic| resume_unwind(panic))?;
    result.cpu = barrier.cpu();
    Ok(result)
}

/// Runs a future to completion while a simulator counts the instructions.
fn block_on_counted<F: Future>(home: &Runtime, whole: F) -> F::Output {
    let mut whole = pin!(whole);
    let mut output = None;
    count_instructions(&mut || output = Some(home.block_on(whole.as_mut())));
    // `count_instructions` has called its argument, so there is always an output here.
    output.unwrap_or_else(|| home.block_on(whole))
}

/// Worker with its part of the range. It runs one task per request in flight.
struct Worker<S> {
    strategy: Arc<S>,
    context: Arc<TrialContext>,
    barrier: Arc<StartBarrier>,
    part: RequestRange,
    number: u64,
    plan: ReplayPlan,
}

/// Latencies of one worker, shared by its tasks. The tasks run on one thread, so the lock is never
/// contended.
type SharedLatencies = Arc<Mutex<Latencies>>;

impl<S: Strategy> Worker<S> {
    async fn run(self) -> Result<ReplayResult, Failure> {
        let stop = self.context.stop_unless_finished();
        let mut result = ReplayResult::default();
        let switches = process::involuntary_switches();
        self.barrier.wait();
        if let Instrumentation::Schedule { rate } = self.plan.instrumentation {
            let start = self.barrier.started();
            let schedule = Schedule::new(start, rate, self.number, self.plan.workers);
            let Self { strategy, context, part, .. } = &self;
            async_open_loop::pass(strategy, context, *part, schedule, &mut result).await?;
        } else if let Some(lanes) = self.plan.lanes {
            let Self { strategy, context, part, plan, .. } = &self;
            lane_replay::pass(strategy, context, *part, lanes, plan.warmup_end, &mut result)
                .await?;
        } else {
            self.closed_loop(&mut result).await?;
        }
        if self.context.is_stopped() {
            return Ok(result);
        }
        result.passes = 1;
        result.first_pass_checksum = result.checksum();
        result.elapsed = self.barrier.elapsed();
        result.switches = process::involuntary_switches() - switches;
        stop.finish();
        Ok(result)
    }

    async fn closed_loop(&self, result: &mut ReplayResult) -> Result<(), Failure> {
        let latencies: Option<SharedLatencies> = match self.plan.instrumentation {
            Instrumentation::Requests { .. } => Some(Arc::new(Mutex::new(Latencies::new(1)?))),
            _ => None,
        };
        self.pass(result, latencies.as_ref()).await?;
        result.latencies =
            latencies.map(|shared| shared.lock().unwrap_or_else(PoisonError::into_inner).clone());
        Ok(())
    }

    /// Replays the part once. Each task takes the next request of the part when its previous one is
    /// answered.
    async fn pass(
        &self,
        result: &mut ReplayResult,
        latencies: Option<&SharedLatencies>,
    ) -> Result<(), Pending> {
        let cursor = Arc::new(AtomicU64::new(0));
        let tasks: Vec<_> = (0..self.plan.in_flight)
            .map(|_| Task {
                strategy: Arc::clone(&self.strategy),
                context: Arc::clone(&self.context),
                cursor: Arc::clone(&cursor),
                part: self.part,
                warmup_end: self.plan.warmup_end,
                latencies: latencies.cloned(),
            })
            .map(|one| {
                if self.context.fresh_bodies {
                    task::spawn(one.run::<true>())
                } else {
                    task::spawn(one.run::<false>())
                }
            })
            .collect();
        for task in tasks {
            result.add_task(task.await)?;
        }
        Ok(())
    }
}

/// Task that sends one request at a time.
struct Task<S> {
    strategy: Arc<S>,
    context: Arc<TrialContext>,
    cursor: Arc<AtomicU64>,
    part: RequestRange,
    warmup_end: u64,
    latencies: Option<SharedLatencies>,
}

impl<S: Strategy> Task<S> {
    async fn run<const FRESH: bool>(self) -> Result<(Tally, Tally), Pending> {
        let context = &self.context;
        let columns = context.workload.columns();
        let mut warmup = Tally::default();
        let mut after_warmup = Tally::default();
        let mut unreported = 0;
        loop {
            // The tasks share a thread, so no other task takes a request between the load and the
            // store.
            let position = self.cursor.load(Ordering::Relaxed);
            if position >= self.part.length() || context.is_stopped() {
                break;
            }
            let indices = async_request::next_indices(&columns, self.part, position);
            let count = indices.len() as u64;
            self.cursor.store(position + count, Ordering::Relaxed);
            let tally = if (indices.start as u64) < self.warmup_end {
                &mut warmup
            } else {
                &mut after_warmup
            };
            context.advance_clock(indices.end - 1);
            let start = self.latencies.as_ref().map(|shared| (shared, Instant::now()));
            async_request::send::<S, FRESH>(&self.strategy, context, &columns, indices, tally)
                .await?;
            if let Some((shared, start)) = start {
                let duration = start.elapsed();
                shared.lock().unwrap_or_else(PoisonError::into_inner).record_n(duration, count);
            }
            unreported += count;
            if unreported >= YIELD_INTERVAL {
                context.done.fetch_add(unreported, Ordering::Relaxed);
                unreported = 0;
                task::yield_now().await;
            }
        }
        context.done.fetch_add(unreported, Ordering::Relaxed);
        Ok((warmup, after_warmup))
    }
}
