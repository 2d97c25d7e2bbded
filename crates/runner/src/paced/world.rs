//! What the requests of a paced replay share: clock, ledger, origin and findings.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bakeoff_protocol::setting::{EventKind, LatencyShape, Setting};
use bakeoff_strategy::Clock;
use tokio::sync::Semaphore;

use super::database::Database;
use super::findings::Findings;
use super::ledger::Ledger;
use crate::context::Context;

/// How much longer a slow origin takes.
const SLOWNESS: f64 = 10.0;
/// Standard deviation of the logarithm of a log-normal latency.
const SIGMA: f64 = 0.5;

/// Everything that requests and events of one instance share.
pub(crate) struct World {
    pub(crate) context: Arc<Context>,
    pub(crate) setting: Setting,
    pub(crate) ledger: Ledger,
    pub(crate) database: Database,
    /// The clock that strategies are given.
    pub(crate) clock: Clock,
    /// The clock's time at which the schedule began, in nanoseconds; before the clock's own beginning
    /// where an instance comes back late.
    begun: AtomicI64,
    turns: Option<Semaphore>,
    dice: AtomicU64,
    findings: Mutex<Findings>,
}

impl World {
    pub(crate) fn new(
        context: Arc<Context>,
        setting: Setting,
        ledger: Ledger,
        database: Database,
        clock: Clock,
        seed: u64,
    ) -> Self {
        let concurrency = setting.origin.concurrency as usize;
        let findings = Findings::new(&setting);
        Self {
            turns: (concurrency > 0).then(|| Semaphore::new(concurrency)),
            dice: AtomicU64::new(seed ^ u64::from(setting.instance) << 32),
            findings: Mutex::new(findings),
            begun: AtomicI64::new(0),
            context,
            setting,
            ledger,
            database,
            clock,
        }
    }

    /// The schedule begins now, at `resume_ms` of it.
    pub(crate) fn begin(&self) {
        let passed = Duration::from_millis(self.setting.resume_ms);
        let begun = signed(self.clock.now()) - signed(passed);
        self.begun.store(begun, Ordering::Relaxed);
    }

    /// Time since the schedule began.
    pub(crate) fn elapsed(&self) -> Duration {
        let elapsed = signed(self.clock.now()) - self.begun.load(Ordering::Relaxed);
        Duration::from_nanos(u64::try_from(elapsed).unwrap_or(0))
    }

    /// The time that all instances of a trial share, in nanoseconds: that of the schedule where it
    /// is virtual, the machine's otherwise.
    pub(crate) fn now(&self) -> u64 {
        if self.setting.time.virtual_clock {
            return nanoseconds(self.elapsed());
        }
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
    }

    pub(crate) fn findings(&self) -> MutexGuard<'_, Findings> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something is going on now.
    fn is_on(&self, what: EventKind) -> bool {
        let now = self.elapsed().as_millis() as u64;
        self.setting.events.iter().any(|event| {
            event.what == what && (event.at_ms..event.at_ms + event.for_ms).contains(&now)
        })
    }

    /// Waits for a turn at the origin, where it serves so many at once.
    pub(crate) async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        match &self.turns {
            // It is never closed.
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        }
    }

    /// Whether the next request to the origin fails.
    pub(crate) fn fails(&self) -> bool {
        let rate = self.setting.origin.failure_rate;
        (rate > 0.0 && self.throw() < rate) || self.is_on(EventKind::OriginDown)
    }

    /// How long the next request to the origin takes, beyond what a database takes by itself.
    pub(crate) fn latency(&self) -> Duration {
        let latency = self.setting.origin.latency;
        let factor = match latency.shape {
            LatencyShape::Constant => 1.0,
            LatencyShape::Exponential => -libm::log(1.0 - self.throw()),
            LatencyShape::LogNormal => {
                // Box and Muller, 1958; scaled so that the mean is 1.
                let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.throw()));
                let normal = radius * libm::cos(std::f64::consts::TAU * self.throw());
                libm::exp(SIGMA * normal - SIGMA * SIGMA / 2.0)
            }
        };
        let slowness = if self.is_on(EventKind::OriginSlow) { SLOWNESS } else { 1.0 };
        Duration::from_secs_f64(latency.mean_ms * factor * slowness / 1_000.0)
    }

    /// Whether the origin has no row of a key.
    pub(crate) fn lacks(&self, id: u64) -> bool {
        let share = self.setting.origin.absent;
        share > 0.0
            && mixed(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)) < share
            && self.ledger.newest(id as usize) == 0
    }

    /// A number from 0 to below 1, evenly spread.
    fn throw(&self) -> f64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        mixed(self.dice.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }
}

/// SplitMix64's mixing, as a number from 0 to below 1.
pub(crate) fn mixed(mut word: u64) -> f64 {
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
