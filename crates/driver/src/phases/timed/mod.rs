//! Timed phase: rounds of timed trials, one trial at a time, alone on the machine.

mod pair_comparisons;
mod retry;
mod round;
mod scenario_rounds;
mod secondary;

use std::time::Instant;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::RoundsEndReason;
use bakeoff_protocol::progress::{Failure, Phase, Status};
use bakeoff_protocol::sample::Record;
use bakeoff_stats::rounds::{min_rounds_for_pairs, stop};
use jiff::Timestamp;

use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::resources::workloads::CompiledScenario;
use crate::schedule::rounds::{RemainingRounds, RoundCount, remaining};
use crate::stop::StopReason;
use crate::trial::runnable_variant::RunnableVariant;
use crate::ui::reporter::ReporterEvent;
use scenario_rounds::ScenarioRounds;
use secondary::SecondaryGroup;

/// Timed trials of one scenario.
pub struct TimedScenario<'a> {
    rounds: ScenarioRounds<'a>,
    secondary: Vec<SecondaryGroup>,
    stopped: Option<RoundsEndReason>,
}

impl<'a> TimedScenario<'a> {
    /// Creates the timed trials of a scenario; `None` if no variant can take part.
    #[must_use]
    pub fn new(
        context: &PhaseContext<'_>,
        scenario: &'a CompiledScenario,
        ready: &'a [RunnableVariant],
        baseline: &str,
    ) -> Option<Self> {
        let rounds = ScenarioRounds::new(context, scenario, ready, baseline)?;
        let secondary = SecondaryGroup::all(context, &rounds);
        Some(Self { rounds, secondary, stopped: None })
    }

    /// Returns the name of the scenario.
    #[must_use]
    pub fn name(&self) -> &str {
        self.rounds.scenario.plan.name()
    }

    /// Returns the id of the throughput trials' round group; only rounds of the same group are
    /// compared.
    #[must_use]
    pub fn round_group(&self) -> &str {
        &self.rounds.round_group
    }

    /// Ids of the round groups of the secondary cells.
    #[must_use]
    pub fn secondary_groups(&self) -> Vec<String> {
        self.secondary.iter().map(|group| group.round_group().to_owned()).collect()
    }

    /// Failures recorded in rounds of earlier runs, each with the name of its variant.
    #[must_use]
    pub fn recorded_failures(&self) -> &[(String, Failure)] {
        &self.rounds.recorded_failures
    }

    /// Returns the reason why the rounds ended; `None` before that.
    #[must_use]
    pub const fn stopped(&self) -> Option<RoundsEndReason> {
        self.stopped
    }

    /// Removes a variant from all further rounds.
    pub fn drop_variant(&mut self, name: &str) {
        self.rounds.drop_variant(name);
    }

    /// Returns the time of all timed trials of the scenario in seconds, including those of earlier
    /// runs.
    fn spent_seconds(&self, context: &PhaseContext<'_>) -> f64 {
        let secondary: f64 = self.secondary.iter().map(|group| group.spent_seconds(context)).sum();
        self.rounds.spent_seconds(context) + secondary
    }

    fn count(&self) -> RoundCount {
        RoundCount {
            done: self.rounds.done(),
            needed: min_rounds_for_pairs(self.rounds.pairs()) as u32,
            ended: self.stopped.is_some() || self.rounds.is_over(),
        }
    }

    /// Checks the stopping rule; returns true if another round follows.
    fn continues(&mut self, context: &PhaseContext<'_>, spent_seconds: f64) -> bool {
        if self.rounds.is_over() || self.stopped.is_some() {
            return false;
        }
        let done = self.rounds.done() as usize;
        let comparisons = || self.rounds.comparisons(context);
        let rule = &context.spec.stopping;
        self.stopped = stop(rule, done, spent_seconds, self.rounds.pairs(), comparisons);
        self.stopped.is_none()
    }
}

