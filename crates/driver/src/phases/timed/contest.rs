//! One scenario's contest: who takes part, in which order, and which rounds are done.

use std::collections::BTreeSet;

use bakeoff_protocol::exploration::Stopped;
use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::TrialRecord;
use bakeoff_protocol::{Load, Meter, ScheduleSlot, TimedSlot, TrialSpec, Window};

use super::sets::{self, Set};
use crate::phases::context::Context;
use crate::record::atomic_file::FileError;
use crate::record::keys;
use crate::record::progress::Event;
use crate::resources::workloads::Prepared;
use crate::schedule::participation::{self, Participation};
use crate::schedule::window::{self, seed_of};
use crate::trial::execution::recorded_failure;
use crate::trial::ready::Ready;

/// The contest of one scenario.
pub struct Contest<'a> {
    /// The scenario.
    pub prepared: &'a Prepared,
    /// Digest of what its rounds have in common.
    pub round_group: String,
    /// Everyone who takes part, in the order of the exploration.
    pub participants: Vec<Participant<'a>>,
    /// Place of the baseline among them.
    pub baseline: usize,
    /// Seed of its orders and sections.
    pub seed: u64,
    /// Failures in rounds of earlier runs, by variant: they stand.
    pub standing: Vec<(String, Failure)>,
    /// Why its rounds ended, once they have.
    pub stopped: Option<Stopped>,
    /// What is measured beside it.
    pub sets: Vec<Set>,
    turns: Participation,
    done: BTreeSet<u32>,
}

/// A participant with the specification of its trials.
pub struct Participant<'a> {
    /// Who.
    pub ready: &'a Ready,
    /// Specification of its trials, without a window and a place in the schedule.
    pub spec: TrialSpec,
    /// Whether it takes part in further rounds.
    pub dropped: bool,
}

impl<'a> Contest<'a> {
    /// The contest of a scenario; `None` if nobody can take part.
    #[must_use]
    pub fn new(
        context: &Context<'_>,
        prepared: &'a Prepared,
        ready: &'a [Ready],
        baseline: &str,
        min_measured_ns: u64,
    ) -> Option<Self> {
        let scenario = &prepared.record.name;
        let mut participants: Vec<Participant<'a>> = ready
            .iter()
            .filter(|ready| !ready.outgrew.contains(scenario))
            .map(|ready| Participant {
                ready,
                spec: spec(context, prepared, ready, min_measured_ns),
                dropped: false,
            })
            .collect();
        let named = |participant: &Participant<'_>| participant.ready.name() == baseline;
        let baseline = participants.iter().position(named).unwrap_or(0);
        let identities: Vec<(String, String)> = participants
            .iter()
            .map(|participant| {
                let key = participant.ready.subject.trial(&participant.spec, None);
                (participant.ready.name().to_owned(), key)
            })
            .collect();
        let chosen = participants.get(baseline)?.ready.name();
        let base = keys::round_group(
            scenario,
            &identities,
            chosen,
            &context.machine.digest,
            context.spec.seed,
        );
        let again = context.settings.retry_failed;
        let (round_group, done, standing) = context.recorder.query(|history| {
            let round_group = keys::repetition(&base, history.timed(), again);
            let done = history.whole_rounds(scenario, &round_group);
            let standing: Vec<(String, Failure)> = history
                .timed_of(&round_group)
                .filter_map(|trial| Some((trial.spec.variant.clone(), recorded_failure(trial)?)))
                .collect();
            (round_group, done, standing)
        });
        for participant in &mut participants {
            participant.dropped = standing.iter().any(|(name, _)| name == participant.ready.name());
        }
        let seed = seed_of(context.spec.seed, scenario);
        let stopped = None;
        let sets = Vec::new();
        let entries: Vec<participation::Participant> = participants
            .iter()
            .enumerate()
            .map(|(place, participant)| participant.entry(place == baseline))
            .collect();
        let turns = Participation::new(&context.spec.stopping, &entries);
        let mut contest = Self {
            prepared,
            round_group,
            participants,
            baseline,
            seed,
            standing,
            stopped,
            sets,
            turns,
            done,
        };
        contest.sets = sets::of(context, &contest);
        Some(contest)
    }

    /// Returns the round groups of the secondary cells.
    #[must_use]
    pub fn secondary_groups(&self) -> Vec<String> {
        self.sets.iter().map(|set| set.round_group().to_owned()).collect()
    }

