//! The exclusive lane: rounds of timed trials, one at a time on the whole machine.

mod contest;
mod evidence;
mod guard;
mod round;
mod sets;

use std::time::{Duration, Instant};

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::Stopping;
use bakeoff_protocol::progress::{Phase, Status};
use bakeoff_protocol::sample::Record;
use bakeoff_stats::rounds::{fewest_for, stop};
use jiff::Timestamp;

use crate::phases::context::Context;
use crate::record::machine_lock::MachineHold;
use crate::record::progress::Event;
use crate::stop::Stop;
use crate::trial::ready::Ready;
use crate::ui::reporter::News;
pub use contest::Contest;

/// How long rounds take, and how many are still to come.
struct Clock {
    rule: Stopping,
    /// Seconds that trials took, those of earlier runs included: what a later run can read of the
    /// samples, so that it finds the budget as spent as this one does.
    spent_seconds: f64,
    /// Rounds over all scenarios, those of earlier runs included.
    done: u32,
}

impl Clock {
    /// Rounds and seconds that are still to come, as far as can be told: those before precision
    /// is looked at, then those up to the maximum, and no more than the budget pays for.
    fn left(&self, contests: &[Contest<'_>]) -> (u32, f64) {
        let rule = &self.rule;
        let of = |contest: &Contest<'_>| match contest.rounds() {
            _ if contest.stopped.is_some() || contest.is_over() => 0,
            few if few < rule.minimum_rounds => rule.minimum_rounds - few,
            rounds => rule.maximum_rounds.saturating_sub(rounds),
        };
        let rounds: u32 = contests.iter().map(of).sum();
        let each = self.spent_seconds / f64::from(self.done.max(1));
        let affordable = rule.budget_seconds.map_or(f64::INFINITY, |budget| {
            let possible = contests.iter().map(|contest| {
                let least = fewest_for(contest.pairs()) as u32;
                each * f64::from(least.saturating_sub(contest.rounds()))
            });
            (budget - self.spent_seconds).max(possible.sum())
        });
        let seconds = (each * f64::from(rounds)).min(affordable);
        let paid = if each > 0.0 { (seconds / each).ceil() as u32 } else { rounds };
        (rounds.min(paid), seconds)
    }

    /// Seconds to the end, once a round has told how long one takes.
    fn eta_seconds(&self, contests: &[Contest<'_>]) -> Option<f64> {
        (self.done > 0).then(|| self.left(contests).1)
    }
}

/// Does rounds until every scenario has enough of them: one of each scenario in turn, so that
/// drift meets all of them alike, and time that runs short is short for all.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub fn run(
    context: &Context<'_>,
    ready: &[Ready],
    contests: &mut [Contest<'_>],
) -> Result<(), Stop> {
    let mut clock = Clock {
        rule: context.spec.stopping,
        spent_seconds: measured_seconds(context, contests),
        done: contests.iter().map(Contest::rounds).sum(),
    };
    let begun = Instant::now();
    let mut is_under_way = false;
    loop {
        let mut is_over = true;
        for place in 0..contests.len() {
            if !goes_on(context, &clock, &mut contests[place]) {
                continue;
            }
            if !is_under_way {
                begin(context, ready)?;
                is_under_way = true;
            }
            is_over = false;
            let (left, eta_seconds) = (clock.left(contests).0, clock.eta_seconds(contests));
            let contest = &mut contests[place];
            context.environment.reporter.hear(&News::Rounds {
                done: clock.done,
                total: clock.done + left,
                scenario: &contest.prepared.record.name,
                eta_seconds,
            });
            let number = contest.next();
            alone(context, contest, number)?;
            clock.done += 1;
            sets::after_round(context, &mut contests[place], number)?;
            clock.spent_seconds = measured_seconds(context, contests);
            advance(context, contests, place, &clock)?;
        }
        drop_failed(context, contests);
        if is_over {
            break;
        }
    }
    for contest in contests.iter_mut().filter(|contest| !contest.is_over()) {
        sets::catch_up(context, contest)?;
    }
    for contest in contests.iter() {
        contest.tell_medians(context)?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    for variant in ready.iter().filter(|_| is_under_way) {
        context
            .recorder
            .apply(variant.name(), Event::Spent { phase: Phase::Measuring, seconds })?;
    }
    Ok(())
}

fn measured_seconds(context: &Context<'_>, contests: &[Contest<'_>]) -> f64 {
    contests.iter().map(|contest| contest.measured_seconds(context)).sum()
}

/// Whether a scenario wants another round; where it does not, the contest learns why.
fn goes_on(context: &Context<'_>, clock: &Clock, contest: &mut Contest<'_>) -> bool {
    if contest.is_over() || contest.stopped.is_some() {
        return false;
    }
    let rounds = contest.rounds() as usize;
    let comparisons = || contest.comparisons(context);
    contest.stopped = stop(&clock.rule, rounds, clock.spent_seconds, contest.pairs(), comparisons);
    contest.stopped.is_none()
}

fn begin(context: &Context<'_>, ready: &[Ready]) -> Result<(), Stop> {
    for variant in ready {
        context.recorder.apply(variant.name(), Event::Started(Phase::Measuring))?;
        context.recorder.step(variant.name(), "");
    }
    Ok(())
}

/// Who failed in one scenario is out of all of them.
fn drop_failed(context: &Context<'_>, contests: &mut [Contest<'_>]) {
    for (name, progress) in context.recorder.progress() {
        if progress.status == Status::Failed {
            contests.iter_mut().for_each(|contest| contest.drop(&name));
        }
    }
}

