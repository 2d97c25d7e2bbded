//! Rounds of one scenario: its variants, their order, and the rounds that are complete.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff_protocol::progress::Failure;
use bakeoff_protocol::sample::TrialRecord;
use bakeoff_protocol::{ScheduleSlot, TimedSlot, TrialSpec};

use crate::phases::context::PhaseContext;
use crate::record::atomic_file::FileError;
use crate::record::keys;
use crate::record::progress::VariantEvent;
use crate::resources::workloads::CompiledScenario;
use crate::schedule::cells;
use crate::schedule::measured_window::{self, seed_of};
use crate::schedule::participation::{ParticipationRule, VariantRole};
use crate::schedule::rounds::{self, RoundEntry};
use crate::trial::execution::recorded_failure;
use crate::trial::runnable_variant::RunnableVariant;

/// Rounds of one scenario.
pub(super) struct ScenarioRounds<'a> {
    pub(super) scenario: &'a CompiledScenario,
    /// Digest of everything that these rounds have in common.
    pub(super) round_group: String,
    /// Variants, in the order in which the user requested them.
    pub(super) variants: Vec<TimedVariant<'a>>,
    /// Seed for the order and the window of each round.
    pub(super) seed: u64,
    /// Failures recorded in rounds of earlier runs, each with the name of its variant.
    pub(super) recorded_failures: Vec<(String, Failure)>,
    roles: Vec<VariantRole>,
    participation: ParticipationRule,
    complete: BTreeSet<u32>,
}

/// Variant in the rounds of a scenario.
pub(super) struct TimedVariant<'a> {
    pub(super) ready: &'a RunnableVariant,
    /// Spec of the throughput trials, before the window's start and the schedule slot are set.
    pub(super) spec: TrialSpec,
    /// True if the variant takes part in no further round.
    pub(super) dropped: bool,
}

impl<'a> ScenarioRounds<'a> {
    /// Creates the rounds of a scenario; `None` if no variant can take part.
    pub(super) fn new(
        context: &PhaseContext<'_>,
        scenario: &'a CompiledScenario,
        ready: &'a [RunnableVariant],
        baseline: &str,
    ) -> Option<Self> {
        let name = scenario.plan.name();
        let min_measured_ns = context.spec.profile.min_measured_ns();
        let seed = context.spec.seed;
        let taking_part =
            ready.iter().filter(|ready| !ready.over_budget_scenarios.iter().any(|it| it == name));
        let mut variants: Vec<TimedVariant<'a>> = taking_part
            .map(|ready| TimedVariant {
                ready,
                spec: cells::throughput(
                    &scenario.plan,
                    ready.name(),
                    ready.capabilities(),
                    min_measured_ns,
                    seed,
                ),
                dropped: false,
            })
            .collect();
        let is_baseline = |variant: &TimedVariant<'_>| variant.ready.name() == baseline;
        let baseline = variants.iter().position(is_baseline).unwrap_or(0);
        let identities: Vec<(String, String)> = variants
            .iter()
            .map(|variant| {
                let key = variant.ready.step_inputs.trial_key(&variant.spec, None);
                (variant.ready.name().to_owned(), key)
            })
            .collect();
        let baseline_name = variants.get(baseline)?.ready.name();
        let base =
            keys::round_group(name, &identities, baseline_name, &context.machine.digest, seed);
        let (round_group, complete, recorded_failures) = context.recorder.query(|history| {
            let group = keys::repetition(&base, history.timed(), context.settings.retry_failed);
            let complete = history.complete_rounds(name, &group);
            let failures: Vec<(String, Failure)> = history
                .timed_of(&group)
                .filter_map(|trial| Some((trial.spec.variant.clone(), recorded_failure(trial)?)))
                .collect();
            (group, complete, failures)
        });
        for variant in &mut variants {
            variant.dropped =
                recorded_failures.iter().any(|(failed, _)| failed == variant.ready.name());
        }
        let roles: Vec<VariantRole> = variants
            .iter()
            .enumerate()
            .map(|(index, variant)| VariantRole {
                service: variant.ready.needs_service(),
                competes: variant.ready.competes(),
                baseline: index == baseline,
            })
            .collect();
        let participation = ParticipationRule::new(&context.spec.stopping, &roles);
        let seed = seed_of(seed, name);
        Some(Self {
            scenario,
            round_group,
            variants,
            seed,
            recorded_failures,
            roles,
            participation,
            complete,
        })
    }

