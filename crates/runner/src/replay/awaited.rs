//! The loop for strategies that are awaited: one `block_on` round everything, several tasks a
//! worker.

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

use super::columns::Columns;
use super::gate::Gate;
use super::latency::Latencies;
use super::schedule::Schedule;
use super::watch::count_instructions;
use super::{Job, Measured, Watch, open_loop, request};
use crate::context::Context;
use crate::failure::Failure;
use crate::process;
use crate::span::Span;
use crate::tally::Tally;

/// Requests of one task between two moments at which it lets the others go first, lest a strategy
/// that never pends starve them.
const TURN: u64 = 128;

/// A runtime of one thread.
///
/// # Errors
/// [`Failure::Runner`] if the system refuses one.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runner(format!("no runtime: {error}")))
}

/// Replays a span with one thread and runtime for each worker. The first worker is the calling
/// thread with the runtime in which the strategy was opened; it is kept running until all others
/// have ended, since the strategy's connections live there.
///
/// # Errors
/// [`Failure::Pending`] if a future that may not be pending was; a panic of a worker goes on in
/// the caller.
pub(crate) fn replay<S: Strategy>(
    home: &Runtime,
    strategy: &Arc<S>,
    context: &Arc<Context>,
    job: Job,
) -> Result<Measured, Failure> {
    let gate = Arc::new(Gate::new(job.workers));
    let worker = |worker| Worker {
        strategy: Arc::clone(strategy),
        context: Arc::clone(context),
        gate: Arc::clone(&gate),
        part: job.span.part(worker, job.workers),
        number: worker,
        job,
    };
    let mut others = Vec::new();
    let mut ends = Vec::new();
    for number in 1..job.workers {
        let (ended, end) = oneshot::channel::<()>();
        let worker = worker(number);
        let runtime = runtime()?;
        others.push(thread::spawn(move || {
            // Dropped at the end, be it by a panic: that is the signal.
            let _ended = ended;
            runtime.block_on(worker.run())
        }));
        ends.push(end);
    }
    let first = worker(0);
    let whole = async {
        let outcome = task::spawn(first.run()).await;
        for end in ends {
            // An error means that the other side is gone, which is all that we wait for.
            let _ = end.await;
        }
        outcome.map_err(tokio::task::JoinError::into_panic)
    };
    let mut measured =
        if job.watch == Watch::Instructions { counted(home, whole) } else { home.block_on(whole) };
    for other in others {
        let outcome = other.join();
        measured = match (measured, outcome) {
            (Ok(Ok(mut sum)), Ok(Ok(more))) => {
                sum.add(&more);
                Ok(Ok(sum))
            }
            (Err(panic), _) | (Ok(_), Err(panic)) => Err(panic),
            (Ok(Err(pending)), _) | (_, Ok(Err(pending))) => Ok(Err(pending)),
        };
    }
    let mut measured = measured.unwrap_or_else(|panic| resume_unwind(panic))?;
    measured.cpu = gate.cpu();
    Ok(measured)
}

/// Runs a future to its end where a simulator counts it: all that this thread does meanwhile.
fn counted<F: Future>(home: &Runtime, whole: F) -> F::Output {
    let mut whole = pin!(whole);
    let mut output = None;
    count_instructions(&mut || output = Some(home.block_on(whole.as_mut())));
    // It is there: the function above runs what it is given. Were it not, this would run it now.
    output.unwrap_or_else(|| home.block_on(whole))
}

/// One worker: a part of the span, and as many tasks as requests in flight.
struct Worker<S> {
    strategy: Arc<S>,
    context: Arc<Context>,
    gate: Arc<Gate>,
    part: Span,
    number: u64,
    job: Job,
}

/// Latencies of one worker's tasks, which share its thread, so that nobody waits for the lock.
type Shared = Arc<Mutex<Latencies>>;

impl<S: Strategy> Worker<S> {
    async fn run(self) -> Result<Measured, Failure> {
        let stop = self.context.stop_unless_finished();
        let mut measured = Measured::default();
        let switches = process::involuntary_switches();
        self.gate.enter();
        if let Watch::Schedule { rate } = self.job.watch {
            let begun = self.gate.begun();
            let schedule = Schedule::new(begun, rate, self.number, self.job.workers);
            let Self { strategy, context, part, .. } = &self;
            open_loop::pass(strategy, context, *part, schedule, &mut measured).await?;
        } else {
            self.closed_loop(&mut measured).await?;
        }
        if self.context.stopped() {
            return Ok(measured);
        }
        measured.passes = 1;
        measured.first_pass_checksum = measured.checksum();
        measured.elapsed = self.gate.elapsed();
        measured.switches = process::involuntary_switches() - switches;
        stop.finished();
        Ok(measured)
    }

    async fn closed_loop(&self, measured: &mut Measured) -> Result<(), Failure> {
        let latencies: Option<Shared> = match self.job.watch {
            Watch::Requests { .. } => Some(Arc::new(Mutex::new(Latencies::new(1)?))),
            _ => None,
        };
        self.pass(measured, latencies.as_ref()).await?;
        measured.latencies =
            latencies.map(|shared| shared.lock().unwrap_or_else(PoisonError::into_inner).clone());
        Ok(())
    }

    /// Goes once through the part. The requests in flight are always the next ones of it.
    async fn pass(
        &self,
        measured: &mut Measured,
        latencies: Option<&Shared>,
    ) -> Result<(), Pending> {
        let cursor = Arc::new(AtomicU64::new(0));
        let tasks: Vec<_> = (0..self.job.in_flight)
            .map(|_| Task {
                strategy: Arc::clone(&self.strategy),
                context: Arc::clone(&self.context),
                cursor: Arc::clone(&cursor),
                part: self.part,
                after: self.job.after,
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
            let (early, late) = match task.await {
                Ok(outcome) => outcome?,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => continue,
                },
            };
            measured.early.add(&early);
            measured.late.add(&late);
        }
        Ok(())
    }
}

/// One request in flight at a time.
struct Task<S> {
    strategy: Arc<S>,
    context: Arc<Context>,
    cursor: Arc<AtomicU64>,
    part: Span,
    after: u64,
    latencies: Option<Shared>,
}

impl<S: Strategy> Task<S> {
    async fn run<const FRESH: bool>(self) -> Result<(Tally, Tally), Pending> {
        let context = &self.context;
        let columns = Columns::new(&context.workload);
        let mut early = Tally::default();
        let mut late = Tally::default();
        let mut turn = 0;
        loop {
            // Tasks of one thread: nobody else takes a request in between.
            let position = self.cursor.load(Ordering::Relaxed);
            if position >= self.part.length() || context.stopped() {
                break;
            }
            let asked = columns.together(self.part, position);
            let count = asked.len() as u64;
            self.cursor.store(position + count, Ordering::Relaxed);
            let tally = if (asked.start as u64) < self.after { &mut early } else { &mut late };
            let begin = self.latencies.as_ref().map(|shared| (shared, Instant::now()));
            request::ask::<S, FRESH>(&self.strategy, context, &columns, asked, tally).await?;
            if let Some((shared, begin)) = begin {
                let took = begin.elapsed();
                shared.lock().unwrap_or_else(PoisonError::into_inner).record_together(took, count);
            }
            turn += count;
            if turn >= TURN {
                context.done.fetch_add(turn, Ordering::Relaxed);
                turn = 0;
                task::yield_now().await;
            }
        }
        context.done.fetch_add(turn, Ordering::Relaxed);
        Ok((early, late))
    }
}
