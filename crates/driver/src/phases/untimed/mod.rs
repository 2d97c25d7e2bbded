//! The parallel lane: worktrees, builds, conformance, probes, exact hit ratios, memory.

mod builds;
mod check;
mod failures;
mod instructions;
mod probes;
mod replays;
mod variant;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::phases::context::Context;
use crate::request::Entrant;
use crate::stop::Stop;
use crate::trial::ready::Ready;
use variant::Job;

/// Pause between two signs of life in the progress files.
const BEAT: Duration = Duration::from_secs(2);

/// Takes variants through the lane, each to its own end; those that are fit to be timed come
/// back, in the order of the exploration.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub fn run(context: &Context<'_>, entrants: &[Entrant]) -> Result<Vec<Ready>, Stop> {
    let (queue, jobs) = mpsc::channel::<Job>();
    let lane = Lane {
        context,
        jobs: Mutex::new(jobs),
        ready: Mutex::new(BTreeMap::new()),
        stopped: Mutex::new(None),
        over: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        scope.spawn(|| lane.beat());
        let workers: Vec<_> = (0..context.settings.max_parallel.max(1))
            .map(|_| scope.spawn(|| lane.work()))
            .collect();
        if let Err(stop) = builds::run(context, entrants, &queue) {
            lane.halt(stop);
        }
        drop(queue);
        let ends: Vec<_> = workers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        lane.over.store(true, Ordering::Relaxed);
        if let Some(panic) = ends.into_iter().find_map(Result::err) {
            std::panic::resume_unwind(panic);
        }
    });
    if let Some(stop) = lane.stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(stop);
    }
    let mut ready = lane.ready.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(entrants.iter().filter_map(|entrant| ready.remove(&entrant.variant.name)).collect())
}

struct Lane<'a> {
    context: &'a Context<'a>,
    jobs: Mutex<mpsc::Receiver<Job>>,
    ready: Mutex<BTreeMap<String, Ready>>,
    stopped: Mutex<Option<Stop>>,
    over: AtomicBool,
}

impl Lane<'_> {
    /// Takes variants from the queue until it is closed.
    fn work(&self) {
        loop {
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            if self.stopped.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                continue;
            }
            let name = job.entrant.variant.name.clone();
            match variant::run(self.context, job) {
                Ok(None) => {}
                Ok(Some(ready)) => {
                    self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(name, ready);
                }
                Err(stop) => self.halt(stop),
            }
        }
    }

    fn halt(&self, stop: Stop) {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
    }

    /// Signs of life. A file that cannot be written now will stop the next step that writes one.
    fn beat(&self) {
        let mut last = Instant::now();
        while !self.over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
            if last.elapsed() >= BEAT {
                last = Instant::now();
                let _ = self.context.recorder.heartbeat();
            }
        }
    }
}
