//! Paced replay: sends requests at their scheduled time over an origin with a delay. Records
//! staleness, errors and origin load.

mod commit_log;
mod database;
mod events;
mod origin;
mod pacing;
#[cfg_attr(not(feature = "postgres"), path = "no_postgres.rs")]
mod postgres;
mod recorder;
mod requests;
mod shared_state;
#[cfg_attr(not(feature = "sqlite"), path = "no_sqlite.rs")]
mod sqlite;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::PacedConfig;
use bakeoff_protocol::message::{RunnerMessage, TrialCommand};
use bakeoff_protocol::paced::config::{FaultKind, OriginKind};
use bakeoff_protocol::paced::outcome::LostWrites;
use bakeoff_protocol::trial::{MeterReport, TrialReport};
use bakeoff_strategy::{Clock, Strategy, supports_virtual_clock};
use rustix::process::{Signal, getpid, kill_process};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

use self::commit_log::{CommitLog, MAX_INSTANCES};
use self::database::Database;
use self::requests::ScheduledRequest;
use self::shared_state::SharedState;
use crate::data::trial_context::TrialContext;
use crate::failure::Failure;
use crate::open_config::open_config;
use crate::process;
use crate::stdio::handshake::{ReadyAnswer, announce_ready};
use crate::stdio::heartbeat::Heartbeat;
use crate::stdio::{MessageReader, MessageWriter};

/// Maximum number of requests in flight per instance. Further requests count as unserved.
const MAX_IN_FLIGHT: usize = 20_000;

/// Runs one paced replay; returns `None` if the driver abandons it.
///
/// # Errors
/// Any [`Failure`]. A panic of the strategy propagates to the caller.
pub(crate) fn run<S: Strategy>(
    command: &TrialCommand,
    writer: &MessageWriter,
    reader: &MessageReader,
) -> Result<Option<TrialReport>, Failure> {
    let config = supported_config::<S>(command)?;
    let heartbeat = Heartbeat::start(writer);
    let workload = Workload::open(&command.environment.workload_path)
        .map_err(|error| Failure::Workload(error.to_string()))?;
    let context = Arc::new(TrialContext::new(workload, &command.spec, false, heartbeat.done())?);
    let virtual_clock = config.time.virtual_clock;
    let runtime = runtime(virtual_clock)?;
    let clock = runtime.block_on(async { clock(virtual_clock) });
    let (shared, strategy) = runtime.block_on(open::<S>(command, &context, config, clock))?;
    let mut lost = LostWrites::default();
    if shared.config.resume_ms > 0 {
        shared.commit_log.discard_in_flight();
        lost = shared.commit_log.take_lost_writes();
    }
    if announce_ready(writer, reader)? == ReadyAnswer::Abandoned {
        return Ok(None);
    }
    heartbeat.start_phase(context.workload.requests() as u64);
    let cpu_before = process::cpu_time();
    // A virtual clock can only be read within the runtime.
    let (end, elapsed) = runtime.block_on(async {
        let end = replay(&strategy, &shared, &heartbeat).await;
        (end, shared.elapsed())
    });
    if end == ReplayEnd::Killed {
        // The report is sent before the process kills itself. Nothing is flushed or closed, and
        // everything in memory is lost.
        let report = report(&shared, elapsed, cpu_before, lost);
        writer.send(&RunnerMessage::Sample(Box::new(report)))?;
        let _ = kill_process(getpid(), Signal::KILL);
    }
    let entries_held = runtime.block_on(async {
        // Writes that fail here show up as lost writes.
        let settled = strategy.settle().await;
        let entries_held = strategy.len().await;
        let closed = strategy.close().await;
        for error in [settled.err(), closed.err()].into_iter().flatten() {
            shared.context.record_violation(0, || error.to_string());
        }
        entries_held.unwrap_or(0)
    });
    lost.add(shared.commit_log.take_lost_writes());
    Ok(Some(TrialReport { entries_held, ..report(&shared, elapsed, cpu_before, lost) }))
}

/// Checks the configuration and disables the virtual clock if the replay does not support it.
///
/// A virtual clock requires a strategy that uses no other clock, a single instance and a simulated
/// origin.
fn supported_config<S: Strategy>(command: &TrialCommand) -> Result<PacedConfig, Failure> {
    let Some(mut config) = command.environment.paced.clone() else {
        return Err(Failure::Protocol(String::from(
            "cannot run a `paced` trial: `environment.paced` is missing",
        )));
    };
    let wrong = |what: &str| Err(Failure::Protocol(format!("cannot run a `paced` trial: {what}")));
    if config.instances == 0 || config.instances > MAX_INSTANCES {
        return wrong(&format!("{} instances, expected 1 to {MAX_INSTANCES}", config.instances));
    }
    if config.instance >= config.instances {
        return wrong("the number of the instance must be below the number of instances");
    }
    if !(config.time.rate > 0.0 && config.time.scale > 0.0) {
        return wrong("rate and scale must be positive");
    }
    config.time.virtual_clock &= supports_virtual_clock::<S>()
        && config.instances == 1
        && config.origin.kind == OriginKind::Simulated;
    Ok(config)
}

fn runtime(paused: bool) -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        .build()
        .map_err(|error| Failure::Runner(format!("cannot create a runtime: {error}")))
}

