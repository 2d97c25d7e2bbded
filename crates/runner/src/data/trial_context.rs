//! Workload, origin state and violations of one trial, which its workers share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::TrialSpec;
use bakeoff_protocol::trial::{MAX_TENANTS, Meter, Violation};
use bakeoff_strategy::PutOptions;

use super::body::{self, MAX_BODY_BYTES};
use super::versions::Versions;
use super::virtual_clock::VirtualClock;
use crate::failure::Failure;

/// Workload, origin state and violations of one trial, shared by its workers.
#[derive(Debug)]
pub(crate) struct TrialContext {
    pub(crate) workload: Workload,
    pub(crate) versions: Versions,
    /// Virtual clock; `None` in real time.
    pub(crate) clock: Option<VirtualClock>,
    pub(crate) block: &'static [u8],
    /// Size of every body, if the workload has no column of sizes.
    pub(crate) body_bytes: usize,
    /// True if the weight of an entry is its size in bytes, false if it is 1.
    weigh_bytes: bool,
    /// True if every body is a separate heap allocation.
    pub(crate) fresh_bodies: bool,
    /// True if hits are also counted by tenant.
    by_tenant: bool,
    /// Number of loads by tasks that the strategy spawned.
    pub(crate) detached_loads: AtomicU64,
    /// Set when a worker cannot continue. The other workers then end at their next chunk.
    stop: AtomicBool,
    /// Number of finished requests, which the heartbeat reports.
    pub(crate) done: Arc<AtomicU64>,
    first_violation: Mutex<Option<Violation>>,
    first_stale: Mutex<Option<Violation>>,
}

impl TrialContext {
    /// Prepares a replay. With `sequential`, the caller promises that at most one request is in
    /// flight at any time.
    ///
    /// # Errors
    /// [`Failure::Workload`] if an id of the workload is out of range.
    pub(crate) fn new(
        workload: Workload,
        spec: &TrialSpec,
        sequential: bool,
        done: Arc<AtomicU64>,
    ) -> Result<Self, Failure> {
        let has_changes = workload.header().writes + workload.header().deletes > 0;
        let keys = if has_changes { workload.header().unique_keys as usize } else { 0 };
        if has_changes && workload.ids().iter().any(|&id| id as usize >= keys) {
            return Err(Failure::Workload(format!(
                "cannot use workload {}: it contains an id outside of 0..{keys}; compile it again",
                workload.path().display()
            )));
        }
        Ok(Self {
            versions: Versions::new(keys, sequential),
            clock: None,
            block: body::block(),
            body_bytes: (workload.header().value_bytes as usize).min(MAX_BODY_BYTES),
            weigh_bytes: spec.capacity.is_in_bytes(),
            fresh_bodies: spec.meter == Meter::Memory,
            by_tenant: spec.meter == Meter::HitRatio && has_few_tenants(&workload),
            detached_loads: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            done,
            first_violation: Mutex::new(None),
            first_stale: Mutex::new(None),
            workload,
        })
    }

    /// Sets the virtual clock.
    pub(crate) fn with_clock(self, clock: Option<VirtualClock>) -> Self {
        Self { clock, ..self }
    }

    /// Advances a virtual clock to the time of a request that is about to be sent.
    #[inline]
    pub(crate) fn advance_clock(&self, index: usize) {
        if let Some(clock) = &self.clock {
            clock.advance_to(&self.workload, index);
        }
    }

    /// Returns the weight and time to live of an entry.
    #[inline]
    pub(crate) fn put_options(&self, bytes: u32, ttl_ms: u32) -> PutOptions {
        PutOptions {
            ttl: (ttl_ms > 0).then(|| Duration::from_millis(u64::from(ttl_ms))),
            weight: if self.weigh_bytes { bytes } else { 1 },
        }
    }

    /// Returns the size of every value; `None` if the workload has a column of sizes.
    pub(crate) fn fixed_bytes(&self) -> Option<u32> {
        self.workload.sizes().is_none().then_some(self.workload.header().value_bytes)
    }

    /// Returns the tenant of each request; `None` if tenants are not counted separately.
    pub(crate) fn tenants(&self) -> Option<&[u16]> {
        self.workload.tenants().filter(|_| self.by_tenant)
    }

    /// Returns true if some value of the workload is empty.
    pub(crate) fn has_empty_values(&self) -> bool {
        self.workload.sizes().map_or(self.body_bytes == 0, |sizes| sizes.contains(&0))
    }

    /// Records the first wrong answer or error.
    #[cold]
    pub(crate) fn record_violation(&self, request: usize, what: impl FnOnce() -> String) {
        record_first(&self.first_violation, request, what);
    }

    /// Records the first stale answer.
    #[cold]
    pub(crate) fn record_stale(&self, request: usize, what: impl FnOnce() -> String) {
        record_first(&self.first_stale, request, what);
    }

    /// Takes the first wrong answer or error. If there was none, takes the first stale answer.
    pub(crate) fn take_violation(&self) -> Option<Violation> {
        let take = |first: &Mutex<Option<Violation>>| {
            first.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        take(&self.first_violation).or_else(|| take(&self.first_stale))
    }

    /// Creates a guard that stops all workers unless the calling worker finishes.
    pub(crate) fn stop_unless_finished(&self) -> StopUnlessFinished<'_> {
        StopUnlessFinished(Some(&self.stop))
    }

    /// Returns true if workers must end early.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn has_few_tenants(workload: &Workload) -> bool {
    let tenants = workload.tenants().unwrap_or_default();
    tenants.iter().all(|&tenant| usize::from(tenant) < MAX_TENANTS)
}

/// Guard that stops all workers when it is dropped, unless its own worker has finished.
///
/// After a panic of one worker, the others therefore do not continue.
pub(crate) struct StopUnlessFinished<'a>(Option<&'a AtomicBool>);

impl StopUnlessFinished<'_> {
    /// Marks the worker as finished.
    pub(crate) fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for StopUnlessFinished<'_> {
    fn drop(&mut self) {
        if let Some(stop) = self.0 {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn record_first(first: &Mutex<Option<Violation>>, request: usize, what: impl FnOnce() -> String) {
    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
    first.get_or_insert_with(|| Violation { request: request as u64, what: what() });
}
