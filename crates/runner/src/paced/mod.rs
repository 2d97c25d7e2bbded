//! Paced replays: requests come when they are due, over an origin that takes its time, and what
//! users and the origin see of it is written down.

mod database;
mod events;
mod findings;
mod ledger;
mod origin;
#[cfg_attr(not(feature = "postgres"), path = "no_postgres.rs")]
mod postgres;
mod requests;
#[cfg_attr(not(feature = "sqlite"), path = "no_sqlite.rs")]
mod sqlite;
mod world;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_compiled::{Request, Workload};
use bakeoff_protocol::message::Reply;
use bakeoff_protocol::setting::{Deal, EventKind, OriginKind, Setting};
use bakeoff_protocol::trial::{TrialReport, TrialRequest};
use bakeoff_strategy::{Clock, OpenConfig, Strategy};
use rustix::process::{Signal, getpid, kill_process};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep};

use self::database::Database;
use self::ledger::{Ledger, MOST_INSTANCES};
use self::requests::Due;
use self::world::{World, mixed};
use crate::context::Context;
use crate::failure::Failure;
use crate::heartbeat::Heartbeat;
use crate::process;
use crate::replay::Columns;
use crate::trial::{Outcome, open_config, wait_for_go};
use crate::wire::{Inbox, Wire};

/// Requests that one instance has under way at most; of the others it is said that nobody took
/// them.
const MOST_UNDER_WAY: usize = 20_000;

/// Runs one paced replay.
///
/// # Errors
/// Whatever [`Failure`] stands in its way. A panic of the strategy goes on in the caller.
pub(crate) fn run<S: Strategy>(
    request: &TrialRequest,
    wire: &Wire,
    inbox: &Inbox,
) -> Result<Outcome, Failure> {
    let setting = setting::<S>(request)?;
    let heartbeat = Heartbeat::start(wire);
    let workload =
        Workload::open(&request.workload).map_err(|error| Failure::Workload(error.to_string()))?;
    let context = Arc::new(Context::new(workload, request, false, heartbeat.done())?);
    let runtime = runtime(setting.time.virtual_clock)?;
    let clock = runtime.block_on(async { clock(setting.time.virtual_clock) });
    let (world, strategy) = runtime.block_on(open::<S>(request, &context, setting, clock))?;
    let lost = if world.setting.resume_ms > 0 {
        world.ledger.bury();
        world.ledger.take_lost()
    } else {
        (0, 0)
    };
    wire.send(&Reply::Ready);
    if !wait_for_go(wire, inbox) {
        return Ok(Outcome::Abandoned);
    }
    heartbeat.phase(context.workload.requests() as u64);
    let cpu_before = process::cpu_time();
    // Virtual time is told within the runtime alone.
    let (end, elapsed) = runtime.block_on(async {
        let end = replay(&strategy, &world, &heartbeat).await;
        (end, world.elapsed())
    });
    if end == End::Killed {
        // What this life saw goes out before it ends, where it stands: nothing is flushed, nothing
        // is closed, and what was only in memory is gone.
        let report = report(&world, elapsed, cpu_before, lost);
        wire.send(&Reply::Sample(Box::new(report)));
        let _ = kill_process(getpid(), Signal::KILL);
    }
    let held = runtime.block_on(async {
        // What fails here was given up, and is found among the lost writes; or the service is gone.
        let settled = strategy.settle().await;
        let held = strategy.len().await;
        let closed = strategy.close().await;
        for error in [settled.err(), closed.err()].into_iter().flatten() {
            world.context.offend(0, || error.to_string());
        }
        held.unwrap_or(0)
    });
    let (writes, keys) = world.ledger.take_lost();
    let lost = (lost.0 + writes, lost.1 + keys);
    let mut report = report(&world, elapsed, cpu_before, lost);
    report.entries_held = held;
    Ok(Outcome::Done(Box::new(report)))
}

