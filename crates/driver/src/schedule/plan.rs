//! Expected schedule of a whole exploration: its cells, its rounds, and their time.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::StoppingRule;
use bakeoff_protocol::{Meter, TrialSpec};

use crate::schedule::capabilities::Capabilities;
use crate::schedule::cells;
use crate::schedule::estimate::{self, ThroughputTime};
use crate::schedule::measured_window::seed_of;
use crate::schedule::participation::{ParticipationRule, VariantRole};
use crate::schedule::rounds::{self, RoundEntry};
use crate::schedule::scenario::ScenarioPlan;
use crate::schedule::secondary::{LATENCY_SHARE, Participant, SCALING_SHARE, SecondaryCellKind};

/// Variant with the properties that decide its trials.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedVariant {
    pub(crate) name: String,
    pub(crate) capabilities: Capabilities,
    pub(crate) role: VariantRole,
}

/// Inputs of the schedule.
pub(crate) struct PlanInput<'a> {
    pub(crate) scenarios: Vec<&'a ScenarioPlan>,
    /// Seconds of one paced replay, by scenario; without scenarios that have none.
    pub(crate) paced_seconds: BTreeMap<&'a str, f64>,
    /// Paced replays of each variant and scenario.
    pub(crate) paced_replays: u32,
    pub(crate) variants: Vec<PlannedVariant>,
    pub(crate) stopping: StoppingRule,
    pub(crate) min_measured_ns: u64,
    pub(crate) seed: u64,
    /// Number of processors.
    pub(crate) cores: u32,
    /// Variants that the untimed phase processes concurrently.
    pub(crate) max_parallel: usize,
}

/// Cell with the expected number and time of its trials.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedTrials {
    pub(crate) spec: TrialSpec,
    pub(crate) trials: u32,
    /// Expected seconds of all trials.
    pub(crate) seconds: f64,
}

/// Expected cells, rounds and time of an exploration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchedulePlan {
    /// Number of rounds in each scenario.
    pub(crate) rounds: u32,
    pub(crate) cells: Vec<PlannedTrials>,
    /// Entries of the first round in their order, by scenario.
    pub(crate) first_round: BTreeMap<String, Vec<RoundEntry>>,
    /// Expected seconds of all phases, without builds.
    pub(crate) seconds: f64,
}

/// Computes the expected schedule.
pub(crate) fn plan(input: &PlanInput<'_>) -> SchedulePlan {
    let roles: Vec<VariantRole> = input.variants.iter().map(|variant| variant.role).collect();
    let participation = ParticipationRule::new(&input.stopping, &roles);
    let timed = || input.scenarios.iter().filter(|scenario| scenario.record.timed);
    let times: Vec<ThroughputTime> = timed()
        .map(|scenario| ThroughputTime {
            trial_seconds: input
                .variants
                .iter()
                .map(|variant| seconds(scenario, variant, &throughput(input, scenario, variant)))
                .collect(),
            has_scaling: !scenario.record.scaling.is_empty(),
        })
        .collect();
    let rounds = estimate::rounds(&input.stopping, &roles, participation, &times);
    let mut cells = Vec::new();
    for variant in &input.variants {
        for scenario in &input.scenarios {
            primary_cells(input, participation, rounds, scenario, variant, &mut cells);
        }
    }
    for (scenario, time) in timed().zip(&times) {
        let round_seconds: f64 = time.trial_seconds.iter().sum();
        let budget = round_seconds * f64::from(rounds);
        secondary_cells(input, scenario, budget, &mut cells);
    }
    let first_round = |scenario: &&ScenarioPlan| {
        let seed = seed_of(input.seed, scenario.name());
        let order = rounds::order(&roles, participation, seed, 0);
        (scenario.name().to_owned(), order)
    };
    SchedulePlan {
        rounds,
        first_round: timed().map(first_round).collect(),
        seconds: total_seconds(input, &cells),
        cells,
    }
}

/// Adds the untimed cells, the paced cell and the throughput cell of a variant in a scenario.
fn primary_cells(
    input: &PlanInput<'_>,
    participation: ParticipationRule,
    rounds: u32,
    scenario: &ScenarioPlan,
    variant: &PlannedVariant,
    cells: &mut Vec<PlannedTrials>,
) {
    let PlannedVariant { name, capabilities, role } = variant;
    let untimed = cells::untimed(scenario, name, *capabilities, input.seed);
    cells.extend(untimed.into_iter().map(|spec| PlannedTrials {
        trials: 1,
        seconds: seconds(scenario, variant, &spec),
        spec,
    }));
    if let Some(seconds) = input.paced_seconds.get(scenario.name()) {
        cells.push(PlannedTrials {
            spec: cells::paced(scenario, name, capabilities.bound, input.seed),
            trials: input.paced_replays,
            seconds: f64::from(input.paced_replays) * seconds,
        });
    }
    if !scenario.record.timed {
        return;
    }
    let taken = if role.service { participation.rounds_with_services(rounds) } else { rounds };
    let trials = taken * if role.baseline { 2 } else { 1 };
    let spec = throughput(input, scenario, variant);
    let seconds = f64::from(trials) * seconds(scenario, variant, &spec);
    cells.push(PlannedTrials { spec, trials, seconds });
}

