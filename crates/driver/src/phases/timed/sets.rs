//! Sets: cells of all variants that are measured after a round of the contest, where time allows.
//!
//! Each set has a family and rounds of its own, numbered like those of the contest, so that nothing
//! of it can be taken for a figure of the contest, and variants may still be compared round by
//! round.

use std::collections::BTreeSet;

use bakeoff_protocol::sample::Record;
use bakeoff_protocol::{Meter, SCHEMA_VERSION, TimedSlot, TrialSpec, Window};
use bakeoff_stats::median;
use jiff::Timestamp;

use super::{Contest, guard};
use crate::phases::context::Context;
use crate::record::keys;
use crate::record::progress::Event;
use crate::schedule::secondary::{
    Abilities, LATENCY_SHARE, OPEN_LOOP_NS, SCALING_SHARE, SecondaryKind,
};
use crate::stop::{StepError, Stop};
use crate::trial::execution::{TrialEnd, recorded_failure};
use crate::ui::reporter::News;

/// Most requests per second and worker that a schedule can be kept to: beyond that, reading the
/// clock takes much of the time between two of them.
const MOST_PER_WORKER: f64 = 1e6;

/// One set.
pub struct Set {
    what: SecondaryKind,
    round_group: String,
    members: Vec<Member>,
    done: BTreeSet<u32>,
}

struct Member {
    /// Place among the contest's participants.
    participant: usize,
    spec: TrialSpec,
    dropped: bool,
}

/// The sets of a contest.
pub(super) fn of(context: &Context<'_>, contest: &Contest<'_>) -> Vec<Set> {
    let scenario = &contest.prepared.record;
    let all = SecondaryKind::all(scenario, context.machine.cores);
    all.into_iter().filter_map(|what| Set::new(context, contest, what)).collect()
}

impl Set {
    fn new(context: &Context<'_>, contest: &Contest<'_>, what: SecondaryKind) -> Option<Self> {
        let scenario = &contest.prepared.record;
        let member = |(place, participant): (usize, &super::contest::Participant<'_>)| {
            let ready = participant.ready;
            let can = Abilities {
                latency: ready.hello.meters.contains(&Meter::Latency),
                workers: ready.hello.workers,
                service: ready.needs_service(),
            };
            let (meter, load) = what.load(scenario, participant.spec.load, can)?;
            let min_measured_ns = match what {
                SecondaryKind::OpenLoop(_) => OPEN_LOOP_NS,
                SecondaryKind::ClosedLoop | SecondaryKind::Workers(_) => {
                    participant.spec.min_measured_ns
                }
            };
            let spec = TrialSpec { meter, load, min_measured_ns, ..participant.spec.clone() };
            Some(Member { participant: place, spec, dropped: false })
        };
        let mut members: Vec<Member> =
            contest.participants.iter().enumerate().filter_map(member).collect();
        let key = |member: &Member| {
            let ready = contest.participants[member.participant].ready;
            (ready.name().to_owned(), ready.subject.trial(&member.spec, None))
        };
        let keys: Vec<(String, String)> = members.iter().map(key).collect();
        if keys.is_empty() {
            return None;
        }
        let round_group = keys::secondary_group(&contest.round_group, &keys);
        let (done, failed) = context.recorder.query(|history| {
            let failed: Vec<String> = history
                .timed_of(&round_group)
                .filter(|trial| recorded_failure(trial).is_some())
                .map(|trial| trial.spec.variant.clone())
                .collect();
            (history.whole_rounds(&scenario.name, &round_group), failed)
        });
        if !context.settings.retry_failed {
            for (member, (name, _)) in members.iter_mut().zip(&keys) {
                member.dropped = failed.contains(name);
            }
        }
        Some(Self { what, round_group, members, done })
    }

    /// Returns the digest of what its rounds have in common.
    pub(super) fn round_group(&self) -> &str {
        &self.round_group
    }

    /// Seconds that its trials took so far.
    pub(super) fn spent_seconds(&self, context: &Context<'_>) -> f64 {
        context.recorder.query(|history| {
            let trials = history.timed_of(&self.round_group);
            trials.map(|trial| trial.observed.process_ns as f64 / 1e9).sum()
        })
    }

    /// One trial of every member.
    fn run(
        &mut self,
        context: &Context<'_>,
        contest: &Contest<'_>,
        number: u32,
    ) -> Result<(), Stop> {
        let orders =
            bakeoff_stats::order::balanced(self.members.len(), number as usize + 1, contest.seed);
        let order = orders.last().cloned().unwrap_or_default();
        let hold = super::hold(context)?;
        for (position, index) in order.into_iter().enumerate() {
            if let Some(member) = self.members.get_mut(index) {
                let position = u32::try_from(position).unwrap_or(u32::MAX);
                let slot = TimedSlot {
                    round_group: self.round_group.clone(),
                    round: number,
                    position,
                    ..TimedSlot::default()
                };
                member.run(context, contest, slot)?;
            }
        }
        drop(hold);
        context.recorder.append(Record::Round {
            schema: SCHEMA_VERSION,
            scenario: contest.prepared.record.name.clone(),
            round_group: self.round_group.clone(),
            round: number,
            at: Timestamp::now(),
        })?;
        self.done.insert(number);
        Ok(())
    }
}

