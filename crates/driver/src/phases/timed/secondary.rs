//! Secondary cells: latency, response time and scaling, measured after each round if time allows.
//!
//! Each kind of cell has its own round group, so its trials are never mixed with the throughput
//! trials. Its rounds have the numbers of the throughput rounds; variants are compared by round.

use std::collections::BTreeSet;

use bakeoff_protocol::exploration::RatePlan;
use bakeoff_protocol::sample::Record;
use bakeoff_protocol::{Meter, SCHEMA_VERSION, TimedSlot, TrialSpec, Window};
use jiff::Timestamp;

use super::retry;
use super::scenario_rounds::ScenarioRounds;
use crate::phases::context::PhaseContext;
use crate::record::keys;
use crate::record::progress::VariantEvent;
use crate::schedule::cells;
use crate::schedule::rates;
use crate::schedule::rounds::permute;
use crate::schedule::secondary::{LATENCY_SHARE, Participant, SCALING_SHARE, SecondaryCellKind};
use crate::stop::{StepError, StopReason};
use crate::trial::execution::{TrialResult, recorded_failure};
use crate::ui::reporter::ReporterEvent;

/// Secondary cells of one kind in one scenario.
pub(super) struct SecondaryGroup {
    kind: SecondaryCellKind,
    round_group: String,
    cells: Vec<SecondaryCell>,
    complete: BTreeSet<u32>,
    /// Request rates of the response-time cells, the same for all variants and rounds. Empty until
    /// the first round is complete, and for other kinds.
    rates: Vec<u32>,
}

struct SecondaryCell {
    /// Index into [`ScenarioRounds::variants`].
    variant: usize,
    spec: TrialSpec,
    dropped: bool,
}

impl SecondaryGroup {
    /// Creates the groups of all kinds that the scenario requests.
    pub(super) fn all(context: &PhaseContext<'_>, rounds: &ScenarioRounds<'_>) -> Vec<Self> {
        let kinds = SecondaryCellKind::all(&rounds.scenario.plan.record, context.machine.cores);
        kinds.into_iter().filter_map(|kind| Self::new(context, rounds, kind)).collect()
    }

    fn new(
        context: &PhaseContext<'_>,
        rounds: &ScenarioRounds<'_>,
        kind: SecondaryCellKind,
    ) -> Option<Self> {
        let plan = &rounds.scenario.plan;
        let mut cells = Vec::new();
        let mut identities = Vec::new();
        let others_need_service =
            rounds.variants.iter().any(|variant| variant.ready.needs_service());
        for (index, variant) in rounds.variants.iter().enumerate() {
            let participant = Participant {
                capabilities: variant.ready.capabilities(),
                baseline: rounds.is_baseline(index),
                others_need_service,
            };
            if let Some(spec) = cells::secondary(kind, plan, &variant.spec, participant) {
                let key = variant.ready.step_inputs.trial_key(&spec, None);
                identities.push((variant.ready.name().to_owned(), key));
                cells.push(SecondaryCell { variant: index, spec, dropped: false });
            }
        }
        if cells.is_empty() {
            return None;
        }
        if kind == SecondaryCellKind::Rates {
            identities.push((String::from("rates"), keys::digest(&plan.record.rates)));
        }
        let round_group = keys::secondary_group(&rounds.round_group, &identities);
        let (complete, failed) = context.recorder.query(|history| {
            let failed: Vec<String> = history
                .timed_of(&round_group)
                .filter(|trial| recorded_failure(trial).is_some())
                .map(|trial| trial.spec.variant.clone())
                .collect();
            (history.complete_rounds(plan.name(), &round_group), failed)
        });
        if !context.settings.retry_failed {
            for cell in &mut cells {
                cell.dropped = failed.contains(&cell.spec.variant);
            }
        }
        Some(Self { kind, round_group, cells, complete, rates: Vec::new() })
    }

    /// Returns the digest of everything that the rounds of this group have in common.
    pub(super) fn round_group(&self) -> &str {
        &self.round_group
    }

    /// Returns the time of the group's trials in seconds, including those of earlier runs.
    pub(super) fn spent_seconds(&self, context: &PhaseContext<'_>) -> f64 {
        context.recorder.query(|history| history.timed_seconds(&self.round_group))
    }

    /// Runs a round, which is one trial of each cell, and records that the round is complete.
    fn run(
        &mut self,
        context: &PhaseContext<'_>,
        rounds: &ScenarioRounds<'_>,
        round: u32,
    ) -> Result<(), StopReason> {
        if self.kind == SecondaryCellKind::Rates && self.rates.is_empty() {
            self.choose_rates(context, rounds);
        }
        let indexes: Vec<usize> = (0..self.cells.len()).collect();
        let hold = context.lock_machine()?;
        for (position, index) in
            permute(&indexes, round as usize, rounds.seed).into_iter().enumerate()
        {
            let slot = TimedSlot {
                round_group: self.round_group.clone(),
                round,
                position: u32::try_from(position).unwrap_or(u32::MAX),
                ..TimedSlot::default()
            };
            if let Some(cell) = self.cells.get_mut(index) {
                cell.run(context, rounds, slot, &self.rates)?;
            }
        }
        drop(hold);
        context.recorder.append(Record::Round {
            schema: SCHEMA_VERSION,
            scenario: rounds.scenario.plan.name().to_owned(),
            round_group: self.round_group.clone(),
            round,
            at: Timestamp::now(),
        })?;
        self.complete.insert(round);
        Ok(())
    }