    /// Completes a trial spec with its schedule slot and the window of the slot's round.
    ///
    /// The window starts at the same request for all cells of the round.
    pub(super) fn schedule(
        &self,
        ready: &RunnableVariant,
        spec: &TrialSpec,
        slot: TimedSlot,
    ) -> TrialSpec {
        let start = measured_window::start(self.seed, &self.scenario.plan.record, slot.round);
        TrialSpec {
            schedule: ScheduleSlot::Timed(slot),
            ..measured_window::with_window(spec, start, ready.needs_service())
        }
    }

    /// Returns the entries of a round in their order, dropped variants included.
    pub(super) fn order(&self, round: u32) -> Vec<RoundEntry> {
        rounds::order(&self.roles, self.participation, self.seed, round)
    }

    /// Returns true if the variant at `index` takes part in a round, provided that it is not
    /// dropped.
    pub(super) fn takes_part(&self, index: usize, round: u32) -> bool {
        self.participation.includes_services(round)
            || !self.roles.get(index).is_some_and(|role| role.service)
    }

    /// Returns true if the variant at `index` is the baseline.
    pub(super) fn is_baseline(&self, index: usize) -> bool {
        self.roles.get(index).is_some_and(|role| role.baseline)
    }

    /// Returns the number of complete rounds.
    pub(super) fn done(&self) -> u32 {
        u32::try_from(self.complete.len()).unwrap_or(u32::MAX)
    }

    /// Returns the number of the first incomplete round.
    pub(super) fn next(&self) -> u32 {
        (0..).find(|round| !self.complete.contains(round)).unwrap_or(u32::MAX)
    }

    /// Marks a round as complete.
    pub(super) fn complete(&mut self, round: u32) {
        self.complete.insert(round);
    }

    /// Removes a variant from all further rounds.
    pub(super) fn drop_variant(&mut self, name: &str) {
        for variant in &mut self.variants {
            variant.dropped |= variant.ready.name() == name;
        }
    }

    /// Returns true if every variant is dropped.
    pub(super) fn is_over(&self) -> bool {
        self.variants.iter().all(|variant| variant.dropped)
    }

    /// Returns the time of all throughput trials in seconds, including those of earlier runs.
    pub(super) fn spent_seconds(&self, context: &PhaseContext<'_>) -> f64 {
        context.recorder.query(|history| history.timed_seconds(&self.round_group))
    }

    /// Returns the throughput of a variant in requests per second, by complete round.
    ///
    /// If a round has several trials of a variant, the last trial counts: a discarded trial comes
    /// first, and a repetition last.
    pub(super) fn rates(&self, context: &PhaseContext<'_>, index: usize) -> BTreeMap<u32, f64> {
        let Some(variant) = self.variants.get(index) else { return BTreeMap::new() };
        let is_own = |trial: &&TrialRecord| {
            let (own, spec) = (&variant.spec, &trial.spec);
            (&spec.variant, spec.meter, spec.capacity, spec.load)
                == (&own.variant, own.meter, own.capacity, own.load)
        };
        context.recorder.query(|history| {
            let own = history.timed_of(&self.round_group).filter(is_own);
            own.filter_map(|trial| {
                let slot = trial.timed_slot()?;
                let counts = !slot.aa_control && self.complete.contains(&slot.round);
                counts.then(|| Some((slot.round, requests_per_second(trial)?)))?
            })
            .collect()
        })
    }

    /// Updates the progress of every variant with its median throughput.
    ///
    /// # Errors
    /// [`FileError`] if a progress file cannot be written.
    pub(super) fn report_medians(&self, context: &PhaseContext<'_>) -> Result<(), FileError> {
        for variant in &self.variants {
            let name = variant.ready.name();
            let rates: Vec<f64> = context.recorder.query(|history| {
                let trials = history.timed_of(&self.round_group);
                let own = trials.filter(|trial| trial.spec.variant == name);
                own.filter_map(requests_per_second).collect()
            });
            if let Some(median) = bakeoff_stats::median(&rates) {
                let scenario = self.scenario.plan.name().to_owned();
                context
                    .recorder
                    .apply(name, VariantEvent::RequestsPerSecond { scenario, median })?;
            }
        }
        Ok(())
    }
}

fn requests_per_second(trial: &TrialRecord) -> Option<f64> {
    let report = trial.report()?;
    (report.elapsed_ns > 0).then(|| report.counts.requests as f64 * 1e9 / report.elapsed_ns as f64)
}