/// Runs rounds until every scenario has enough of them.
///
/// The scenarios take turns, so that drift of the machine or a lack of time affects all of them
/// equally.
///
/// # Errors
/// [`StopReason`] if the user interrupts the run, or a file cannot be written.
pub fn run(
    context: &PhaseContext<'_>,
    ready: &[RunnableVariant],
    scenarios: &mut [TimedScenario<'_>],
) -> Result<(), StopReason> {
    let start = Instant::now();
    let mut started = false;
    loop {
        let mut ended = true;
        for index in 0..scenarios.len() {
            // Computed from the samples, so that a later run counts the same time as spent.
            let spent_seconds = spent_seconds(context, scenarios);
            if !scenarios[index].continues(context, spent_seconds) {
                continue;
            }
            if !started {
                begin(context, ready)?;
                started = true;
            }
            ended = false;
            report_round(context, scenarios, index, spent_seconds);
            let scenario = &mut scenarios[index];
            let round = scenario.rounds.next();
            run_round(context, &mut scenario.rounds, round)?;
            secondary::after_round(context, &mut scenario.secondary, &scenario.rounds, round)?;
            advance(context, scenarios, index)?;
            context.report_samples()?;
        }
        drop_failed(context, scenarios);
        if ended {
            break;
        }
    }
    for scenario in scenarios.iter_mut().filter(|scenario| !scenario.rounds.is_over()) {
        secondary::catch_up(context, &mut scenario.secondary, &scenario.rounds)?;
    }
    for scenario in scenarios.iter() {
        scenario.rounds.report_medians(context)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    for variant in ready.iter().filter(|_| started) {
        let spent = VariantEvent::Spent { phase: Phase::Measuring, seconds };
        context.recorder.apply(variant.name(), spent)?;
    }
    Ok(())
}

fn begin(context: &PhaseContext<'_>, ready: &[RunnableVariant]) -> Result<(), StopReason> {
    for variant in ready {
        context.recorder.apply(variant.name(), VariantEvent::Started(Phase::Measuring))?;
        context.recorder.set_step(variant.name(), "");
    }
    Ok(())
}

fn spent_seconds(context: &PhaseContext<'_>, scenarios: &[TimedScenario<'_>]) -> f64 {
    scenarios.iter().map(|scenario| scenario.spent_seconds(context)).sum()
}

/// Returns the number of complete rounds, and the expected remainder of the timed phase.
fn remaining_rounds(
    context: &PhaseContext<'_>,
    scenarios: &[TimedScenario<'_>],
    spent_seconds: f64,
) -> (u32, RemainingRounds) {
    let counts: Vec<RoundCount> = scenarios.iter().map(TimedScenario::count).collect();
    let done = counts.iter().map(|count| count.done).sum();
    (done, remaining(&context.spec.stopping, &counts, spent_seconds))
}

fn report_round(
    context: &PhaseContext<'_>,
    scenarios: &[TimedScenario<'_>],
    index: usize,
    spent_seconds: f64,
) {
    let (done, remaining_rounds) = remaining_rounds(context, scenarios, spent_seconds);
    context.environment.reporter.report(&ReporterEvent::Rounds {
        done,
        total: done + remaining_rounds.rounds,
        scenario: scenarios[index].name(),
        eta_seconds: (done > 0).then_some(remaining_rounds.seconds),
    });
}

/// Removes variants that failed in one scenario from all scenarios.
fn drop_failed(context: &PhaseContext<'_>, scenarios: &mut [TimedScenario<'_>]) {
    for (name, progress) in context.recorder.progress() {
        if progress.status == Status::Failed {
            scenarios.iter_mut().for_each(|scenario| scenario.drop_variant(&name));
        }
    }
}

/// Runs one round alone on the machine and records that it is complete.
fn run_round(
    context: &PhaseContext<'_>,
    rounds: &mut ScenarioRounds<'_>,
    round: u32,
) -> Result<(), StopReason> {
    let hold = context.lock_machine()?;
    let scenario = rounds.scenario.plan.name();
    let step = format!("round {} of {scenario}", round + 1);
    let skips = format!("skips {step}");
    for (index, variant) in rounds.variants.iter().enumerate() {
        if !variant.dropped {
            let step = if rounds.takes_part(index, round) { &step } else { &skips };
            context.recorder.set_step(variant.ready.name(), step);
        }
    }
    round::run(context, rounds, round)?;
    drop(hold);
    context.recorder.append(Record::Round {
        schema: SCHEMA_VERSION,
        scenario: rounds.scenario.plan.name().to_owned(),
        round_group: rounds.round_group.clone(),
        round,
        at: Timestamp::now(),
    })?;
    rounds.complete(round);
    Ok(())
}

/// Updates the progress between two rounds, when no timed trial runs.
fn advance(
    context: &PhaseContext<'_>,
    scenarios: &[TimedScenario<'_>],
    index: usize,
) -> Result<(), StopReason> {
    let rounds = &scenarios[index].rounds;
    rounds.report_medians(context)?;
    let (done, remaining_rounds) =
        remaining_rounds(context, scenarios, spent_seconds(context, scenarios));
    let share = f64::from(done) / f64::from((done + remaining_rounds.rounds).max(1));
    let advanced = VariantEvent::Advanced {
        percent: 60.0 + 40.0 * share,
        eta_seconds: Some(remaining_rounds.seconds),
    };
    for variant in &rounds.variants {
        context.recorder.apply(variant.ready.name(), advanced.clone())?;
    }
    Ok(())
}
