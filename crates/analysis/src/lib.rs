//! Computes the results of an exploration from its record and its samples.
//!
//! The analysis uses neither clock nor disk. Each module is one step:
//!
//! | module | step |
//! |---|---|
//! | `select` | selection of the records to analyze |
//! | `cells` | figures of each cell |
//! | `pairs` | paired comparisons within rounds |
//! | `figures` | figures of each variant at the timed capacity |
//! | `crossovers` | ranking by miss cost and network distance |
//! | `reference` | no cache, bounds and break-even points |
//! | `sizing` | memory by number of entries, and hit ratio by memory |
//! | `run_checks` | tests of whether the run can be trusted |
//! | `recommendation` | the variant to use, and its conditions |
//! | `decision` | choice by constraints and weighted criteria |
//! | `compare` | comparison of several runs |
//! | `gate` | thresholds for a change |

mod cells;
pub mod compare;
mod crossovers;
pub mod decision;
mod figures;
pub mod gate;
mod input;
mod pairs;
mod recommendation;
mod reference;
mod run_checks;
mod select;
mod sizing;

use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::{Exploration, Scenario};
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::decision::{Decision, DecisionConfig};
use bakeoff_protocol::results::{
    AccessTime, Conclusion, ExplorationSummary, Reference, Results, ScenarioResults, VariantResults,
};
use bakeoff_protocol::sample::Record;
use figures::{bounds, row, variant};
pub use input::Input;
use recommendation::{across_scenarios, eligibility, quantities, reversals};
use run_checks::{exploration as exploration_checks, implausible, rounds};
use select::Selection;

/// Computes the results of an exploration; without `config`, the decision uses its defaults.
///
/// The order of the records does not matter. No figure is infinite or NaN.
#[must_use]
pub fn analyze(input: &Input, config: Option<&DecisionConfig>) -> Results {
    let exploration = &input.exploration;
    let selection = Selection::new(exploration, &input.records);
    let mut variants = variant::variants(input);
    let mut scenarios: Vec<ScenarioResults> = exploration
        .scenarios
        .iter()
        .map(|scenario| analyze_scenario(&selection, scenario, &variants, &input.records))
        .collect();
    reversals::add_other_scenarios(&mut scenarios);
    for variant in &mut variants {
        variant.memory_limit = variant::memory_limit(variant.index, &scenarios);
    }
    let trials = exploration_checks::trial_summary(input);
    let mut run_checks = exploration_checks::run_checks(exploration, &scenarios, &trials);
    run_checks.extend(implausible::implausible_hit_ratios(&variants, &scenarios));
    let mut results = Results {
        schema: SCHEMA_VERSION,
        name: exploration.name.clone(),
        preliminary: variants.iter().any(|variant| variant.status == Status::Running),
        exploration: summary(exploration),
        across_scenarios: across_scenarios::across_scenarios(&scenarios),
        run_checks,
        variants,
        scenarios,
        trials,
        decision: Decision::default(),
    };
    results.decision = decision::decide(&results, config);
    results
}

fn summary(exploration: &Exploration) -> ExplorationSummary {
    ExplorationSummary {
        created: exploration.created,
        command: exploration.command.clone(),
        baseline: exploration.baseline.clone(),
        seed: exploration.seed,
        profile: exploration.profile.clone(),
        rounds: exploration.rounds,
        stopping: exploration.stopping,
        dirty: exploration.dirty,
        tool_version: exploration.tool_version.clone(),
        rustc: exploration.rustc.clone(),
        services: exploration.services.clone(),
        machine: exploration.machine.clone(),
    }
}

fn analyze_scenario(
    selection: &Selection,
    scenario: &Scenario,
    variants: &[VariantResults],
    records: &[Record],
) -> ScenarioResults {
    let scope = selection.scope(scenario);
    let cells = cells::cells(&scope);
    let contenders = pairs::contender::contenders(&scope, &cells);
    let paired = pairs::compare_pairs(&scope, &contenders);
    let eligibility = eligibility::eligibility(&scope, &contenders, &cells);
    let round_checks = rounds::round_checks(&scope, &contenders, &cells, &paired);
    let unconfirmed_because =
        rounds::unconfirmed_reasons(&scope, &contenders, &eligibility, &round_checks, &paired);
    let figures =
        variants.iter().map(|variant| row::figures(variant, scenario, &cells, records)).collect();
    let with_control = |aa_control| {
        let of_kind = paired.iter().filter(move |pair| pair.aa_control == aa_control);
        of_kind.map(|pair| pair.record.clone())
    };
    let mut results = ScenarioResults {
        scenario: scenario.clone(),
        rounds: scope.rounds.len() as u32,
        confirmed: unconfirmed_because.is_empty(),
        unconfirmed_because,
        conclusion: Conclusion::Unconfirmed,
        deciding: Vec::new(),
        reversals: Vec::new(),
        notes: Vec::new(),
        figures,
        bounds: bounds::bounds(scenario, records),
        access_time: AccessTime::default(),
        reference: Reference::default(),
        sizing: Vec::new(),
        eligibility,
        aa_control: with_control(true).next(),
        pairs: with_control(false).collect(),
        round_checks,
        cells,
    };
    results.access_time = crossovers::access_time(&results);
    results.reference = reference::reference(&scope, &results);
    results.sizing = sizing::sizing(&results);
    results.deciding = quantities::quantities(&results);
    if results.confirmed {
        results.conclusion = recommendation::conclude(&scope, &contenders, &paired, &results);
        results.notes = recommendation::variant_notes(&contenders, &paired, &results);
    }
    let run_notes = recommendation::run_notes(&scope, &contenders, &paired, results.confirmed);
    results.notes.extend(run_notes);
    results.reversals = reversals::reversals(variants, &results);
    results
}
