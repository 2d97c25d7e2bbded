//! Replay loop of strategies in `ExecutionMode::Sync`: each future is polled once.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use bakeoff_compiled::{Op, RequestColumns};
use bakeoff_strategy::{Key, Pending, Strategy, poll_once};

use super::request_range::RequestRange;
use super::start_barrier::StartBarrier;
use super::tally::Tally;
use super::verification::{PendingRead, record_read, record_removal, record_write};
use super::{Instrumentation, ReplayPlan, ReplayResult};
use crate::data::origin::{self, RequestOrigin};
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::process;
use crate::timing::instrumentation::count_instructions;
use crate::timing::latency::Latencies;
use crate::timing::schedule::{self, Schedule};

/// Number of requests after which the counters are updated and the stop flag is checked.
const CHUNK: u64 = 8192;
/// Minimum length of a chunk whose duration gives an estimate of the time per request.
const MIN_TIMED_CHUNK: u64 = 1024;
/// Number of requests by which the version of a key is prefetched ahead. It covers the latency of a
/// memory access.
const PREFETCH_DISTANCE: usize = 24;

/// Replays a range with one thread per worker.
///
/// # Errors
/// [`Failure::Pending`] if a future was pending. A panic of a worker propagates to the caller.
pub(crate) fn replay<S: Strategy>(
    strategy: &S,
    context: &Arc<TrialContext>,
    plan: ReplayPlan,
) -> Result<ReplayResult, Failure> {
    let barrier = StartBarrier::new(plan.workers);
    let mut result = if plan.workers == 1 {
        run_worker(strategy, context, 0, plan, &barrier)?
    } else {
        let outcomes: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..plan.workers)
                .map(|worker| {
                    let barrier = &barrier;
                    scope.spawn(move || run_worker(strategy, context, worker, plan, barrier))
                })
                .collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        let mut sum = ReplayResult::default();
        for outcome in outcomes {
            sum.add_worker(&outcome.unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        sum
    };
    result.cpu = barrier.cpu();
    Ok(result)
}

/// Replays the part of one worker in the current thread.
fn run_worker<S: Strategy>(
    strategy: &S,
    context: &Arc<TrialContext>,
    worker: u64,
    plan: ReplayPlan,
    barrier: &StartBarrier,
) -> Result<ReplayResult, Failure> {
    let stop = context.stop_unless_finished();
    let columns = context.workload.columns();
    let replay_range = select_loop::<S>(context, &columns);
    let tenants = context.tenants();
    // Without expiry, nothing in a strategy in `ExecutionMode::Sync` depends on the time.
    let has_clock = context.clock.is_some() && S::PROPERTIES.ttl;
    let replay = |range: Range<usize>, tally: &mut Tally| {
        let replay =
            |range, tally: &mut Tally| replay_range(strategy, context, &columns, range, tally);
        let replay = |range, tally: &mut Tally| match has_clock {
            true => replay_by_clock(context, range, tally, replay),
            false => replay(range, tally),
        };
        match tenants {
            Some(tenants) => replay_by_tenant(tenants, range, tally, replay),
            None => replay(range, tally),
        }
    };
    let part = plan.range.part(worker, plan.workers);
    let latencies = create_latencies(plan.instrumentation)?;
    let mut result = ReplayResult { latencies, ..ReplayResult::default() };
    let switches = process::involuntary_switches();
    barrier.wait();
    match plan.instrumentation {
        Instrumentation::None => closed_loop(context, part, plan.warmup_end, &mut result, replay)?,
        Instrumentation::Requests { .. } => timed_closed_loop(context, part, &mut result, replay)?,
        Instrumentation::Schedule { rate } => {
            let schedule = Schedule::new(barrier.started(), rate, worker, plan.workers);
            open_loop(context, part, schedule, &mut result, replay)?;
        }
        Instrumentation::Instructions => {
            let mut outcome = Ok(());
            count_instructions(&mut || {
                outcome = closed_loop(context, part, plan.warmup_end, &mut result, replay);
            });
            outcome?;
        }
    }
    if context.is_stopped() {
        return Ok(result);
    }
    result.passes = 1;
    result.first_pass_checksum = result.checksum();
    result.elapsed = barrier.elapsed();
    result.switches = process::involuntary_switches() - switches;
    stop.finish();
    Ok(result)
}

fn create_latencies(instrumentation: Instrumentation) -> Result<Option<Latencies>, Failure> {
    match instrumentation {
        Instrumentation::None | Instrumentation::Instructions => Ok(None),
        Instrumentation::Requests { mean_gap } => Latencies::new(mean_gap).map(Some),
        Instrumentation::Schedule { .. } => Latencies::new(1).map(Some),
    }
}

/// Replays a range and counts it by tenant. Consecutive requests of one tenant are replayed
/// together.
fn replay_by_tenant(
    tenants: &[u16],
    range: Range<usize>,
    tally: &mut Tally,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let mut start = range.start;
    for run in tenants[range].chunk_by(PartialEq::eq) {
        let before = tally.sums;
        replay(start..start + run.len(), tally)?;
        tally.add_to_tenant(run[0], before);
        start += run.len();
    }
    Ok(())
}

/// Replays a range on a virtual clock, which advances before each request.
fn replay_by_clock(
    context: &TrialContext,
    range: Range<usize>,
    tally: &mut Tally,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    for index in range {
        context.advance_clock(index);
        replay(index..index + 1, tally)?;
    }
    Ok(())
}

/// Replays a part in a closed loop.
fn closed_loop(
    context: &TrialContext,
    part: RequestRange,
    warmup_end: u64,
    result: &mut ReplayResult,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    for chunk in part.chunks(CHUNK) {
        if context.is_stopped() {
            break;
        }
        let length = chunk.len() as u64;
        let begin = Instant::now();
        let cut = chunk.end.min(chunk.start.max(warmup_end as usize));
        replay(chunk.start..cut, &mut result.warmup)?;
        replay(cut..chunk.end, &mut result.after_warmup)?;
        if length >= MIN_TIMED_CHUNK {
            let each = begin.elapsed().as_nanos() as f64 / length as f64;
            let fastest = result.fastest_request_ns.map_or(each, |fastest| fastest.min(each));
            result.fastest_request_ns = Some(fastest);
        }
        context.done.fetch_add(length, Ordering::Relaxed);
    }
    Ok(())
}

/// Replays a part in a closed loop and times a random sample of the requests.
fn timed_closed_loop(
    context: &TrialContext,
    part: RequestRange,
    result: &mut ReplayResult,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let ReplayResult { after_warmup, latencies: Some(latencies), .. } = result else {
        return Ok(());
    };
    for chunk in part.chunks(CHUNK) {
        if context.is_stopped() {
            break;
        }
        let length = chunk.len() as u64;
        time_after_random_gaps(chunk, latencies, |range| replay(range, after_warmup))?;
        context.done.fetch_add(length, Ordering::Relaxed);
    }
    Ok(())
}

/// Replays contiguous requests and times one request after each random gap.
pub(crate) fn time_after_random_gaps(
    chunk: Range<usize>,
    latencies: &mut Latencies,
    mut replay: impl FnMut(Range<usize>) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let mut next = chunk.start;
    while next < chunk.end {
        let gap = latencies.gap();
        let timed = next + gap - 1;
        if timed >= chunk.end {
            return replay(next..chunk.end);
        }
        replay(next..timed)?;
        let begin = Instant::now();
        replay(timed..timed + 1)?;
        latencies.record(begin.elapsed());
        next = timed + 1;
    }
    Ok(())
}

/// Replays a part in an open loop.
///
/// A slow request delays the next ones, as in a service with one thread per worker. Response times
/// are measured from the scheduled time, so they include this delay.
fn open_loop(
    context: &TrialContext,
    part: RequestRange,
    schedule: Schedule,
    result: &mut ReplayResult,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let ReplayResult { after_warmup, latencies: Some(latencies), missed_deadlines, .. } = result
    else {
        return Ok(());
    };
    for position in 0..part.length() {
        if context.is_stopped() {
            break;
        }
        let index = part.index(position);
        let due = schedule.due(position);
        let issued = schedule::wait(due);
        *missed_deadlines += u64::from(schedule.is_missed(due, issued));
        replay(index..index + 1, after_warmup)?;
        latencies.record(due.elapsed());
        context.done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

type ReplayLoop<S> = fn(
    &S,
    &Arc<TrialContext>,
    &RequestColumns<'_>,
    Range<usize>,
    &mut Tally,
) -> Result<(), Pending>;

/// Selects the variant of the loop that reads only the columns present in the workload.
fn select_loop<S: Strategy>(context: &TrialContext, columns: &RequestColumns<'_>) -> ReplayLoop<S> {
    match (context.fresh_bodies, columns.has_ops(), columns.is_sized()) {
        (true, _, _) => replay_range::<S, true, true, true>,
        (false, true, true) => replay_range::<S, true, true, false>,
        (false, true, false) => replay_range::<S, true, false, false>,
        (false, false, true) => replay_range::<S, false, true, false>,
        (false, false, false) => replay_range::<S, false, false, false>,
    }
}

/// Replays contiguous requests in one thread.
///
/// `OPS`: the workload may contain writes and deletes. `SIZED`: requests may differ in size and
/// time to live. `FRESH`: every body is a separate allocation.
pub(crate) fn replay_range<S: Strategy, const OPS: bool, const SIZED: bool, const FRESH: bool>(
    strategy: &S,
    context: &Arc<TrialContext>,
    columns: &RequestColumns<'_>,
    range: Range<usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    // A local copy of the counts can stay in registers.
    let mut sums = tally.sums;
    let tiers = &mut tally.tiers;
    let fixed_options = context.put_options(columns.value_bytes(), 0);
    let mut origin =
        RequestOrigin::<OPS, FRESH>::new(context, columns.value_bytes(), fixed_options);
    sums.requests += range.len() as u64;
    for index in range {
        let request = columns.request::<OPS, SIZED>(index);
        if OPS && let Some(&ahead) = columns.ids().get(index + PREFETCH_DISTANCE) {
            context.versions.prefetch(ahead as usize);
        }
        let id = request.id as usize;
        let key = Key::from_id(u64::from(request.id));
        let options =
            if SIZED { context.put_options(request.bytes, request.ttl_ms) } else { fixed_options };
        if SIZED {
            origin.set_request(request.bytes, options);
        }
        let newest = if OPS { context.versions.newest(id) } else { 0 };
        match request.op {
            Op::Read => {
                let outcome = poll_once(strategy.read(key, &origin))?;
                let read = PendingRead { index, key, bytes: request.bytes, newest };
                record_read::<SIZED, _>(context, read, outcome, &mut sums, tiers)?;
            }
            Op::Write => {
                sums.writes += 1;
                let value = origin::value::<FRESH>(context, key, newest + 1, request.bytes);
                let outcome = poll_once(strategy.write(key, value, options, &origin))?;
                let written = (index, request.id, newest + 1);
                record_write(context, written, S::DEFERS_WRITES, outcome, &mut sums)?;
            }
            Op::Delete => {
                sums.deletes += 1;
                context.versions.increment(id);
                let outcome = poll_once(strategy.remove(key))?;
                record_removal(context, index, outcome, &mut sums);
            }
        }
    }
    sums.loads += origin.loads();
    tally.sums = sums;
    Ok(())
}
