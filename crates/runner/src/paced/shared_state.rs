//! State of one instance that the requests of a paced replay share.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_compiled::WorkloadRequest;
use bakeoff_protocol::PacedConfig;
use bakeoff_protocol::paced::config::{FaultKind, LatencyShape};
use bakeoff_strategy::{Clock, Key, PutOptions, Value};
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::commit_log::CommitLog;
use super::database::Database;
use super::recorder::Recorder;
use crate::data::body;
use crate::data::trial_context::TrialContext;

/// Factor by which loads and writes take longer while the origin is slow.
const SLOW_FACTOR: f64 = 10.0;
/// Standard deviation of the logarithm of a log-normal delay.
const SIGMA: f64 = 0.5;

/// State that the requests and fault events of one instance share.
pub(crate) struct SharedState {
    pub(crate) context: Arc<TrialContext>,
    pub(crate) config: PacedConfig,
    pub(crate) commit_log: CommitLog,
    pub(crate) database: Database,
    clock: Clock,
    /// Start of the schedule, in nanoseconds of the clock. Negative for a restarted instance if the
    /// schedule started before its clock.
    start_ns: AtomicI64,
    origin_permits: Option<Semaphore>,
    random_state: AtomicU64,
    recorder: Mutex<Recorder>,
}

impl SharedState {
    pub(crate) fn new(
        context: Arc<TrialContext>,
        config: PacedConfig,
        commit_log: CommitLog,
        database: Database,
        clock: Clock,
        seed: u64,
    ) -> Self {
        let concurrency = config.origin.concurrency;
        let recorder = Recorder::new(&config);
        Self {
            origin_permits: concurrency.map(|limit| Semaphore::new(limit as usize)),
            random_state: AtomicU64::new(seed ^ u64::from(config.instance) << 32),
            recorder: Mutex::new(recorder),
            start_ns: AtomicI64::new(0),
            context,
            config,
            commit_log,
            database,
            clock,
        }
    }

    /// Starts the schedule now, at the time `resume_ms` of the schedule.
    pub(crate) fn start(&self) {
        let passed = Duration::from_millis(self.config.resume_ms);
        let start = signed(self.clock.now()) - signed(passed);
        self.start_ns.store(start, Ordering::Relaxed);
    }

    /// Returns the time since the start of the schedule.
    pub(crate) fn elapsed(&self) -> Duration {
        let elapsed = signed(self.clock.now()) - self.start_ns.load(Ordering::Relaxed);
        Duration::from_nanos(u64::try_from(elapsed).unwrap_or(0))
    }

    /// Returns the nanoseconds of a clock that all instances of a trial share.
    ///
    /// With a virtual clock it is the time of the schedule, otherwise the monotonic clock of the
    /// machine.
    pub(crate) fn now(&self) -> u64 {
        if self.config.time.virtual_clock {
            return nanoseconds(self.elapsed());
        }
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true during an event of the given kind.
    fn is_active(&self, kind: FaultKind) -> bool {
        let now = self.elapsed().as_millis() as u64;
        self.config
            .events
            .iter()
            .any(|event| event.kind == kind && (event.at_ms..event.end_ms()).contains(&now))
    }

    /// Waits until the origin accepts another request, if its concurrency is limited.
    pub(crate) async fn acquire_origin(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        match &self.origin_permits {
            // The semaphore is never closed.
            Some(permits) => permits.acquire().await.ok(),
            None => None,
        }
    }

    /// Returns true if the next request to the origin must fail, by chance or because the origin is
    /// down.
    pub(crate) fn fails(&self) -> bool {
        let rate = self.config.origin.failure_rate;
        (rate > 0.0 && self.random() < rate) || self.is_active(FaultKind::OriginDown)
    }

    /// Returns the delay of the next request to the origin. The time of a real database comes in
    /// addition.
    pub(crate) fn latency(&self) -> Duration {
        let latency = self.config.origin.latency;
        let factor = match latency.shape {
            LatencyShape::Constant => 1.0,
            LatencyShape::Exponential => -libm::log(1.0 - self.random()),
            LatencyShape::LogNormal => {
                // Box and Muller (1958), scaled so that the mean is 1.
                let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.random()));
                let normal = radius * libm::cos(std::f64::consts::TAU * self.random());
                libm::exp(SIGMA * normal - SIGMA * SIGMA / 2.0)
            }
        };
        let slow_factor = if self.is_active(FaultKind::OriginSlow) { SLOW_FACTOR } else { 1.0 };
        Duration::from_secs_f64(latency.mean_ms * factor * slow_factor / 1_000.0)
    }

    /// Returns true if the origin has no row for a key.
    pub(crate) fn is_absent(&self, id: u64) -> bool {
        let share = self.config.origin.absent;
        share > 0.0
            && split_mix_unit(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)) < share
            && self.commit_log.newest(id as usize) == 0
    }

    /// Returns the weight and the time to live of an entry. The time to live is scaled to the pace
    /// of this replay.
    pub(crate) fn put_options(&self, request: WorkloadRequest) -> PutOptions {
        let time = self.config.time;
        let mut options = self.context.put_options(request.bytes, request.ttl_ms);
        let ttl = options.ttl.or(time.ttl_ms.map(Duration::from_millis));
        options.ttl = ttl.map(|ttl| ttl.div_f64(time.scale));
        options
    }

    /// Creates the value with the given key and version.
    pub(crate) fn value(&self, key: Key, version: u64, bytes: u32) -> Value {
        let slice = body::slice(self.context.block, key, version, bytes as usize);
        Value { key, version, body: Bytes::from_static(slice) }
    }

    /// Returns the size of a row that a fault event writes.
    pub(crate) fn row_bytes(&self) -> u32 {
        self.context.fixed_bytes().unwrap_or(64)
    }

    /// Changes a row in the origin immediately and without informing the cache, like another
    /// program.
    ///
    /// # Errors
    /// A description of the failure if the database fails.
    pub(crate) async fn change_row(&self, id: u32, bytes: u32) -> Result<(), String> {
        let version = self.commit_log.reserve(id as usize);
        let value = self.value(Key::from_id(u64::from(id)), version, bytes);
        let stored = self.database.store(u64::from(id), value).await;
        stored.map_err(|error| {
            format!("cannot change a row of the origin behind the cache: {error}")
        })?;
        self.commit_log.commit(id as usize, version, self.now());
        Ok(())
    }

    /// Returns a uniform random number in [0, 1).
    fn random(&self) -> f64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        split_mix_unit(self.random_state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }
}

/// Mixes a word like SplitMix64 and returns the result as a number in [0, 1).
pub(crate) fn split_mix_unit(mut word: u64) -> f64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
