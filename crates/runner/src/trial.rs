//! One trial: open, warm up, wait for `go`, measure, close.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::message::{Reply, Request};
use bakeoff_protocol::trial::{self, Meter, TrialReport, TrialRequest};
use bakeoff_strategy::{Capacity, Clock, OpenConfig, Options, Snapshot, Strategy};

use crate::context::Context;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::heartbeat::Heartbeat;
use crate::meters::{self, Meters};
use crate::paced;
use crate::process;
use crate::replay::{Job, Latencies, Measured, Watch};
use crate::span::{Plan, Span};
use crate::wire::{Inbox, Wire};

/// Requests in flight a worker while a cache behind a service is led up to a measured section, where
/// more than one is asked for: time that is not measured should be short.
const WARMUP_IN_FLIGHT: u64 = 256;

/// Whether a trial came to its end.
pub(crate) enum Outcome {
    /// With a report.
    Done(Box<TrialReport>),
    /// The driver said `bye` instead of `go`.
    Abandoned,
}

/// Runs one trial.
///
/// # Errors
/// Whatever [`Failure`] stands in its way. A panic of the strategy goes on in the caller.
pub(crate) fn run<S: Strategy>(
    request: &TrialRequest,
    wire: &Wire,
    inbox: &Inbox,
) -> Result<Outcome, Failure> {
    if request.meter == Meter::Behaviour {
        return paced::run::<S>(request, wire, inbox);
    }
    let heartbeat = Heartbeat::start(wire);
    let workload =
        Workload::open(&request.workload).map_err(|error| Failure::Workload(error.to_string()))?;
    let plan = Plan::new(request, workload.requests() as u64)?;
    let load = Shape::new::<S>(request)?;
    let context = Arc::new(Context::new(workload, request, load.is_one(), heartbeat.done())?);
    let executor = Executor::for_strategy::<S>()?;
    let rss_before = process::rss_anon_bytes();
    let mut strategy = Arc::new(executor.run(S::open(&open_config(request)))??);

    heartbeat.phase(plan.warmup.length());
    let request_ns = warm_up(&executor, &strategy, &context, load, &plan)?;
    let meters = Meters::prepare::<S>(request, &context, request_ns)?;
    heartbeat.pause();
    // What went wrong in the warm-up is not of the measured section, and its counts are dropped.
    let warmup_offence = context.take_offence();
    context.detached_loads.store(0, Ordering::Relaxed);
    wire.send(&Reply::Ready);
    if !wait_for_go(wire, inbox) {
        return Ok(Outcome::Abandoned);
    }
    let total = if plan.minimum.is_zero() { plan.measured.length() } else { 0 };
    heartbeat.phase(total);
    let after = if request.meter == Meter::HitRatio { plan.after } else { 0 };
    let job = Job { watch: meters.watch, ..load.job(plan.measured, after) };
    let mut measured = executor.replay(&strategy, &context, job)?;
    // A cache that met the same requests again would know them by heart: every pass begins with a
    // new one of the same history, so that each is as hard as the first.
    while measured.elapsed < plan.minimum {
        executor.run(strategy.close())?.map_err(failed("close"))?;
        strategy = Arc::new(executor.run(S::open(&open_config(request)))??);
        if S::PROPERTIES.shared || S::PROPERTIES.persistent {
            executor.run(strategy.clear())?.map_err(failed("clear"))?;
        }
        warm_up(&executor, &strategy, &context, load, &plan)?;
        measured.follow(&executor.replay(&strategy, &context, job)?);
    }

    executor.run(strategy.settle())?.map_err(failed("settle"))?;
    let entries_held = executor.run(strategy.len())?.map_err(failed("len"))?;
    let snapshot = executor.run(strategy.snapshot())?.map_err(failed("snapshot"))?;
    let rss_after = process::rss_anon_bytes();
    executor.run(strategy.close())?.map_err(failed("close"))?;
    let mut report = report(request, &context, &measured, snapshot);
    report.timing = meters.timing(&measured, job.workers);
    report.histogram = measured.latencies.as_ref().map(Latencies::encode).transpose()?;
    report.offence = context.take_offence().or(warmup_offence);
    report.entries_held = entries_held;
    report.rss_anon_before_bytes = rss_before;
    report.rss_anon_after_bytes = rss_after;
    Ok(Outcome::Done(Box::new(report)))
}

