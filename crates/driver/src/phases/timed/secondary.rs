//! Secondary cells: latency and scaling, measured after each round as far as time allows.
//!
//! Each kind of cell has its own round group, so its trials are never mixed with the throughput
//! trials. Its rounds have the numbers of the throughput rounds; variants are compared by round.

use std::collections::BTreeSet;

use bakeoff_protocol::sample::Record;
use bakeoff_protocol::{Meter, SCHEMA_VERSION, TimedSlot, TrialSpec, Window};
use bakeoff_stats::median;
use jiff::Timestamp;

use super::retry;
use super::scenario_rounds::ScenarioRounds;
use crate::phases::context::PhaseContext;
use crate::record::keys;
use crate::record::progress::VariantEvent;
use crate::schedule::cells;
use crate::schedule::rounds::permute;
use crate::schedule::secondary::{LATENCY_SHARE, OPEN_LOOP_NS, SCALING_SHARE, SecondaryCellKind};
use crate::stop::{StepError, StopReason};
use crate::trial::execution::{TrialResult, recorded_failure};
use crate::ui::reporter::ReporterEvent;

/// Maximum rate of an open loop per worker, in requests per second.
///
/// At higher rates, reading the clock takes a large part of the time between two requests.
const MAX_RATE_PER_WORKER: f64 = 1e6;

/// Secondary cells of one kind in one scenario.
pub(super) struct SecondaryGroup {
    kind: SecondaryCellKind,
    round_group: String,
    cells: Vec<SecondaryCell>,
    complete: BTreeSet<u32>,
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
        for (index, variant) in rounds.variants.iter().enumerate() {
            let capabilities = variant.ready.capabilities();
            if let Some(spec) = cells::secondary(kind, plan, &variant.spec, capabilities) {
                let key = variant.ready.step_inputs.trial(&spec, None);
                identities.push((variant.ready.name().to_owned(), key));
                cells.push(SecondaryCell { variant: index, spec, dropped: false });
            }
        }
        if cells.is_empty() {
            return None;
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
        Some(Self { kind, round_group, cells, complete })
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
                cell.run(context, rounds, slot)?;
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
}

impl SecondaryCell {
    fn run(
        &mut self,
        context: &PhaseContext<'_>,
        rounds: &ScenarioRounds<'_>,
        slot: TimedSlot,
    ) -> Result<(), StopReason> {
        let Some(variant) = rounds.variants.get(self.variant) else { return Ok(()) };
        if self.dropped || variant.dropped {
            return Ok(());
        }
        let ready = variant.ready;
        let round = slot.round;
        let mut spec = rounds.schedule(&self.spec, slot);
        if let Some(percent) = self.spec.load.open_loop_percent {
            let Some(closed_loop) = closed_loop_rate(context, rounds, self.variant, round) else {
                return Ok(());
            };
            let rate = closed_loop * f64::from(percent) / 100.0;
            let maximum = MAX_RATE_PER_WORKER * f64::from(self.spec.load.workers);
            if rate > maximum {
                let reason = format!(
                    "an open loop supports at most {maximum:.0} requests per second, not {rate:.0}"
                );
                self.drop_with_note(context, ready.name(), &reason);
                return Ok(());
            }
            let requests = rounds.scenario.plan.record.requests;
            spec.rate = Some(rate);
            spec.window = spec.window.map(|window| open_loop_window(window, rate, requests));
            spec.min_measured_ns = 0;
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
        let TrialSpec { scenario, meter, load, .. } = &self.spec;
        let rate = load.open_loop_percent.map(|percent| format!(" at {percent} %"));
        let rate = rate.unwrap_or_default();
        let note = format!("cannot measure {meter}{rate} of {variant} in {scenario}: {reason}");
        context.environment.reporter.report(&ReporterEvent::Note(&note));
    }
}

/// Returns the window of an open-loop trial: as many requests as are due in its duration.
fn open_loop_window(window: Window, rate: f64, requests: u64) -> Window {
    let due = (rate * OPEN_LOOP_NS as f64 / 1e9) as u64;
    Window { length: due.clamp(1, requests.max(1)), ..window }
}

/// Returns a variant's closed-loop throughput in a round, or else its median over all rounds.
fn closed_loop_rate(
    context: &PhaseContext<'_>,
    rounds: &ScenarioRounds<'_>,
    variant: usize,
    round: u32,
) -> Option<f64> {
    let rates = rounds.rates(context, variant);
    let all: Vec<f64> = rates.values().copied().collect();
    rates.get(&round).copied().or_else(|| median(&all)).filter(|rate| rate.is_finite())
}

/// Runs the secondary cells that are due after a round.
///
/// Latency and scaling each get at most one group per round: the one with the fewest rounds, if its
/// time stays within its share of the throughput trials' time. Latency that the user requested is
/// measured in every round.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub(super) fn after_round(
    context: &PhaseContext<'_>,
    groups: &mut [SecondaryGroup],
    rounds: &ScenarioRounds<'_>,
    round: u32,
) -> Result<(), StopReason> {
    let latency_requested = context.spec.meters.contains(&Meter::Latency);
    let in_every_round =
        |group: &SecondaryGroup| latency_requested && group.kind == SecondaryCellKind::ClosedLoop;
    for group in groups.iter_mut().filter(|group| in_every_round(group)) {
        if !group.complete.contains(&round) {
            group.run(context, rounds, round)?;
        }
    }
    let round_seconds = rounds.spent_seconds(context);
    for (latency, share) in [(true, LATENCY_SHARE), (false, SCALING_SHARE)] {
        let mut candidates: Vec<&mut SecondaryGroup> = groups
            .iter_mut()
            .filter(|group| group.kind.is_latency() == latency && !in_every_round(group))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_loop_has_the_same_duration_at_every_rate() {
        let window = Window { start: 3, length: 60_000 };
        let at_rate = |rate| open_loop_window(window, rate, 1_000_000);
        assert_eq!(at_rate(100_000.0), Window { length: 50_000, ..window });
        assert_eq!(at_rate(0.5).length, 1);
        assert_eq!(open_loop_window(window, 1e9, 2_000).length, 2_000);
    }
}
