//! Compares several runs: two explorations, or one exploration with its history.
//!
//! The runs were not paired, so throughputs are compared as ratios to each run's own baseline.

use bakeoff_protocol::results::comparison::{RunDifference, ThroughputChange, VariantChange};
use bakeoff_protocol::results::{Pair, Results, ScenarioResults, VariantFigures};

/// Steps per unit to which hit ratios are rounded before a comparison: 0.01 percentage points.
const HIT_RATIO_STEPS: f64 = 1e4;

/// Figures of a variant in one scenario of one run.
struct VariantInRun<'a> {
    baseline: &'a str,
    results: &'a ScenarioResults,
    row: &'a VariantFigures,
}

/// Returns the change of a variant in a scenario between the first and last run with its figures.
#[must_use]
pub fn variant_change(runs: &[&Results], scenario: &str, variant: &str) -> VariantChange {
    let found: Vec<VariantInRun> = runs
        .iter()
        .filter_map(|run| {
            let of = run.scenario(scenario)?;
            let row = of.figures.iter().find(|row| row.variant == variant)?;
            Some(VariantInRun { baseline: &run.exploration.baseline, results: of, row })
        })
        .collect();
    let [first, .., last] = found.as_slice() else { return VariantChange::OnlyOneRun };
    let (before, after) = (&first.results.scenario, &last.results.scenario);
    if before.workload != after.workload {
        return VariantChange::NotComparable(RunDifference::Workload);
    }
    if (before.timed_capacity, before.load) != (after.timed_capacity, after.load) {
        return VariantChange::NotComparable(RunDifference::CapacityOrLoad);
    }
    let rounded = |ratio: f64| (ratio * HIT_RATIO_STEPS).round();
    let hit_ratio = first
        .row
        .hit_ratio
        .zip(last.row.hit_ratio)
        .filter(|(before, after)| rounded(*before) != rounded(*after))
        .map(|(before, after)| after - before);
    VariantChange::Changed { hit_ratio, throughput: throughput_change(first, last) }
}

fn throughput_change(first: &VariantInRun, last: &VariantInRun) -> ThroughputChange {
    let both = [first, last];
    if both.iter().any(|run| run.row.requests_per_second.is_none()) {
        return ThroughputChange::Unknown;
    }
    if first.baseline != last.baseline {
        return ThroughputChange::OtherBaseline;
    }
    if both.iter().any(|run| !run.results.confirmed) {
        return ThroughputChange::Unconfirmed;
    }
    let pair = |run: &VariantInRun| run.results.pair(&run.row.variant, run.baseline);
    let (Some(before), Some(after)) = (pair(first), pair(last)) else {
        return ThroughputChange::Unknown;
    };
    if [&before, &after].iter().any(|pair| !pair.has_enough_rounds()) {
        return ThroughputChange::TooFewRounds;
    }
    match (do_not_overlap(&before, &after), after.ratio > before.ratio) {
        (true, true) => ThroughputChange::Faster,
        (true, false) => ThroughputChange::Slower,
        (false, _) => ThroughputChange::Unknown,
    }
}

fn do_not_overlap(one: &Pair, other: &Pair) -> bool {
    one.high < other.low || other.high < one.low
}