/// Replays what leads up to the section, untimed, and lets the cache finish its housekeeping.
/// Tells how many nanoseconds a request takes, if it saw enough of those that
/// answer at once.
fn warm_up<S: Strategy>(
    executor: &Executor,
    strategy: &Arc<S>,
    context: &Arc<Context>,
    load: Shape,
    plan: &Plan,
) -> Result<Option<f64>, Failure> {
    if plan.warmup.length() == 0 {
        return Ok(None);
    }
    let job = load.warm_up(plan.warmup);
    let measured = executor.replay(strategy, context, job)?;
    executor.run(strategy.settle())?.map_err(failed("settle"))?;
    Ok(measured.quickest_ns)
}

/// Answers everything but `go` and `bye` with an error. False: it is over.
pub(crate) fn wait_for_go(wire: &Wire, inbox: &Inbox) -> bool {
    loop {
        let message = match inbox.next() {
            Some(Ok(Request::Go)) => return true,
            Some(Ok(Request::Bye)) | None => return false,
            Some(Ok(_)) => String::from("a trial is prepared: only `go` or `bye` may follow"),
            Some(Err(message)) => message,
        };
        wire.send(&Reply::Error { kind: Failure::Protocol(String::new()).kind(), message });
    }
}

fn report(
    request: &TrialRequest,
    context: &Context,
    measured: &Measured,
    snapshot: Snapshot,
) -> TrialReport {
    let fixed_bytes = context.fixed_bytes();
    let tiers = snapshot.tier_entries.len();
    let mut counts = measured.whole().counts(fixed_bytes, tiers);
    counts.loads += context.detached_loads.load(Ordering::Relaxed);
    TrialReport {
        counts,
        after_warmup: (request.meter == Meter::HitRatio)
            .then(|| measured.late.counts(fixed_bytes, tiers)),
        elapsed_ns: nanoseconds(measured.elapsed),
        cpu_ns: nanoseconds(measured.cpu),
        passes: measured.passes,
        tier_entries: snapshot.tier_entries,
        bytes_held: snapshot.bytes,
        evictions: snapshot.evictions,
        peak_rss_bytes: process::peak_rss_bytes(),
        answers_checksum: format!("{:016x}", measured.first_pass_checksum),
        involuntary_switches: measured.switches,
        missed_deadlines: measured.missed,
        ..TrialReport::default()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn failed<E: std::error::Error>(call: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::Strategy { call, error: error.to_string() }
}

/// The load that a strategy can take of what was asked for.
#[derive(Clone, Copy)]
struct Shape {
    workers: u64,
    in_flight: u64,
    /// Whether requests may overlap although `in_flight` is 1.
    overlapping: bool,
}

impl Shape {
    fn new<S: Strategy>(request: &TrialRequest) -> Result<Self, Failure> {
        meters::check_rate(request)?;
        let workers = if S::PROPERTIES.thread_safe { request.load.workers.max(1) } else { 1 };
        let in_flight = if S::MODE.is_sync() { 1 } else { request.load.in_flight.max(1) };
        Ok(Self {
            workers: u64::from(workers),
            in_flight: u64::from(in_flight),
            overlapping: request.rate.is_some() && !S::MODE.is_sync(),
        })
    }

    fn is_one(self) -> bool {
        self.workers == 1 && self.in_flight == 1 && !self.overlapping
    }

    fn job(self, span: Span, after: u64) -> Job {
        let workers = self.workers.min(span.length());
        Job { span, after, workers, watch: Watch::Nothing, in_flight: self.in_flight }
    }

    fn warm_up(self, span: Span) -> Job {
        let job = self.job(span, 0);
        let in_flight = if job.in_flight == 1 { 1 } else { job.in_flight.max(WARMUP_IN_FLIGHT) };
        Job { in_flight, ..job }
    }
}

pub(crate) fn open_config(request: &TrialRequest) -> OpenConfig {
    OpenConfig {
        capacity: capacity(request.capacity),
        seed: request.seed,
        namespace: request.namespace.clone(),
        connections: request.load.connections.max(1) as usize,
        services: request.services.clone(),
        options: Options(request.options.clone()),
        clock: Clock::system(),
    }
}

/// The capacity of a message as a strategy knows it.
pub(crate) fn capacity(asked: trial::Capacity) -> Capacity {
    match asked {
        trial::Capacity::Unbounded => Capacity::Unbounded,
        trial::Capacity::Entries(entries) => Capacity::Entries(entries),
        trial::Capacity::Bytes(bytes) => Capacity::Bytes(bytes),
    }
}