    /// Chooses the rates from the throughput in the first rounds, so that a later run of the same
    /// rounds chooses the same rates.
    fn choose_rates(&mut self, context: &PhaseContext<'_>, rounds: &ScenarioRounds<'_>) {
        let plan = &rounds.scenario.plan.record.rates;
        let has_grid = |cell: &&SecondaryCell| {
            let variant = rounds.variants.get(cell.variant);
            *plan != RatePlan::Services
                || variant.is_some_and(|variant| variant.ready.needs_service())
        };
        let first = |cell: &SecondaryCell| {
            rounds.rates(context, cell.variant).into_values().find(|rate| rate.is_finite())
        };
        let capacity = self.cells.iter().filter(has_grid).filter_map(first).fold(0.0, f64::max);
        let workers = self.cells.iter().map(|cell| cell.spec.load.workers).max().unwrap_or(1);
        self.rates = rates::rates(plan, capacity, workers);
        if self.rates.is_empty() {
            return;
        }
        let rates: Vec<String> = self.rates.iter().map(u32::to_string).collect();
        let scenario = rounds.scenario.plan.name();
        let note = format!("response times of {scenario}: {} requests/s", rates.join(", "));
        context.environment.reporter.report(&ReporterEvent::Note(&note));
    }
}

impl SecondaryCell {
    fn run(
        &mut self,
        context: &PhaseContext<'_>,
        rounds: &ScenarioRounds<'_>,
        slot: TimedSlot,
        rates: &[u32],
    ) -> Result<(), StopReason> {
        let Some(variant) = rounds.variants.get(self.variant) else { return Ok(()) };
        let has_no_rates = self.spec.meter == Meter::ResponseTime && rates.is_empty();
        if self.dropped || variant.dropped || has_no_rates {
            return Ok(());
        }
        let ready = variant.ready;
        let mut spec = rounds.schedule(ready, &self.spec, slot);
        if spec.meter == Meter::ResponseTime {
            let steps = rates::steps(rates);
            let length = steps.iter().map(|step| step.requests).sum();
            spec.window = spec.window.map(|window| Window { length, ..window });
            spec.rate_steps = steps;
        }
        match retry::run(context, ready, rounds.scenario, spec, true) {
            Ok(TrialResult::Measured { .. }) => {}
            Ok(TrialResult::Failed(failure)) | Err(StepError::Failed(failure))
                if failure.kind == "wrong-answers" =>
            {
                context.recorder.apply(ready.name(), VariantEvent::Failed(failure))?;
                self.dropped = true;
            }
            // The throughput results stay valid: secondary cells are more demanding.
            Ok(TrialResult::OutOfMemory(failure) | TrialResult::Failed(failure))
            | Err(StepError::Failed(failure)) => {
                self.drop_with_note(context, ready.name(), &failure.message);
            }
            Err(StepError::Stop(stop)) => return Err(stop),
        }
        Ok(())
    }

    fn drop_with_note(&mut self, context: &PhaseContext<'_>, variant: &str, reason: &str) {
        self.dropped = true;
        let TrialSpec { scenario, meter, .. } = &self.spec;
        let note = format!("cannot measure {meter} of {variant} in {scenario}: {reason}");
        context.environment.reporter.report(&ReporterEvent::Note(&note));
    }
}

/// Runs the secondary cells that are due after a round.
///
/// Times of requests and scaling each get at most one group per round: the one with the fewest
/// rounds, if its time stays within its share of the throughput trials' time. Cells of a meter that
/// the user requested are measured in every round.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub(super) fn after_round(
    context: &PhaseContext<'_>,
    groups: &mut [SecondaryGroup],
    rounds: &ScenarioRounds<'_>,
    round: u32,
) -> Result<(), StopReason> {
    let in_every_round = |group: &SecondaryGroup| {
        group.kind.times_requests() && context.spec.meters.contains(&group.kind.meter())
    };
    for group in groups.iter_mut().filter(|group| in_every_round(group)) {
        if !group.complete.contains(&round) {
            group.run(context, rounds, round)?;
        }
    }
    let round_seconds = rounds.spent_seconds(context);
    for (times_requests, share) in [(true, LATENCY_SHARE), (false, SCALING_SHARE)] {
        let mut candidates: Vec<&mut SecondaryGroup> = groups
            .iter_mut()
            .filter(|group| group.kind.times_requests() == times_requests)
            .filter(|group| !in_every_round(group))
            .collect();
        let spent: f64 = candidates.iter().map(|group| group.spent_seconds(context)).sum();
        let next = candidates.iter_mut().min_by_key(|group| group.complete.len());
        if let Some(group) = next.filter(|group| !group.complete.contains(&round)) {
            let each = group.spent_seconds(context) / group.complete.len().max(1) as f64;
            if spent + each <= share * round_seconds {
                group.run(context, rounds, round)?;
            }
        }
    }
    Ok(())
}

/// Runs one round of each group that has none yet, so that every cell has a result.
///
/// # Errors
/// The same as [`after_round`].
pub(super) fn catch_up(
    context: &PhaseContext<'_>,
    groups: &mut [SecondaryGroup],
    rounds: &ScenarioRounds<'_>,
) -> Result<(), StopReason> {
    let Some(last) = rounds.next().checked_sub(1) else { return Ok(()) };
    for group in groups.iter_mut().filter(|group| group.complete.is_empty()) {
        group.run(context, rounds, last)?;
    }
    Ok(())
}