/// Returns the runtime's paused clock if `virtually`, otherwise the system's clock. Call it within
/// the runtime.
fn clock(virtually: bool) -> Clock {
    if !virtually {
        return Clock::system();
    }
    let start = Instant::now();
    // The clock starts at one second, because strategies may use zero for "never".
    Clock::from_fn(move || start.elapsed() + Duration::from_secs(1))
}

async fn open<S: Strategy>(
    command: &TrialCommand,
    context: &Arc<TrialContext>,
    config: PacedConfig,
    clock: Clock,
) -> Result<(Arc<SharedState>, Arc<S>), Failure> {
    let keys = context.workload.header().unique_keys as usize;
    let commit_log =
        CommitLog::open(&config.commit_log, keys, config.instance).map_err(|error| {
            let path = config.commit_log.display();
            Failure::Runner(format!("cannot open the commit log {path}: {error}"))
        })?;
    let database = Database::open(&config.origin, keys, context.body_bytes).await?;
    let strategy = S::open(&open_config(command, clock.clone())).await?;
    let (context, seed) = (Arc::clone(context), command.spec.seed);
    let shared = SharedState::new(context, config, commit_log, database, clock, seed);
    Ok((Arc::new(shared), Arc::new(strategy)))
}

/// Reason why a replay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplayEnd {
    /// All requests were sent and answered.
    Complete,
    /// A fault event kills this instance now.
    Killed,
}

/// Sends every request of this instance at its scheduled time, without waiting for earlier answers.
async fn replay<S: Strategy>(
    strategy: &Arc<S>,
    shared: &Arc<SharedState>,
    heartbeat: &Heartbeat,
) -> ReplayEnd {
    let done = heartbeat.done();
    let (config, workload) = (&shared.config, &shared.context.workload);
    let columns = workload.columns();
    let mut events = events::own_events(config);
    let keys = workload.header().unique_keys as usize;
    let hottest = if events.is_empty() {
        Arc::default()
    } else {
        events::ids_by_frequency(columns.ids(), keys)
    };
    let permits = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
    let mut tasks = JoinSet::new();
    let resumed = Duration::from_millis(config.resume_ms);
    shared.start();
    for index in 0..workload.requests() {
        let request = columns.request::<true, true>(index);
        if !pacing::is_own(config, index, request.id) {
            continue;
        }
        let due = pacing::due(config, workload, index);
        if due < resumed {
            if pacing::was_down(config, due) {
                shared.recorder().record_unserved(due);
            }
            continue;
        }
        while let Some(event) = events.pop_if(|event| Duration::from_millis(event.at_ms) <= due) {
            wait_until(shared, Duration::from_millis(event.at_ms)).await;
            if event.kind == FaultKind::Crash {
                let in_flight = MAX_IN_FLIGHT - permits.available_permits();
                shared.recorder().record_killed(in_flight, due);
                tasks.detach_all();
                return ReplayEnd::Killed;
            }
            let (strategy, shared) = (Arc::clone(strategy), Arc::clone(shared));
            tasks.spawn(events::inject(event, strategy, shared, Arc::clone(&hottest)));
        }
        wait_until(shared, due).await;
        while let Some(ended) = tasks.try_join_next() {
            propagate_panic(ended);
        }
        done.fetch_add(1, Ordering::Relaxed);
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            shared.recorder().record_unserved(due);
            continue;
        };
        let request = ScheduledRequest { index, request, due };
        let (strategy, shared) = (Arc::clone(strategy), Arc::clone(shared));
        tasks.spawn(async move {
            request.serve(strategy, shared).await;
            drop(permit);
        });
    }
    // This loop ends, because every request has a timeout.
    while let Some(ended) = tasks.join_next().await {
        propagate_panic(ended);
    }
    ReplayEnd::Complete
}

/// Propagates the panic of a task. Otherwise the request of the task would not be counted.
fn propagate_panic(ended: Result<(), JoinError>) {
    if let Some(panic) = ended.err().and_then(|error| error.try_into_panic().ok()) {
        resume_unwind(panic);
    }
}

/// Waits until a time of the schedule, and lets other tasks run even if the time has passed.
async fn wait_until(shared: &SharedState, at: Duration) {
    match at.checked_sub(shared.elapsed()) {
        Some(left) if !left.is_zero() => sleep(left).await,
        _ => tokio::task::consume_budget().await,
    }
}

fn report(
    shared: &SharedState,
    elapsed: Duration,
    cpu_before: Duration,
    lost: LostWrites,
) -> TrialReport {
    let (mut outcome, tally) = shared.recorder().take(elapsed);
    outcome.lost = lost;
    (outcome.origin.peak_concurrency, outcome.origin.stampede_factor) = shared.commit_log.peaks();
    outcome.events = events::applied(&shared.config);
    TrialReport {
        counts: tally.counts(Some(0), 1),
        elapsed_ns: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
        cpu_ns: u64::try_from((process::cpu_time() - cpu_before).as_nanos()).unwrap_or(u64::MAX),
        passes: 1,
        peak_rss_bytes: process::peak_rss_bytes(),
        answers_checksum: format!("{:016x}", 0),
        first_violation: shared.context.take_violation(),
        meter: MeterReport::Paced(Box::new(outcome)),
        ..TrialReport::default()
    }
}