    /// Completes the specification of a trial with its window and its place in the schedule.
    ///
    /// The window of a round starts at the same request for all its cells.
    #[must_use]
    pub fn schedule(&self, spec: &TrialSpec, slot: TimedSlot) -> TrialSpec {
        let start = window::start(self.seed, self.prepared.record.requests, slot.round);
        TrialSpec {
            window: spec.window.map(|window| Window { start, ..window }),
            schedule: ScheduleSlot::Timed(slot),
            ..spec.clone()
        }
    }

    /// Those who take part in a round, in its order: each with whether it is the twin. A round's
    /// order is the same however many rounds there will be.
    #[must_use]
    pub fn order(&self, number: u32) -> Vec<(usize, bool)> {
        let takes_part = |place: &usize| self.takes_part(*place, number);
        let entries: Vec<(usize, bool)> = (0..self.participants.len())
            .filter(takes_part)
            .map(|place| (place, false))
            .chain([(self.baseline, true)])
            .collect();
        let row = self.turns.similar_rounds_before(number) as usize;
        let orders = bakeoff_stats::order::balanced(entries.len(), row + 1, self.seed);
        let order = orders.last().map(Vec::as_slice).unwrap_or_default();
        order.iter().filter_map(|&place| entries.get(place).copied()).collect()
    }

    /// Whether a participant has a turn in a round, as far as it was not dropped.
    #[must_use]
    pub fn takes_part(&self, place: usize, number: u32) -> bool {
        let needs_service = |participant: &Participant<'_>| participant.ready.needs_service();
        self.turns.includes_services(number)
            || !self.participants.get(place).is_some_and(needs_service)
    }

    /// Rounds that are done whole.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        u32::try_from(self.done.len()).unwrap_or(u32::MAX)
    }

    /// Whether a round is done whole.
    #[must_use]
    pub fn is_whole(&self, number: u32) -> bool {
        self.done.contains(&number)
    }

    /// The first round that is not done.
    #[must_use]
    pub fn next(&self) -> u32 {
        (0..).find(|number| !self.done.contains(number)).unwrap_or(u32::MAX)
    }

    /// Takes a variant out of all further rounds.
    pub fn drop(&mut self, name: &str) {
        for participant in &mut self.participants {
            participant.dropped |= participant.ready.name() == name;
        }
    }

    /// Notes a round that is done whole.
    pub fn finished(&mut self, number: u32) {
        self.done.insert(number);
    }

    /// Whether nobody is left to take part.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.participants.iter().all(|participant| participant.dropped)
    }

    /// Tells the board the median of every participant so far.
    ///
    /// # Errors
    /// [`FileError`] if a progress file cannot be written.
    pub fn tell_medians(&self, context: &Context<'_>) -> Result<(), FileError> {
        for participant in &self.participants {
            let name = participant.ready.name();
            let rates: Vec<f64> = context.recorder.query(|history| {
                let own =
                    history.timed_of(&self.round_group).filter(|trial| trial.spec.variant == name);
                own.filter_map(requests_per_second).collect()
            });
            if let Some(median) = bakeoff_stats::median(&rates) {
                let scenario = self.prepared.record.name.clone();
                context.recorder.apply(name, Event::RequestsPerSecond { scenario, median })?;
            }
        }
        Ok(())
    }
}

impl Participant<'_> {
    fn entry(&self, baseline: bool) -> participation::Participant {
        let competes = !self.ready.entrant.variant.manifest.harness_only;
        participation::Participant { service: self.ready.needs_service(), competes, baseline }
    }
}

/// Creates the specification of a throughput trial, with the scenario's load as far as the runner
/// supports it.
fn spec(
    context: &Context<'_>,
    prepared: &Prepared,
    ready: &Ready,
    min_measured_ns: u64,
) -> TrialSpec {
    let asked = prepared.record.load;
    let hello = &ready.hello;
    let load = Load {
        workers: if hello.workers { asked.workers.max(1) } else { 1 },
        in_flight: if hello.in_flight { asked.in_flight.max(1) } else { 1 },
        connections: if ready.needs_service() { asked.connections.max(1) } else { 1 },
        open_loop_percent: None,
    };
    let capacity = prepared.timed_capacity(ready.bound());
    let seed = context.spec.seed;
    let length = prepared.window_length(ready.needs_service());
    TrialSpec {
        window: Some(Window { start: 0, length }),
        warmup_requests: prepared.warmup(ready.needs_service()),
        min_measured_ns,
        ..prepared.trial_spec(ready.name(), Meter::Throughput, (capacity, load), seed)
    }
}

pub(super) fn requests_per_second(trial: &TrialRecord) -> Option<f64> {
    let report = trial.report()?;
    (report.elapsed_ns > 0).then(|| report.counts.requests as f64 * 1e9 / report.elapsed_ns as f64)
}
