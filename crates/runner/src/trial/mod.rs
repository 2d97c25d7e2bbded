//! Trial: opens the strategy, warms up, waits for `go`, measures and closes.

mod extra_requests;
mod meters;
mod operation_times;
mod rate_sweep;
mod supported_load;
mod turnover;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::trial::{Meter, TrialReport};
use bakeoff_strategy::{Clock, Strategy};

use self::meters::PreparedMeter;
use self::rate_sweep::RateSweep;
use self::supported_load::SupportedLoad;
use crate::data::trial_context::TrialContext;
use crate::data::virtual_clock::VirtualClock;
use crate::executor::Executor;
use crate::failure::Failure;
use crate::open_config::open_config;
use crate::process;
use crate::replay::ReplayPlan;
use crate::replay::request_range::{RequestRange, TrialRanges};
use crate::stdio::handshake::{ReadyAnswer, announce_ready};
use crate::stdio::heartbeat::Heartbeat;
use crate::stdio::{MessageReader, MessageWriter};

/// Runs one trial; returns `None` if the driver abandons it.
///
/// # Errors
/// Any [`Failure`]. A panic of the strategy propagates to the caller.
pub(crate) fn run<S: Strategy>(
    command: &TrialCommand,
    writer: &MessageWriter,
    reader: &MessageReader,
) -> Result<Option<TrialReport>, Failure> {
    let spec = &command.spec;
    rate_sweep::check(spec)?;
    meters::check_virtual_rate(spec)?;
    let heartbeat = Heartbeat::start(writer);
    let workload = Workload::open(&command.environment.workload_path)
        .map_err(|error| Failure::Workload(error.to_string()))?;
    let ranges = TrialRanges::new(spec, workload.requests() as u64)?;
    let load = SupportedLoad::new::<S>(spec);
    let virtual_clock = VirtualClock::open::<S>(command)?;
    let clock = virtual_clock.as_ref().map_or_else(Clock::system, VirtualClock::strategy_clock);
    let context = TrialContext::new(workload, spec, load.is_sequential(), heartbeat.done())?;
    let context = Arc::new(context.with_clock(virtual_clock));
    let executor = Executor::for_strategy::<S>()?;
    let rss_anon_before_bytes = process::rss_anon_bytes();
    let mut strategy = Arc::new(executor.run(S::open(&open_config(command, clock)))??);

    heartbeat.start_phase(ranges.warmup.length());
    let request_ns = warm_up(&executor, &strategy, &context, load, ranges.warmup)?;
    let meter = PreparedMeter::new::<S>(spec, &context, request_ns)?;
    heartbeat.pause();
    // Violations during the warm-up are reported only if the measured window has none. The counts
    // of the warm-up are discarded.
    let warmup_violation = context.take_violation();
    context.detached_loads.store(0, Ordering::Relaxed);
    if announce_ready(writer, reader)? == ReadyAnswer::Abandoned {
        return Ok(None);
    }
    let minimum = match spec.window {
        Some(_) => Duration::from_nanos(spec.min_measured_ns),
        None => Duration::ZERO,
    };
    heartbeat.start_phase(if minimum.is_zero() { ranges.measured.length() } else { 0 });
    let plan = ReplayPlan {
        instrumentation: meter.instrumentation,
        warmup_end: if spec.meter == Meter::HitRatio && spec.window.is_none() {
            spec.warmup_requests
        } else {
            0
        },
        ..load.plan(ranges.measured)
    };
    let RateSweep { steps, sum: mut result } = if spec.meter == Meter::ResponseTime {
        rate_sweep::measure((&executor, &strategy), &context, load, spec, ranges.measured)?
    } else {
        let sum = executor.replay(&strategy, &context, plan)?;
        RateSweep { sum, ..RateSweep::default() }
    };
    // Every pass starts with a new cache and the same warm-up. A cache that has already replayed
    // the window would have a higher hit ratio.
    while result.elapsed < minimum {
        executor.run(strategy.close())?.map_err(Failure::in_call("close"))?;
        strategy = Arc::new(executor.run(S::open(&open_config(command, Clock::system())))??);
        if S::PROPERTIES.shared || S::PROPERTIES.persistent {
            executor.run(strategy.clear())?.map_err(Failure::in_call("clear"))?;
        }
        warm_up(&executor, &strategy, &context, load, ranges.warmup)?;
        result.add_pass(&executor.replay(&strategy, &context, plan)?);
    }

    executor.run(strategy.settle())?.map_err(Failure::in_call("settle"))?;
    let entries_held = executor.run(strategy.len())?.map_err(Failure::in_call("len"))?;
    let snapshot = executor.run(strategy.snapshot())?.map_err(Failure::in_call("snapshot"))?;
    let rss_anon_after_bytes = process::rss_anon_bytes();
    // Read before the extra requests below, which may let a cache without a limit grow.
    let peak_rss_bytes = process::peak_rss_bytes();
    let memory_turnover = match spec.meter {
        Meter::Memory => {
            let before = rss_anon_before_bytes;
            turnover::turn_over(&executor, &strategy, &context, entries_held, before)?
        }
        _ => None,
    };
    let operation_times = match spec.meter {
        Meter::Throughput => {
            operation_times::measure(&executor, &strategy, &context, ranges.measured)?
        }
        _ => None,
    };
    executor.run(strategy.close())?.map_err(Failure::in_call("close"))?;
    let tiers = snapshot.tier_entries.len();
    let mut counts = result.total().counts(context.fixed_bytes(), tiers);
    counts.loads += context.detached_loads.load(Ordering::Relaxed);
    Ok(Some(TrialReport {
        counts,
        elapsed_ns: nanoseconds(result.elapsed),
        first_finish_ns: result.first_finish.map(nanoseconds),
        cpu_ns: nanoseconds(result.cpu),
        passes: result.passes,
        entries_held,
        tier_entries: snapshot.tier_entries,
        bytes_held: snapshot.bytes,
        evictions: snapshot.evictions,
        peak_rss_bytes,
        rss_anon_before_bytes,
        rss_anon_after_bytes,
        answers_checksum: format!("{:016x}", result.first_pass_checksum),
        first_violation: context.take_violation().or(warmup_violation),
        involuntary_switches: result.switches,
        operation_times,
        memory_turnover,
        meter: meter.report(spec, &context, (&result, steps), (plan.workers, tiers))?,
    }))
}

/// Replays the warm-up without measuring it and calls `settle`.
///
/// Returns the nanoseconds per request of a strategy in `ExecutionMode::Sync`, if there were enough
/// requests.
fn warm_up<S: Strategy>(
    executor: &Executor,
    strategy: &Arc<S>,
    context: &Arc<TrialContext>,
    load: SupportedLoad,
    warmup: RequestRange,
) -> Result<Option<f64>, Failure> {
    if warmup.length() == 0 {
        return Ok(None);
    }
    let result = executor.replay(strategy, context, load.warm_up_plan(warmup))?;
    executor.run(strategy.settle())?.map_err(Failure::in_call("settle"))?;
    Ok(result.fastest_request_ns)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
