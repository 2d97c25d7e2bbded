//! What the rounds of a scenario tell so far, as far as it decides whether to go on.

use std::collections::BTreeMap;

use bakeoff_protocol::sample::TrialRecord;
use bakeoff_stats::rounds::pairs;
use bakeoff_stats::{Comparison, Plan, compare};

use super::contest::{Contest, requests_per_second};
use crate::phases::context::Context;

impl Contest<'_> {
    /// Pairs of variants that are compared: all that compete and still take part.
    #[must_use]
    pub fn pairs(&self) -> usize {
        pairs(self.competing().count())
    }

    /// What the statistics say of these pairs over the rounds that are done.
    #[must_use]
    pub fn comparisons(&self, context: &Context<'_>) -> Vec<Option<Comparison>> {
        let rates: Vec<BTreeMap<u32, f64>> =
            self.competing().map(|place| self.rates(context, place)).collect();
        let mut family = Vec::new();
        for (place, first) in rates.iter().enumerate() {
            for second in &rates[place + 1..] {
                let both = first.iter().filter_map(|(round, a)| Some((a, second.get(round)?)));
                family.push(both.map(|(a, b)| (b / a).ln()).collect());
            }
        }
        compare(&family, Plan::at(self.prepared.record.delta))
    }

    /// Seconds that the trials of its rounds took, those of earlier runs included.
    #[must_use]
    pub fn spent_seconds(&self, context: &Context<'_>) -> f64 {
        context.recorder.query(|history| {
            let trials = history.timed_of(&self.round_group);
            trials.map(|trial| trial.observed.process_ns as f64 / 1e9).sum()
        })
    }

    /// The same with what was measured beside the rounds: all that the budget pays for.
    #[must_use]
    pub fn measured_seconds(&self, context: &Context<'_>) -> f64 {
        let beside: f64 = self.sets.iter().map(|set| set.spent_seconds(context)).sum();
        self.spent_seconds(context) + beside
    }

    /// Places of those that compete and still take part.
    fn competing(&self) -> impl Iterator<Item = usize> + '_ {
        let competes = |place: &usize| {
            let participant = &self.participants[*place];
            !participant.ready.entrant.variant.manifest.harness_only && !participant.dropped
        };
        (0..self.participants.len()).filter(competes)
    }

    /// Requests per second of a participant by round, in whole rounds. Of several trials in a
    /// round the last one counts: the lead-in comes first.
    pub(super) fn rates(&self, context: &Context<'_>, place: usize) -> BTreeMap<u32, f64> {
        let participant = &self.participants[place];
        let (name, spec) = (participant.ready.name(), &participant.spec);
        let counts = |trial: &&TrialRecord| {
            trial.spec.variant == name
                && (trial.spec.meter, trial.spec.capacity, trial.spec.load)
                    == (spec.meter, spec.capacity, spec.load)
        };
        context.recorder.query(|history| {
            let own = history.timed_of(&self.round_group).filter(counts);
            own.filter_map(|trial| {
                let slot = trial.timed_slot()?;
                (!slot.aa_control && self.is_whole(slot.round))
                    .then(|| Some((slot.round, requests_per_second(trial)?)))?
            })
            .collect()
        })
    }
}
