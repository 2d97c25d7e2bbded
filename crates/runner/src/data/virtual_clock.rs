//! Virtual clock of a hit-ratio replay, which the position in the workload drives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bakeoff_clock::ClockPage;
use bakeoff_compiled::Workload;
use bakeoff_protocol::message::TrialCommand;
use bakeoff_protocol::trial::ReplayClock;
use bakeoff_strategy::{Clock, Strategy, supports_virtual_clock};

use crate::failure::Failure;

/// Start of the clock, because strategies may use zero for "never".
const START_TIME: Duration = Duration::from_secs(1);

/// Virtual clock of a strategy and its servers.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    elapsed_ns: Arc<AtomicU64>,
    pages: Vec<ClockPage>,
    /// Requests per second, for a workload without timestamps.
    rate: f64,
}

impl VirtualClock {
    /// Opens the clock of a trial; `None` for a trial in real time.
    ///
    /// A virtual clock requires a single worker, servers that follow it, and a strategy that reads
    /// no other clock.
    ///
    /// # Errors
    /// [`Failure::Protocol`] for an invalid rate; [`Failure::Runner`] if a page cannot be opened.
    pub(crate) fn open<S: Strategy>(command: &TrialCommand) -> Result<Option<Self>, Failure> {
        let Some(rate) = command.spec.virtual_rate else { return Ok(None) };
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Failure::Protocol(format!(
                "cannot use the virtual rate {rate}: it must be a positive number of requests per \
                 second"
            )));
        }
        let environment = &command.environment;
        let follows = if environment.services.is_empty() {
            supports_virtual_clock::<S>()
        } else {
            environment.services.keys().all(|name| environment.clock_pages.contains_key(name))
        };
        if !follows || command.spec.load.workers > 1 {
            return Ok(None);
        }
        let open = |path| {
            ClockPage::open(path).map_err(|error| {
                Failure::Runner(format!("cannot open the clock page {}: {error}", path.display()))
            })
        };
        let pages =
            environment.clock_pages.values().map(|path| open(path)).collect::<Result<_, _>>()?;
        Ok(Some(Self { elapsed_ns: Arc::default(), pages, rate }))
    }

    /// Returns the clock for the strategy.
    pub(crate) fn strategy_clock(&self) -> Clock {
        let elapsed = Arc::clone(&self.elapsed_ns);
        Clock::from_fn(move || START_TIME + Duration::from_nanos(elapsed.load(Ordering::Relaxed)))
    }

    /// Advances the clock to the time of a request. The clock never goes back.
    #[inline]
    pub(crate) fn advance_to(&self, workload: &Workload, index: usize) {
        let elapsed = time_of(workload, self.rate, index);
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.elapsed_ns.fetch_max(nanos, Ordering::Relaxed);
        for page in &self.pages {
            page.advance_to(elapsed);
        }
    }
}

/// Returns the clock of a finished replay, for its report.
pub(crate) fn replay_clock(
    clock: Option<&VirtualClock>,
    workload: &Workload,
    virtual_rate: Option<f64>,
    elapsed: Duration,
) -> ReplayClock {
    match (clock, virtual_rate) {
        (Some(_), _) if workload.times_us().is_some() => ReplayClock::Timestamps,
        (Some(clock), _) => ReplayClock::Rate { requests_per_second: clock.rate },
        (None, None) => ReplayClock::default(),
        (None, Some(rate)) => {
            let workload_time = time_of(workload, rate, workload.requests() - 1);
            let speed_up = workload_time.as_secs_f64() / elapsed.as_secs_f64();
            ReplayClock::Real { speed_up: Some(speed_up).filter(|speed_up| speed_up.is_finite()) }
        }
    }
}

/// Returns the time of a request since the first one.
#[inline]
fn time_of(workload: &Workload, rate: f64, index: usize) -> Duration {
    match workload.times_us() {
        Some(times) => {
            let first = times.first().copied().unwrap_or(0);
            let at = times.get(index).copied().unwrap_or(first);
            Duration::from_micros(at.saturating_sub(first))
        }
        None => Duration::from_secs_f64(index as f64 / rate),
    }
}