/// One round with the machine to ourselves.
fn alone(context: &Context<'_>, contest: &mut Contest<'_>, number: u32) -> Result<(), Stop> {
    let hold = hold(context)?;
    let step = format!("round {} of {}", number + 1, contest.prepared.record.name);
    let sits_out = format!("sits out {step}");
    for (place, participant) in contest.participants.iter().enumerate() {
        let step = if contest.takes_part(place, number) { &step } else { &sits_out };
        if !participant.dropped {
            context.recorder.step(participant.ready.name(), step);
        }
    }
    round::run(context, contest, number)?;
    drop(hold);
    context.recorder.append(Record::Round {
        schema: SCHEMA_VERSION,
        scenario: contest.prepared.record.name.clone(),
        round_group: contest.round_group.clone(),
        round: number,
        at: Timestamp::now(),
    })?;
    contest.finished(number);
    Ok(())
}

/// The machine to ourselves, once nobody else measures on it.
fn hold(context: &Context<'_>) -> Result<MachineHold, Stop> {
    let waiting = |lock: &std::path::Path| {
        let note =
            format!("waiting until other explorations on this machine pause ({})", lock.display());
        context.environment.reporter.hear(&News::Note(&note));
    };
    context
        .environment
        .machine
        .exclusive(context.environment.interrupt, waiting)?
        .ok_or(Stop::Interrupted)
}

/// Figures and progress files, between the rounds and never beside a timed trial.
fn advance(
    context: &Context<'_>,
    contests: &[Contest<'_>],
    place: usize,
    clock: &Clock,
) -> Result<(), Stop> {
    contests[place].tell_medians(context)?;
    let (left, seconds) = clock.left(contests);
    let share = f64::from(clock.done) / f64::from((clock.done + left).max(1));
    let advanced = Event::Advanced { percent: 60.0 + 40.0 * share, eta_seconds: Some(seconds) };
    for participant in &contests[place].participants {
        context.recorder.apply(participant.ready.name(), advanced.clone())?;
    }
    Ok(())
}

/// Time that a single timed trial may take in all.
const TRIAL_LIMIT: Duration = Duration::from_secs(300);
/// Pause between two looks at a runner that is being timed: rare, so as not to disturb it.
const POLL: Duration = Duration::from_millis(100);
