//! Queries on the samples of this run and of earlier runs.

use std::collections::BTreeSet;

use bakeoff_protocol::Meter;
use bakeoff_protocol::sample::{
    BuildRecord, CheckRecord, FailedStep, GenerationRecord, HitBounds, ProbeRecord, Record,
    StaticFacts, TrialRecord,
};

/// Samples of an exploration, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct History<'a>(pub &'a [Record]);

impl<'a> History<'a> {
    fn newest<T>(self, pick: impl Fn(&'a Record) -> Option<T>) -> Option<T> {
        self.0.iter().rev().find_map(pick)
    }

    /// Returns the latest run of the `--generate-cmd` command for a variant and content key.
    #[must_use]
    pub fn generation(self, variant: &str, key: &str) -> Option<&'a GenerationRecord> {
        self.newest(|record| match record {
            Record::Generation(ended) if ended.key == key && ended.variant == variant => {
                Some(ended)
            }
            _ => None,
        })
    }

    /// Returns the latest build of a variant with this content key.
    #[must_use]
    pub fn build(self, variant: &str, key: &str) -> Option<&'a BuildRecord> {
        self.newest(|record| match record {
            Record::Build(build) if build.key == key && build.variant == variant => Some(build),
            _ => None,
        })
    }

    /// Returns the latest conformance check of a variant with this content key.
    #[must_use]
    pub fn check(self, variant: &str, key: &str) -> Option<&'a CheckRecord> {
        self.newest(|record| match record {
            Record::Check(check) if check.key == key && check.variant == variant => Some(check),
            _ => None,
        })
    }

    /// Returns the latest probe of a variant with this content key.
    #[must_use]
    pub fn probe(self, variant: &str, key: &str) -> Option<&'a ProbeRecord> {
        self.newest(|record| match record {
            Record::Probe(probe) if probe.key == key && probe.variant == variant => Some(probe),
            _ => None,
        })
    }

    /// Returns the latest static facts of a variant at this tree id.
    #[must_use]
    pub fn facts(self, variant: &str, tree: &str) -> Option<&'a StaticFacts> {
        self.newest(|record| match record {
            Record::Facts(facts) if facts.tree == tree && facts.variant == variant => Some(facts),
            _ => None,
        })
    }

    /// Returns the latest failure of a step of a variant with this content key.
    #[must_use]
    pub fn failed(self, variant: &str, key: &str) -> Option<&'a FailedStep> {
        self.newest(|record| match record {
            Record::Failed(failed) if failed.key == key && failed.variant == variant => {
                Some(failed)
            }
            _ => None,
        })
    }

    /// Returns the latest untimed trial or paced replay with this key, completed or failed.
    #[must_use]
    pub fn single_trial(self, variant: &str, key: &str) -> Option<&'a TrialRecord> {
        self.newest(|record| match record {
            Record::Trial(trial)
                if trial.key == key
                    && trial.spec.variant == variant
                    && (trial.timed_slot().is_none() || trial.spec.meter == Meter::Paced) =>
            {
                Some(&**trial)
            }
            _ => None,
        })
    }

    /// Counts the completed trials of a variant with this content key, which covers the meter.
    #[must_use]
    pub fn completed_trials(self, variant: &str, key: &str) -> u32 {
        let is_one = |record: &&Record| match record {
            Record::Trial(trial) => {
                (trial.key.as_str(), trial.spec.variant.as_str()) == (key, variant)
                    && trial.is_completed()
            }
            _ => false,
        };
        u32::try_from(self.0.iter().filter(is_one).count()).unwrap_or(u32::MAX)
    }

    /// Returns the hit ratio bounds of a workload at a capacity in entries.
    #[must_use]
    pub fn bounds(self, scenario: &str, workload: &str, entries: u64) -> Option<&'a HitBounds> {
        self.newest(|record| match record {
            Record::Bounds(bounds)
                if bounds.scenario == scenario
                    && bounds.workload == workload
                    && bounds.capacity_entries == entries =>
            {
                Some(bounds)
            }
            _ => None,
        })
    }

    /// Returns all timed trials, in the order in which they ran.
    pub fn timed(self) -> impl Iterator<Item = &'a TrialRecord> {
        self.0.iter().filter_map(|record| match record {
            Record::Trial(trial) if trial.timed_slot().is_some() => Some(&**trial),
            _ => None,
        })
    }

    /// Returns the timed trials of one round group.
    pub fn timed_of(self, round_group: &str) -> impl Iterator<Item = &'a TrialRecord> {
        self.timed().filter(move |trial| trial.is_in_group(round_group))
    }

    /// Returns the total time of the timed trials of a round group, in seconds.
    #[must_use]
    pub fn timed_seconds(self, round_group: &str) -> f64 {
        self.timed_of(round_group).map(|trial| trial.observed.process_ns as f64 / 1e9).sum()
    }

    /// Returns the numbers of the completed rounds of a round group.
    #[must_use]
    pub fn complete_rounds(self, scenario: &str, round_group: &str) -> BTreeSet<u32> {
        let rounds = self.0.iter().filter_map(|record| match record {
            Record::Round { scenario: of, round_group: its, round, .. }
                if of == scenario && its == round_group =>
            {
                Some(*round)
            }
            _ => None,
        });
        rounds.collect()
    }
}
