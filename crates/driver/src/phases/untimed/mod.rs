//! Untimed phase: worktrees, builds, conformance, probes, exact hit ratios, memory.

mod builds;
mod check;
mod failed_steps;
mod instructions;
mod property_probes;
mod replays;
mod variant_steps;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::phases::context::PhaseContext;
use crate::request::ResolvedVariant;
use crate::stop::StopReason;
use crate::trial::runnable_variant::RunnableVariant;
use variant_steps::QueuedVariant;

/// Interval of the heartbeats in the progress files.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

/// Processes all variants; returns those that can be timed, in the order of the request.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub fn run(
    context: &PhaseContext<'_>,
    all_resolved: &[ResolvedVariant],
) -> Result<Vec<RunnableVariant>, StopReason> {
    let (queue, jobs) = mpsc::channel::<QueuedVariant>();
    let pool = WorkerPool {
        context,
        jobs: Mutex::new(jobs),
        ready: Mutex::new(BTreeMap::new()),
        stopped: Mutex::new(None),
        over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        scope.spawn(|| pool.send_heartbeats());
        let workers: Vec<_> = (0..context.settings.max_parallel.max(1))
            .map(|_| scope.spawn(|| pool.process_queue()))
            .collect();
        if let Err(stop) = builds::run(context, all_resolved, &queue) {
            pool.halt(stop);
        }
        drop(queue);
        let ends: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        pool.over.store(true, Ordering::Relaxed);
        if let Some(panic) = ends.into_iter().find_map(Result::err) {
            std::panic::resume_unwind(panic);
        }
    });
    if let Some(stop) = pool.stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(stop);
    }
    let mut ready = pool.ready.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(all_resolved.iter().filter_map(|resolved| ready.remove(&resolved.variant.name)).collect())
}

struct WorkerPool<'a> {
    context: &'a PhaseContext<'a>,
    jobs: Mutex<mpsc::Receiver<QueuedVariant>>,
    ready: Mutex<BTreeMap<String, RunnableVariant>>,
    stopped: Mutex<Option<StopReason>>,
    over: AtomicBool,
}

impl WorkerPool<'_> {
    /// Processes variants from the queue until it is closed.
    fn process_queue(&self) {
        loop {
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            if self.stopped.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                continue;
            }
            let name = job.resolved.variant.name.clone();
            match variant_steps::run(self.context, job) {
                Ok(None) => {}
                Ok(Some(ready)) => {
                    self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(name, ready);
                }
                Err(stop) => self.halt(stop),
            }
        }
    }

    fn halt(&self, stop: StopReason) {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
    }

    /// Writes heartbeats. Errors are ignored here: the next step reports a file that cannot be
    /// written.
    fn send_heartbeats(&self) {
        let mut last = Instant::now();
        while !self.over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
            if last.elapsed() >= HEARTBEAT_INTERVAL {
                last = Instant::now();
                let _ = self.context.recorder.heartbeat();
            }
        }
    }
}
