//! The loop for strategies that answer at once: each future is polled once, in place.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use bakeoff_compiled::Op;
use bakeoff_strategy::{Key, Pending, Strategy, poll_once};

use super::answer::{Asked, record_read, record_removal, record_write};
use super::columns::Columns;
use super::gate::Gate;
use super::latency::Latencies;
use super::schedule::{self, Schedule};
use super::watch::count_instructions;
use super::{Job, Measured, Watch};
use crate::context::Context;
use crate::failure::Failure;
use crate::origin::{self, RequestOrigin};
use crate::process;
use crate::span::Span;
use crate::tally::Tally;

/// Requests between two looks at what is not part of the replay: counters, the stop flag.
const CHUNK: u64 = 8192;
/// Requests of a stretch whose time tells that of a request.
const TELLING: u64 = 1024;
/// How many requests ahead a version is asked for: longer than memory takes to answer.
const AHEAD: usize = 24;

/// Replays a span with one thread for each worker.
///
/// # Errors
/// [`Failure::Pending`] if a future of the strategy was; a panic of a worker goes on in the caller.
pub(crate) fn replay<S: Strategy>(
    strategy: &S,
    context: &Arc<Context>,
    job: Job,
) -> Result<Measured, Failure> {
    let gate = Gate::new(job.workers);
    let mut measured = if job.workers == 1 {
        work(strategy, context, 0, job, &gate)?
    } else {
        let outcomes: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..job.workers)
                .map(|worker| {
                    let gate = &gate;
                    scope.spawn(move || work(strategy, context, worker, job, gate))
                })
                .collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        let mut sum = Measured::default();
        for outcome in outcomes {
            sum.add(&outcome.unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        sum
    };
    measured.cpu = gate.cpu();
    Ok(measured)
}

/// One worker: one pass over its part.
fn work<S: Strategy>(
    strategy: &S,
    context: &Arc<Context>,
    worker: u64,
    job: Job,
    gate: &Gate,
) -> Result<Measured, Failure> {
    let stop = context.stop_unless_finished();
    let columns = Columns::new(&context.workload);
    let replay_range = loop_for::<S>(context, &columns);
    let tenants = context.tenants();
    let replay = |range: Range<usize>, tally: &mut Tally| {
        let whole =
            |range, tally: &mut Tally| replay_range(strategy, context, &columns, range, tally);
        match tenants {
            Some(tenants) => tenant_by_tenant(tenants, range, tally, whole),
            None => whole(range, tally),
        }
    };
    let part = job.span.part(worker, job.workers);
    let mut measured = Measured { latencies: latencies(job.watch)?, ..Measured::default() };
    let switches = process::involuntary_switches();
    gate.enter();
    match job.watch {
        Watch::Nothing => plainly(context, part, job.after, &mut measured, replay)?,
        Watch::Requests { .. } => timed(context, part, &mut measured, replay)?,
        Watch::Schedule { rate } => {
            let schedule = Schedule::new(gate.begun(), rate, worker, job.workers);
            paced(context, part, schedule, &mut measured, replay)?;
        }
        Watch::Instructions => {
            let mut outcome = Ok(());
            count_instructions(&mut || {
                outcome = plainly(context, part, job.after, &mut measured, replay);
            });
            outcome?;
        }
    }
    if context.stopped() {
        return Ok(measured);
    }
    measured.passes = 1;
    measured.first_pass_checksum = measured.checksum();
    measured.elapsed = gate.elapsed();
    measured.switches = process::involuntary_switches() - switches;
    stop.finished();
    Ok(measured)
}

fn latencies(watch: Watch) -> Result<Option<Latencies>, Failure> {
    match watch {
        Watch::Nothing | Watch::Instructions => Ok(None),
        Watch::Requests { mean_gap } => Latencies::new(mean_gap).map(Some),
        Watch::Schedule { .. } => Latencies::new(1).map(Some),
    }
}

/// Replays the runs of one tenant's requests after each other, and credits each to its tenant.
fn tenant_by_tenant(
    tenants: &[u16],
    range: Range<usize>,
    tally: &mut Tally,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let mut start = range.start;
    for run in tenants[range].chunk_by(PartialEq::eq) {
        let before = tally.sums;
        replay(start..start + run.len(), tally)?;
        tally.credit(run[0], before);
        start += run.len();
    }
    Ok(())
}

/// Goes over a part as fast as it goes.
fn plainly(
    context: &Context,
    part: Span,
    after: u64,
    measured: &mut Measured,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    for piece in part.pieces(CHUNK) {
        if context.stopped() {
            break;
        }
        let length = piece.len() as u64;
        let begin = Instant::now();
        let cut = piece.end.min(piece.start.max(after as usize));
        replay(piece.start..cut, &mut measured.early)?;
        replay(cut..piece.end, &mut measured.late)?;
        if length >= TELLING {
            let each = begin.elapsed().as_nanos() as f64 / length as f64;
            measured.quickest_ns = Some(measured.quickest_ns.map_or(each, |least| least.min(each)));
        }
        context.done.fetch_add(length, Ordering::Relaxed);
    }
    Ok(())
}

/// The same, timing a request now and then.
fn timed(
    context: &Context,
    part: Span,
    measured: &mut Measured,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let Measured { late, latencies: Some(latencies), .. } = measured else { return Ok(()) };
    for piece in part.pieces(CHUNK) {
        if context.stopped() {
            break;
        }
        let length = piece.len() as u64;
        sampled(piece, latencies, |range| replay(range, late))?;
        context.done.fetch_add(length, Ordering::Relaxed);
    }
    Ok(())
}

/// Replays contiguous requests, and times one of them now and then.
pub(super) fn sampled(
    piece: Range<usize>,
    latencies: &mut Latencies,
    mut replay: impl FnMut(Range<usize>) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let mut next = piece.start;
    while next < piece.end {
        let gap = latencies.gap();
        let timed = next + gap - 1;
        if timed >= piece.end {
            return replay(next..piece.end);
        }
        replay(next..timed)?;
        let begin = Instant::now();
        replay(timed..timed + 1)?;
        latencies.record(begin.elapsed());
        next = timed + 1;
    }
    Ok(())
}

/// Goes over a part on a schedule. A request that takes long makes the next ones late, as it would
/// in a service with so many threads, and they count from when they were due.
fn paced(
    context: &Context,
    part: Span,
    schedule: Schedule,
    measured: &mut Measured,
    replay: impl Fn(Range<usize>, &mut Tally) -> Result<(), Pending>,
) -> Result<(), Pending> {
    let Measured { late, latencies: Some(latencies), missed, .. } = measured else { return Ok(()) };
    for position in 0..part.length() {
        if context.stopped() {
            break;
        }
        let index = part.index(position);
        let due = schedule.due(position);
        let issued = schedule::wait(due);
        *missed += u64::from(schedule.is_missed(due, issued));
        replay(index..index + 1, late)?;
        latencies.record(due.elapsed());
        context.done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

type Loop<S> = fn(&S, &Arc<Context>, &Columns<'_>, Range<usize>, &mut Tally) -> Result<(), Pending>;

/// The loop that does no more than the workload asks for.
fn loop_for<S: Strategy>(context: &Context, columns: &Columns<'_>) -> Loop<S> {
    match (context.fresh_bodies, columns.has_ops(), columns.is_sized()) {
        (true, _, _) => replay_range::<S, true, true, true>,
        (false, true, true) => replay_range::<S, true, true, false>,
        (false, true, false) => replay_range::<S, true, false, false>,
        (false, false, true) => replay_range::<S, false, true, false>,
        (false, false, false) => replay_range::<S, false, false, false>,
    }
}

/// Replays contiguous requests. `OPS`: there are writes or deletes; `SIZED`: requests differ in
/// size or time to live; `FRESH`: every body is an allocation of its own.
pub(super) fn replay_range<S: Strategy, const OPS: bool, const SIZED: bool, const FRESH: bool>(
    strategy: &S,
    context: &Arc<Context>,
    columns: &Columns<'_>,
    range: Range<usize>,
    tally: &mut Tally,
) -> Result<(), Pending> {
    // A copy, so that it may live in registers.
    let mut sums = tally.sums;
    let tiers = &mut tally.tiers;
    let fixed_options = context.put_options(columns.value_bytes(), 0);
    let mut origin =
        RequestOrigin::<OPS, FRESH>::new(context, columns.value_bytes(), fixed_options);
    sums.requests += range.len() as u64;
    for index in range {
        let request = columns.request::<OPS, SIZED>(index);
        if OPS && let Some(&ahead) = columns.ids.get(index + AHEAD) {
            context.versions.prefetch(ahead as usize);
        }
        let id = request.id as usize;
        let key = Key::from_id(u64::from(request.id));
        let options =
            if SIZED { context.put_options(request.bytes, request.ttl_ms) } else { fixed_options };
        if SIZED {
            origin.turn_to(request.bytes, options);
        }
        let newest = if OPS { context.versions.newest(id) } else { 0 };
        match request.op {
            Op::Read => {
                let outcome = poll_once(strategy.read(key, &origin))?;
                let asked = Asked { index, key, bytes: request.bytes, newest };
                record_read::<SIZED, _>(context, asked, outcome, &mut sums, tiers)?;
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
                context.versions.raise(id);
                let outcome = poll_once(strategy.remove(key))?;
                record_removal(context, index, outcome, &mut sums);
            }
        }
    }
    sums.loads += origin.loads();
    tally.sums = sums;
    Ok(())
}