/// The setting as far as this strategy can take it: virtual time is for strategies that go by the
/// clock which they are given, alone, over an origin that has no time of its own.
fn setting<S: Strategy>(request: &TrialRequest) -> Result<Setting, Failure> {
    let Some(mut setting) = request.setting.clone() else {
        return Err(Failure::Protocol(String::from("the meter `behaviour` needs a `setting`")));
    };
    let wrong = |what: &str| Err(Failure::Protocol(format!("setting: {what}")));
    if setting.instances == 0 || setting.instances > MOST_INSTANCES {
        return wrong(&format!("{} instances; 1 to {MOST_INSTANCES}", setting.instances));
    }
    if setting.instance >= setting.instances {
        return wrong("the instance is not below the number of instances");
    }
    if !(setting.time.rate > 0.0 && setting.time.scale > 0.0) {
        return wrong("rate and scale are above 0");
    }
    let timeless = S::SUPPORTS_VIRTUAL_CLOCK || (S::MODE.is_sync() && !S::PROPERTIES.ttl);
    setting.time.virtual_clock &=
        timeless && setting.instances == 1 && setting.origin.kind == OriginKind::Simulated;
    Ok(setting)
}

fn runtime(paused: bool) -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        .build()
        .map_err(|error| Failure::Runner(format!("no runtime: {error}")))
}

/// The system's clock, or the one that moves when every task waits; within the runtime.
fn clock(virtually: bool) -> Clock {
    if !virtually {
        return Clock::system();
    }
    let beginning = Instant::now();
    // Never zero, which tables may keep for "never".
    Clock::from_fn(move || beginning.elapsed() + Duration::from_secs(1))
}

async fn open<S: Strategy>(
    request: &TrialRequest,
    context: &Arc<Context>,
    setting: Setting,
    clock: Clock,
) -> Result<(Arc<World>, Arc<S>), Failure> {
    let keys = context.workload.header().unique_keys as usize;
    let ledger = Ledger::open(&setting.ledger, keys, setting.instance).map_err(|error| {
        Failure::Runner(format!("the ledger {}: {error}", setting.ledger.display()))
    })?;
    let database = Database::open(&setting.origin, keys, context.body_bytes).await?;
    let config = OpenConfig { clock: clock.clone(), ..open_config(request) };
    let strategy = S::open(&config).await?;
    let context = Arc::clone(context);
    let world = World::new(context, setting, ledger, database, clock, request.seed);
    Ok((Arc::new(world), Arc::new(strategy)))
}

/// How a replay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Served,
    /// The scenario says that this instance dies now.
    Killed,
}

/// Issues every request of this instance when it is due, whatever became of those before.
async fn replay<S: Strategy>(strategy: &Arc<S>, world: &Arc<World>, heartbeat: &Heartbeat) -> End {
    let done = heartbeat.done();
    let workload = &world.context.workload;
    let columns = Columns::new(workload);
    let mut agenda = events::agenda(&world.setting);
    let keys = workload.header().unique_keys as usize;
    let hottest =
        if agenda.is_empty() { Arc::default() } else { events::hottest(columns.ids, keys) };
    let room = Arc::new(Semaphore::new(MOST_UNDER_WAY));
    let mut tasks = JoinSet::new();
    let resumed = Duration::from_millis(world.setting.resume_ms);
    world.begin();
    for index in 0..workload.requests() {
        let request: Request = columns.request::<true, true>(index);
        if !world.is_ours(index, request.id) {
            continue;
        }
        let at = world.due(index);
        if at < resumed {
            if world.was_down(at) {
                world.findings().unserved(at);
            }
            continue;
        }
        while let Some(event) = agenda.pop_if(|event| Duration::from_millis(event.at_ms) <= at) {
            until(world, Duration::from_millis(event.at_ms)).await;
            if event.what == EventKind::Crash {
                world.findings().cut_off(MOST_UNDER_WAY - room.available_permits(), at);
                tasks.detach_all();
                return End::Killed;
            }
            let (strategy, world) = (Arc::clone(strategy), Arc::clone(world));
            tasks.spawn(events::happen(event, strategy, world, Arc::clone(&hottest)));
        }
        until(world, at).await;
        while let Some(ended) = tasks.try_join_next() {
            panic_on(ended);
        }
        done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            world.findings().unserved(at);
            continue;
        };
        let due = Due { index, request, at };
        let (strategy, world) = (Arc::clone(strategy), Arc::clone(world));
        tasks.spawn(async move {
            due.serve(strategy, world).await;
            drop(place);
        });
    }
    // Everyone gives up in the end.
    while let Some(ended) = tasks.join_next().await {
        panic_on(ended);
    }
    End::Served
}

