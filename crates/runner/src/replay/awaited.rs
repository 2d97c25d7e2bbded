//! Replay loop of awaited strategies: one runtime and several tasks per worker.

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
use super::{ReplayPlan, ReplayResult, awaited_request, open_loop};
use crate::data::context::Context;
use crate::failure::Failure;
use crate::process;
use crate::replay::request_range::RequestRange;
use crate::replay::tally::Tally;
use crate::timing::instrumentation::{Instrumentation, count_instructions};
use crate::timing::latency::Latencies;
use crate::timing::schedule::Schedule;

/// Requests of one task before it yields, so that a strategy that is never pending does not starve
/// the other tasks.
const YIELD_INTERVAL: u64 = 128;

/// Creates a runtime of one thread.
///
/// # Errors
/// [`Failure::Runner`] if the system refuses.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runner(format!("cannot create a runtime: {error}")))
}

/// Replays a range with one thread and one runtime per worker.
///
/// The first worker is the calling thread, with the runtime in which the strategy was opened. That
/// runtime runs until all workers have ended, because it drives the strategy's connections.
///
/// # Errors
/// [`Failure::Pending`] if a future that must not be pending was. A panic of a worker propagates to
/// the caller.
pub(crate) fn replay<S: Strategy>(
    home: &Runtime,
    strategy: &Arc<S>,
    context: &Arc<Context>,
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
            // Dropped at the end, also by a panic, which signals the end.
            let _ended = ended;
            runtime.block_on(worker.run())
        }));
        ends.push(end);
    }
    let first = worker(0);
    let whole = async {
        let outcome = task::spawn(first.run()).await;
        for end in ends {
            // An error means that the sender was dropped, which is the signal.
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

/// Runs a future to completion while a simulator counts the instructions of this thread.
fn block_on_counted<F: Future>(home: &Runtime, whole: F) -> F::Output {
    let mut whole = pin!(whole);
    let mut output = None;
    count_instructions(&mut || output = Some(home.block_on(whole.as_mut())));
    // Always present, because the function above calls its argument.
    output.unwrap_or_else(|| home.block_on(whole))
}

/// One worker: a part of the range, and one task per request in flight.
struct Worker<S> {
    strategy: Arc<S>,
    context: Arc<Context>,
    barrier: Arc<StartBarrier>,
    part: RequestRange,
    number: u64,
    plan: ReplayPlan,
}

/// Latencies of the tasks of one worker; they share its thread, so the lock is never contended.
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
            open_loop::pass(strategy, context, *part, schedule, &mut result).await?;
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

    /// Replays the part once; the requests in flight are always the next ones of the part.
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
            let (warmup, after_warmup) = match task.await {
                Ok(outcome) => outcome?,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => continue,
                },
            };
            result.warmup.add(&warmup);
            result.after_warmup.add(&after_warmup);
        }
        Ok(())
    }
}

/// Task with one request in flight at a time.
struct Task<S> {
    strategy: Arc<S>,
    context: Arc<Context>,
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
            // The tasks share a thread, so no other one takes a request in between.
            let position = self.cursor.load(Ordering::Relaxed);
            if position >= self.part.length() || context.is_stopped() {
                break;
            }
            let indices = awaited_request::next_indices(&columns, self.part, position);
            let count = indices.len() as u64;
            self.cursor.store(position + count, Ordering::Relaxed);
            let tally = if (indices.start as u64) < self.warmup_end {
                &mut warmup
            } else {
                &mut after_warmup
            };
            let start = self.latencies.as_ref().map(|shared| (shared, Instant::now()));
            awaited_request::send::<S, FRESH>(&self.strategy, context, &columns, indices, tally)
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