impl Member {
    fn run(
        &mut self,
        context: &Context<'_>,
        contest: &Contest<'_>,
        slot: TimedSlot,
    ) -> Result<(), Stop> {
        let Some(participant) = contest.participants.get(self.participant) else { return Ok(()) };
        if self.dropped || participant.dropped {
            return Ok(());
        }
        let ready = participant.ready;
        let round = slot.round;
        let mut spec = contest.schedule(&self.spec, slot);
        if let Some(percent) = self.spec.load.open_loop_percent {
            let Some(capacity) = capacity_of(context, contest, self.participant, round) else {
                return Ok(());
            };
            let asked = capacity * f64::from(percent) / 100.0;
            if asked > MOST_PER_WORKER * f64::from(self.spec.load.workers) {
                self.leave(
                    context,
                    ready.name(),
                    &format!(
                        "{asked:.0} requests per second are more than a schedule can be kept to"
                    ),
                );
                return Ok(());
            }
            let requests = contest.prepared.record.requests;
            spec.rate = Some(asked);
            spec.window = spec.window.map(|window| open_loop_window(window, asked, requests));
            spec.min_measured_ns = 0;
        }
        match guard::run(context, ready, contest.prepared, spec, true) {
            Ok(TrialEnd::Measured { .. }) => {}
            Ok(TrialEnd::Failed(failure)) | Err(StepError::Failed(failure))
                if failure.kind == "wrong-answers" =>
            {
                context.recorder.apply(ready.name(), Event::Failed(failure))?;
                self.dropped = true;
            }
            // What is asked here is more than a contest asks: failing at it takes no figure away.
            Ok(TrialEnd::OutOfMemory(failure) | TrialEnd::Failed(failure))
            | Err(StepError::Failed(failure)) => {
                self.leave(context, ready.name(), &failure.message)
            }
            Err(StepError::Stop(stop)) => return Err(stop),
        }
        Ok(())
    }

    fn leave(&mut self, context: &Context<'_>, name: &str, why: &str) {
        self.dropped = true;
        let scenario = &self.spec.scenario;
        let meter = self.spec.meter;
        let open = self.spec.load.open_loop_percent;
        let load = open.map_or_else(String::new, |percent| format!(" at {percent} %"));
        let note = format!("{name}: no {meter}{load} in {scenario}: {why}");
        context.environment.reporter.hear(&News::Note(&note));
    }
}

/// Returns the window of an open loop, with the requests that are due in its time.
fn open_loop_window(window: Window, rate: f64, requests: u64) -> Window {
    let due = (rate * OPEN_LOOP_NS as f64 / 1e9) as u64;
    Window { length: due.clamp(1, requests.max(1)), ..window }
}

/// Requests per second that a participant reached in the closed loop of a round; where it has no
/// such figure, the median of its rounds.
fn capacity_of(
    context: &Context<'_>,
    contest: &Contest<'_>,
    place: usize,
    round: u32,
) -> Option<f64> {
    let rates = contest.rates(context, place);
    let all: Vec<f64> = rates.values().copied().collect();
    rates.get(&round).copied().or_else(|| median(&all)).filter(|rate| rate.is_finite())
}

/// Runs the sets that are due after a round of the contest: of latencies and of numbers of workers
/// at most one each, the one with the fewest rounds, as long as their time stays within its share
/// of the contest's. Latencies that were asked for by name are part of every round.
///
/// # Errors
/// [`Stop`] if the user asked for it, or a file of ours cannot be written.
pub(super) fn after_round(
    context: &Context<'_>,
    contest: &mut Contest<'_>,
    number: u32,
) -> Result<(), Stop> {
    let mut sets = std::mem::take(&mut contest.sets);
    let by_name = context.spec.meters.contains(&Meter::Latency);
    for set in sets.iter_mut().filter(|set| by_name && set.what == SecondaryKind::ClosedLoop) {
        if !set.done.contains(&number) {
            set.run(context, contest, number)?;
        }
    }
    let paid = contest.spent_seconds(context);
    for (latency, share) in [(true, LATENCY_SHARE), (false, SCALING_SHARE)] {
        let is_of = |set: &&mut Set| {
            set.what.is_latency() == latency && !(by_name && set.what == SecondaryKind::ClosedLoop)
        };
        let mut candidates: Vec<&mut Set> = sets.iter_mut().filter(is_of).collect();
        let spent: f64 = candidates.iter().map(|set| set.spent_seconds(context)).sum();
        let next = candidates.iter_mut().min_by_key(|set| set.done.len());
        if let Some(set) = next.filter(|set| !set.done.contains(&number)) {
            let each = set.spent_seconds(context) / set.done.len().max(1) as f64;
            if spent + each <= share * paid {
                set.run(context, contest, number)?;
            }
        }
    }
    contest.sets = sets;
    Ok(())
}

/// Runs the sets that had no round at all, in the last round of the contest: few rounds shall not
/// mean no figure.
///
/// # Errors
/// As [`after_round`].
pub(super) fn catch_up(context: &Context<'_>, contest: &mut Contest<'_>) -> Result<(), Stop> {
    let Some(last) = contest.next().checked_sub(1) else { return Ok(()) };
    let mut sets = std::mem::take(&mut contest.sets);
    for set in sets.iter_mut().filter(|set| set.done.is_empty()) {
        set.run(context, contest, last)?;
    }
    contest.sets = sets;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_loop_lasts_as_long_whatever_its_rate() {
        let window = Window { start: 3, length: 60_000 };
        let at_rate = |rate| open_loop_window(window, rate, 1_000_000);
        assert_eq!(at_rate(100_000.0), Window { length: 50_000, ..window });
        assert_eq!(at_rate(0.5).length, 1);
        assert_eq!(open_loop_window(window, 1e9, 2_000).length, 2_000);
    }
}