/// Adds the secondary cells of a scenario.
///
/// Each cell gets as many trials as its share of the rounds' time allows, but at least one.
fn secondary_cells(
    input: &PlanInput<'_>,
    scenario: &ScenarioPlan,
    round_seconds: f64,
    cells: &mut Vec<PlannedTrials>,
) {
    let kinds = SecondaryCellKind::all(&scenario.record, input.cores);
    let others_need_service = input.variants.iter().any(|variant| variant.capabilities.service);
    for (times_requests, share) in [(true, LATENCY_SHARE), (false, SCALING_SHARE)] {
        let kinds = kinds.iter().filter(|kind| kind.times_requests() == times_requests);
        let once: Vec<(TrialSpec, f64)> = kinds
            .flat_map(|kind| input.variants.iter().map(move |variant| (*kind, variant)))
            .filter_map(|(kind, variant)| {
                let primary = throughput(input, scenario, variant);
                let participant = Participant {
                    capabilities: variant.capabilities,
                    baseline: variant.role.baseline,
                    others_need_service,
                };
                let spec = cells::secondary(kind, scenario, &primary, participant)?;
                let seconds = seconds(scenario, variant, &spec);
                Some((spec, seconds))
            })
            .collect();
        let seconds_once: f64 = once.iter().map(|(_, seconds)| seconds).sum();
        let trials = (share * round_seconds / seconds_once).max(1.0) as u32;
        cells.extend(once.into_iter().map(|(spec, seconds)| PlannedTrials {
            spec,
            trials,
            seconds: f64::from(trials) * seconds,
        }));
    }
}

fn throughput(
    input: &PlanInput<'_>,
    scenario: &ScenarioPlan,
    variant: &PlannedVariant,
) -> TrialSpec {
    let PlannedVariant { name, capabilities, .. } = variant;
    cells::throughput(scenario, name, *capabilities, input.min_measured_ns, input.seed)
}

fn seconds(scenario: &ScenarioPlan, variant: &PlannedVariant, spec: &TrialSpec) -> f64 {
    estimate::trial_seconds(spec, scenario.record.requests, variant.capabilities.service)
}

fn total_seconds(input: &PlanInput<'_>, cells: &[PlannedTrials]) -> f64 {
    let discarded = estimate::discarded_trial_factor(input.variants.len());
    let parallel = input.max_parallel.max(1) as f64;
    let seconds = cells.iter().map(|cell| match cell.spec.meter {
        Meter::Throughput => cell.seconds * discarded,
        // Paced replays run alone, too.
        meter if meter.has_rounds() || meter == Meter::Paced => cell.seconds,
        _ => cell.seconds / parallel,
    });
    seconds.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::capabilities::tests::{IN_PROCESS, SERVICE};
    use crate::schedule::cells::tests::scenario;

    fn variant(name: &str, capabilities: Capabilities, baseline: bool) -> PlannedVariant {
        let role = VariantRole { service: capabilities.service, competes: true, baseline };
        PlannedVariant { name: name.to_owned(), capabilities, role }
    }

    #[test]
    fn a_plan_contains_every_cell_and_the_first_round() {
        let scenario = scenario();
        let input = PlanInput {
            scenarios: vec![&scenario],
            paced_seconds: BTreeMap::from([("s", 8.0)]),
            paced_replays: 2,
            variants: vec![variant("lru", IN_PROCESS, true), variant("redis", SERVICE, false)],
            stopping: StoppingRule {
                precision: 0.01,
                minimum_rounds: 30,
                maximum_rounds: 100,
                budget_seconds: None,
            },
            min_measured_ns: 100_000_000,
            seed: 1,
            cores: 2,
            max_parallel: 2,
        };
        let plan = plan(&input);
        assert_eq!(plan.rounds, 30);
        let trials = |variant: &str, meter| -> Vec<u32> {
            let own = plan.cells.iter().filter(|cell| cell.spec.variant == variant);
            own.filter(|cell| cell.spec.meter == meter).map(|cell| cell.trials).collect()
        };
        assert_eq!(
            trials("lru", Meter::Throughput),
            [60],
            "the A/A control doubles the trials of the baseline"
        );
        assert_eq!(trials("redis", Meter::Throughput), [30]);
        assert_eq!(trials("redis", Meter::Paced), [2]);
        assert_eq!(trials("lru", Meter::HitRatio).len(), 3);
        assert_eq!(trials("redis", Meter::Latency).len(), 1);
        assert_eq!(trials("redis", Meter::ResponseTime).len(), 1);
        assert_eq!(trials("lru", Meter::ResponseTime).len(), 1, "the baseline, for comparison");
        let mut first = plan.first_round["s"].clone();
        assert_eq!(first.len(), 3);
        first.retain(|entry| entry.aa_control);
        assert_eq!(first, [RoundEntry { variant: 0, aa_control: true }]);
        let timed: f64 = plan.cells.iter().map(|cell| cell.seconds).sum();
        assert!(plan.seconds > 4.0 * 8.0 && plan.seconds < timed * 2.0);
    }
}
