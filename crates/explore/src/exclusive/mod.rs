//! The exclusive lane: rounds of timed trials, one at a time on the whole machine.

mod contest;
mod round;

use std::time::{Duration, Instant};

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::progress::{Phase, Status};
use bakeoff_protocol::sample::Record;
use jiff::Timestamp;

use crate::progress::Event;
use crate::reporter::News;
use crate::run::{Ready, Run, Stop};
pub use contest::Contest;
pub(crate) use contest::seed_of;

/// Rounds done so far in this run, and how long they took: what the rest will take.
struct Clock {
    begun: Instant,
    done: u32,
    left: u32,
}

impl Clock {
    fn eta_seconds(&self) -> Option<f64> {
        let each = self.begun.elapsed().as_secs_f64() / f64::from(self.done.max(1));
        (self.done > 0).then(|| each * f64::from(self.left))
    }
}

/// Does every round that is not done yet, scenario by scenario within each round, so that drift
/// meets all scenarios alike.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub fn run(run: &Run<'_>, ready: &[Ready], contests: &mut [Contest<'_>]) -> Result<(), Stop> {
    let rounds = run.spec.rounds;
    let left = contests.iter().map(|contest| contest.left(rounds)).sum();
    if left == 0 {
        for contest in contests.iter() {
            contest.tell_medians(run)?;
        }
        return Ok(());
    }
    for variant in ready {
        run.tell(variant.name(), Event::Began(Phase::Measuring))?;
        run.board.step(variant.name(), "");
    }
    let total = rounds * u32::try_from(contests.len()).unwrap_or(1);
    let mut clock = Clock { begun: Instant::now(), done: 0, left };
    for number in 0..rounds {
        for contest in contests.iter_mut().filter(|contest| !contest.is_done(number)) {
            run.ports.reporter.hear(&News::Rounds {
                done: total - clock.left,
                total,
                scenario: &contest.prepared.record.name,
                eta_seconds: clock.eta_seconds(),
            });
            alone(run, contest, number)?;
            clock.done += 1;
            clock.left = clock.left.saturating_sub(1);
            advance(run, contest, &clock, total)?;
        }
        drop_failed(run, contests);
        clock.left = contests.iter().map(|contest| contest.left(rounds)).sum();
    }
    let seconds = clock.begun.elapsed().as_secs_f64();
    for variant in ready {
        run.tell(variant.name(), Event::Spent { phase: Phase::Measuring, seconds })?;
    }
    Ok(())
}

/// Who failed in one scenario is out of all of them.
fn drop_failed(run: &Run<'_>, contests: &mut [Contest<'_>]) {
    for (name, progress) in run.board.states() {
        if progress.status == Status::Failed {
            contests.iter_mut().for_each(|contest| contest.drop(&name));
        }
    }
}

/// One round with the machine to ourselves.
fn alone(run: &Run<'_>, contest: &mut Contest<'_>, number: u32) -> Result<(), Stop> {
    let waiting = |lock: &std::path::Path| {
        let note =
            format!("waiting until other explorations on this machine pause ({})", lock.display());
        run.ports.reporter.hear(&News::Note(&note));
    };
    let hold = run.ports.machine.alone(run.ports.interrupt, waiting)?.ok_or(Stop::Interrupted)?;
    round::run(run, contest, number)?;
    drop(hold);
    run.append(Record::Round {
        schema: SCHEMA_VERSION,
        scenario: contest.prepared.record.name.clone(),
        family: contest.family.clone(),
        round: number,
        at: Timestamp::now(),
    })?;
    contest.finished(number);
    Ok(())
}

/// Figures and progress files, between the rounds and never beside a timed trial.
fn advance(run: &Run<'_>, contest: &Contest<'_>, clock: &Clock, total: u32) -> Result<(), Stop> {
    contest.tell_medians(run)?;
    let share = f64::from(total - clock.left) / f64::from(total.max(1));
    let advanced =
        Event::Advanced { percent: 60.0 + 40.0 * share, eta_seconds: clock.eta_seconds() };
    for participant in &contest.participants {
        run.tell(participant.ready.name(), advanced.clone())?;
    }
    Ok(())
}

/// Time that a single timed trial may take in all.
const TRIAL_LIMIT: Duration = Duration::from_secs(300);
/// Pause between two looks at a runner that is being timed: rare, so as not to disturb it.
const POLL: Duration = Duration::from_millis(100);
