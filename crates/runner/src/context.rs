//! What all workers of one trial share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bakeoff_compiled::Workload;
use bakeoff_protocol::TrialRequest;
use bakeoff_protocol::trial::{MOST_TENANTS, Meter, Offence};
use bakeoff_strategy::PutOptions;

use crate::body::{self, MAX_BODY_BYTES};
use crate::failure::Failure;
use crate::versions::Versions;

/// One trial's workload, origin and findings, shared by its workers.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) workload: Workload,
    pub(crate) versions: Versions,
    pub(crate) block: &'static [u8],
    /// Bytes of every body where the workload has no column of sizes.
    pub(crate) body_bytes: usize,
    /// Whether an entry weighs its bytes, or 1.
    weigh_bytes: bool,
    /// Whether every body is a heap allocation of its own.
    pub(crate) fresh_bodies: bool,
    /// Whether tenants are counted apart.
    by_tenant: bool,
    /// Loads by tasks that a strategy spawned.
    pub(crate) detached_loads: AtomicU64,
    /// Raised when one worker cannot go on: the others end at their next chunk.
    pub(crate) stop: AtomicBool,
    /// Requests done so far, for the heartbeat.
    pub(crate) done: Arc<AtomicU64>,
    first_offence: Mutex<Option<Offence>>,
    first_stale: Mutex<Option<Offence>>,
}

impl Context {
    /// Prepares a replay by up to `workers × in_flight` requests at once.
    ///
    /// # Errors
    /// [`Failure::Workload`] if an id of the workload is out of range.
    pub(crate) fn new(
        workload: Workload,
        request: &TrialRequest,
        alone: bool,
        done: Arc<AtomicU64>,
    ) -> Result<Self, Failure> {
        let changes = workload.header().writes + workload.header().deletes > 0;
        let keys = if changes { workload.header().unique_keys as usize } else { 0 };
        if changes && workload.ids().iter().any(|&id| id as usize >= keys) {
            return Err(Failure::Workload(format!(
                "{}: an id is not below the number of distinct keys, {keys}",
                request.workload.display()
            )));
        }
        Ok(Self {
            versions: Versions::new(keys, alone),
            block: body::block(),
            body_bytes: (workload.header().value_bytes as usize).min(MAX_BODY_BYTES),
            weigh_bytes: request.weigh_bytes,
            fresh_bodies: request.meter == Meter::Memory,
            by_tenant: request.meter == Meter::HitRatio && tenants_are_few(&workload),
            detached_loads: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            done,
            first_offence: Mutex::new(None),
            first_stale: Mutex::new(None),
            workload,
        })
    }

    /// How an entry of a request is to be kept.
    #[inline]
    pub(crate) fn put_options(&self, bytes: u32, ttl_ms: u32) -> PutOptions {
        PutOptions {
            ttl: (ttl_ms > 0).then(|| Duration::from_millis(u64::from(ttl_ms))),
            weight: if self.weigh_bytes { bytes } else { 1 },
        }
    }

    /// Bytes of every value, where the workload has no column of sizes.
    pub(crate) fn fixed_bytes(&self) -> Option<u32> {
        self.workload.sizes().is_none().then_some(self.workload.header().value_bytes)
    }

    /// Whose request each is, where tenants are counted apart.
    pub(crate) fn tenants(&self) -> Option<&[u16]> {
        self.workload.tenants().filter(|_| self.by_tenant)
    }

    /// Whether any request of the workload is for an empty value.
    pub(crate) fn has_empty_values(&self) -> bool {
        self.workload.sizes().map_or(self.body_bytes == 0, |sizes| sizes.contains(&0))
    }

    /// Records what went wrong, if nothing did before.
    #[cold]
    pub(crate) fn offend(&self, request: usize, what: impl FnOnce() -> String) {
        record_first(&self.first_offence, request, what);
    }

    /// Records a stale answer, if there was none before.
    #[cold]
    pub(crate) fn offend_stale(&self, request: usize, what: impl FnOnce() -> String) {
        record_first(&self.first_stale, request, what);
    }

    /// Takes the first wrong answer or error, or else the first stale answer.
    pub(crate) fn take_offence(&self) -> Option<Offence> {
        let take = |from: &Mutex<Option<Offence>>| {
            from.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        take(&self.first_offence).or_else(|| take(&self.first_stale))
    }

    /// Stops all workers unless the caller's finishes.
    pub(crate) fn stop_unless_finished(&self) -> StopUnlessFinished<'_> {
        StopUnlessFinished(Some(&self.stop))
    }

    /// Whether workers are to end early.
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn tenants_are_few(workload: &Workload) -> bool {
    let tenants = workload.tenants().unwrap_or_default();
    tenants.iter().all(|&tenant| usize::from(tenant) < MOST_TENANTS)
}

/// Stops all workers when it is dropped, unless its worker has finished: a panic must not leave
/// the others replaying for nothing.
pub(crate) struct StopUnlessFinished<'a>(Option<&'a AtomicBool>);

impl StopUnlessFinished<'_> {
    /// The worker has done its part.
    pub(crate) fn finished(mut self) {
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

fn record_first(first: &Mutex<Option<Offence>>, request: usize, what: impl FnOnce() -> String) {
    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
    first.get_or_insert_with(|| Offence { request: request as u64, what: what() });
}
