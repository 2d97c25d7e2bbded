//! Finds numbers of threads at which another variant has the higher throughput.

use bakeoff_protocol::results::{Reversal, ScalingStep, ScenarioResults, VariantFigures};

/// Returns the variant that gains most by more threads, if the leader has the higher throughput with
/// the fewest.
pub fn thread_reversals(results: &ScenarioResults, leader: &str) -> Option<Reversal> {
    let own = results.row(leader)?;
    let others = results.eligible().filter(|name| *name != leader);
    others
        .filter_map(|name| reversal(own, results.row(name)?))
        .max_by(|a, b| ratio(a).total_cmp(&ratio(b)))
}

/// Returns the fewest threads at which the other variant has the higher throughput beyond both
/// intervals.
fn reversal(own: &VariantFigures, other: &VariantFigures) -> Option<Reversal> {
    let both: Vec<(&ScalingStep, &ScalingStep)> = own
        .scaling
        .iter()
        .filter_map(|step| {
            let same = |theirs: &&ScalingStep| theirs.workers == step.workers;
            Some((step, other.scaling.iter().find(same)?))
        })
        .collect();
    let (first, first_other) = both.first()?;
    if first_other.rate.median >= first.rate.median {
        return None;
    }
    let (step, theirs) = both.iter().find(|(own, other)| other.rate.low > own.rate.high)?;
    Some(Reversal::Threads {
        variant: other.variant.clone(),
        workers: step.workers,
        ratio: theirs.rate.median / step.rate.median,
    })
}

fn ratio(reversal: &Reversal) -> f64 {
    match reversal {
        Reversal::Threads { ratio, .. } => *ratio,
        _ => 0.0,
    }
}