/// Lets a panic of a task go on here: what it left undone would be counted nowhere.
fn panic_on(ended: Result<(), JoinError>) {
    if let Some(panic) = ended.err().and_then(|error| error.try_into_panic().ok()) {
        resume_unwind(panic);
    }
}

/// Waits until so much time of the schedule has passed; gives way to others in any case.
async fn until(world: &World, at: Duration) {
    match at.checked_sub(world.elapsed()) {
        Some(left) if !left.is_zero() => sleep(left).await,
        _ => tokio::task::consume_budget().await,
    }
}

fn report(world: &World, elapsed: Duration, cpu_before: Duration, lost: (u64, u64)) -> TrialReport {
    let (mut behaviour, tally) = world.findings().take(elapsed);
    (behaviour.lost.writes, behaviour.lost.keys) = lost;
    (behaviour.origin.peak_concurrency, behaviour.origin.stampede_factor) = world.ledger.peaks();
    behaviour.events = events::marks(&world.setting);
    TrialReport {
        counts: tally.counts(Some(0), 1),
        elapsed_ns: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
        cpu_ns: u64::try_from((process::cpu_time() - cpu_before).as_nanos()).unwrap_or(u64::MAX),
        passes: 1,
        peak_rss_bytes: process::peak_rss_bytes(),
        answers_checksum: format!("{:016x}", 0),
        offence: world.context.take_offence(),
        behaviour: Some(Box::new(behaviour)),
        ..TrialReport::default()
    }
}

impl World {
    /// When a request is due, from the schedule's beginning.
    fn due(&self, index: usize) -> Duration {
        let time = self.setting.time;
        match self.context.workload.times_us() {
            Some(times) => {
                let first = times.first().copied().unwrap_or(0);
                let micros = times.get(index).map_or(0, |at| at.saturating_sub(first));
                Duration::from_secs_f64(micros as f64 / time.scale / 1e6)
            }
            None => Duration::from_secs_f64(index as f64 / time.rate),
        }
    }

    /// Whether this instance takes a request.
    fn is_ours(&self, index: usize, id: u32) -> bool {
        let word = match self.setting.deal {
            Deal::Random => index as u64,
            Deal::KeyHash => u64::from(id),
        };
        let share = mixed(word.wrapping_mul(0xD6E8_FEB8_6659_FD93).wrapping_add(1));
        (share * f64::from(self.setting.instances)) as u32 == self.setting.instance
    }

    /// Whether this instance was down then, between two lives.
    fn was_down(&self, at: Duration) -> bool {
        let at = at.as_millis() as u64;
        self.setting.events.iter().any(|event| {
            event.what == EventKind::Crash
                && event.instance == self.setting.instance
                && (event.at_ms..event.at_ms + event.for_ms).contains(&at)
        })
    }

    /// How an entry of a request is to be kept, in this replay's time.
    fn options(&self, request: Request) -> bakeoff_strategy::PutOptions {
        let time = self.setting.time;
        let mut options = self.context.put_options(request.bytes, request.ttl_ms);
        let asked = options.ttl.or((time.ttl_ms > 0).then(|| Duration::from_millis(time.ttl_ms)));
        options.ttl = asked.map(|ttl| ttl.div_f64(time.scale));
        options
    }

    /// Bytes of a row that something else than a request writes.
    fn row_bytes(&self) -> u32 {
        self.context.fixed_bytes().unwrap_or(64)
    }

    /// Another program changes a row: at once, and without asking anybody.
    async fn change(&self, id: u32, bytes: u32) -> Result<(), String> {
        let version = self.ledger.reserve(id as usize);
        let key = bakeoff_strategy::Key::from_id(u64::from(id));
        let value = requests::value(self, key, version, bytes);
        let stored = self.database.store(u64::from(id), value).await;
        stored.map_err(|error| format!("a change behind the cache failed: {error}"))?;
        self.ledger.commit(id as usize, version, self.now());
        Ok(())
    }
}
