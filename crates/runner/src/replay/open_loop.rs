//! The open loop of awaited strategies: requests are issued when they are due, whether or not
//! earlier ones were answered.

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bakeoff_strategy::{Pending, Strategy};
use tokio::task::{self, JoinHandle};

use super::columns::Columns;
use super::latency::Latencies;
use super::schedule::{self, Schedule};
use super::{Measured, request};
use crate::context::Context;
use crate::failure::Failure;
use crate::span::Span;
use crate::tally::Tally;

/// Overdue requests that are issued in a row before answers get their turn.
const TURN: u64 = 16;

/// What the requests of one worker share; they are tasks of one thread, so nobody waits for it.
struct Found {
    tally: Tally,
    latencies: Latencies,
}

/// Issues every request of a part on its schedule, and waits for all answers.
///
/// # Errors
/// [`Failure::Pending`] if a strategy says that it was; a panic of a request goes on in the caller.
pub(super) async fn pass<S: Strategy>(
    strategy: &Arc<S>,
    context: &Arc<Context>,
    part: Span,
    schedule: Schedule,
    measured: &mut Measured,
) -> Result<(), Failure> {
    let found =
        Arc::new(Mutex::new(Found { tally: Tally::default(), latencies: Latencies::new(1)? }));
    let mut outstanding = VecDeque::new();
    let columns = Columns::new(&context.workload);
    let (mut position, mut turn) = (0, 0);
    while position < part.length() && !context.stopped() {
        let due = schedule.due(position);
        let issued = schedule::turn(due).await;
        let asked = columns.together(part, position);
        let count = asked.len() as u64;
        measured.missed += if schedule.is_missed(due, issued) { count } else { 0 };
        outstanding.push_back(task::spawn(one(
            Arc::clone(strategy),
            Arc::clone(context),
            asked,
            due,
            Arc::clone(&found),
        )));
        while outstanding.front().is_some_and(JoinHandle::is_finished) {
            end(outstanding.pop_front()).await?;
        }
        position += count;
        turn += count;
        if turn >= TURN {
            context.done.fetch_add(turn, Ordering::Relaxed);
            turn = 0;
            task::yield_now().await;
        }
    }
    while !outstanding.is_empty() {
        end(outstanding.pop_front()).await?;
    }
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    measured.late.add(&found.tally);
    measured.latencies = Some(found.latencies.clone());
    Ok(())
}

/// What is asked for at once, due with its first request; its time is counted from then.
async fn one<S: Strategy>(
    strategy: Arc<S>,
    context: Arc<Context>,
    asked: Range<usize>,
    due: Instant,
    found: Arc<Mutex<Found>>,
) -> Result<(), Pending> {
    let columns = Columns::new(&context.workload);
    let mut tally = Tally::default();
    let count = asked.len() as u64;
    request::ask::<S, false>(&strategy, &context, &columns, asked, &mut tally).await?;
    let took = due.elapsed();
    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
    found.tally.add(&tally);
    found.latencies.record_together(took, count);
    Ok(())
}

async fn end(task: Option<JoinHandle<Result<(), Pending>>>) -> Result<(), Pending> {
    let Some(task) = task else { return Ok(()) };
    match task.await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Ok(()),
        },
    }
}
