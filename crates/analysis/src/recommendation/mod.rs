//! Decides which variant to recommend in a scenario, and under which conditions.
//!
//! A variant is recommended only if it beats every other eligible variant: its mean access time is
//! significantly lower at a level at which all pairs hold jointly, and no verdict against a rival
//! is inconclusive (unless their throughputs are not comparable).
//!
//! This is tried first at the miss cost of a network, then at the lowest miss cost. A variant that
//! leads only over a network is recommended under the condition that a miss costs that much.
//! Trade-offs in paced replays are also conditions.

pub mod across_scenarios;
pub mod eligibility;
pub mod equivalence;
pub mod memory_per_entry;
pub mod reversals;
mod trade_offs;
mod valid_range;

use std::cmp::Reverse;

use bakeoff_protocol::results::{
    Cell, ClosestRival, Conclusion, Eligibility, Note, Recommendation, VariantEligibility, Verdict,
};
use bakeoff_stats::median;

use crate::pairs::contender::Contender;
use crate::pairs::oriented::{LOWEST_MISS_NS, OrientedPair, oriented, rivals};
use crate::pairs::paired::Paired;
use crate::select::Scope;

/// Miss cost of an origin behind a network, in nanoseconds: 0.1 ms.
const NETWORK_MISS_NS: f64 = 100_000.0;

/// Returns the conclusion of a confirmed run, and notes on the variants in it.
pub fn conclude(
    contenders: &[Contender],
    cells: &[Cell],
    eligibility: &[VariantEligibility],
    pairs: &[Paired],
) -> (Conclusion, Vec<Note>) {
    let with = |wanted: Eligibility| -> Vec<&Contender> {
        let is = |name: &str| {
            eligibility.iter().any(|entry| entry.variant == name && entry.eligibility == wanted)
        };
        contenders.iter().filter(|contender| is(contender.name)).collect()
    };
    let (eligible, unbounded) = (with(Eligibility::Eligible), with(Eligibility::Unbounded));
    let best = match eligible[..] {
        [] => return (Conclusion::NoCandidate, Vec::new()),
        [only] => {
            let conclusion = Conclusion::SingleCandidate { variant: only.name.to_owned() };
            return (conclusion, unbounded_notes(only, &unbounded, pairs));
        }
        _ => [NETWORK_MISS_NS, LOWEST_MISS_NS].into_iter().find_map(|miss_ns| {
            let best = eligible.iter().find(|one| beats_all(one, &eligible, pairs, miss_ns));
            best.map(|best| (best, miss_ns))
        }),
    };
    let Some((best, miss_ns)) = best else { return (undecided(&eligible, pairs), Vec::new()) };
    let miss_ns =
        if beats_all(best, &eligible, pairs, LOWEST_MISS_NS) { LOWEST_MISS_NS } else { miss_ns };
    let views = rivals(best, &eligible, pairs);
    let recommendation = Recommendation {
        variant: best.name.to_owned(),
        valid_from_miss_ns: (miss_ns > LOWEST_MISS_NS).then_some(miss_ns),
        valid_up_to: valid_range::upper_limit(&views),
        trade_offs: trade_offs::trade_offs(best.name, cells, eligibility),
        closest_rival: closest_rival(&views),
        better_below: views
            .iter()
            .filter_map(|view| view.pair.crossover.as_ref())
            .filter(|crossover| crossover.better_above == best.name)
            .max_by(|a, b| a.miss_cost_ns.total_cmp(&b.miss_cost_ns))
            .cloned(),
    };
    let mut notes = unbounded_notes(best, &unbounded, pairs);
    notes.extend(views.iter().filter_map(|view| {
        Some(Note::ThroughputNotCompared {
            variant: view.variant.name.to_owned(),
            rival: view.rival.name.to_owned(),
            reason: view.pair.not_comparable.clone()?,
        })
    }));
    (Conclusion::Recommended(recommendation), notes)
}

/// True if a contender beats every other eligible contender at a miss cost.
fn beats_all(one: &Contender, eligible: &[&Contender], pairs: &[Paired], miss_ns: f64) -> bool {
    eligible
        .iter()
        .filter(|other| other.name != one.name)
        .all(|other| oriented(one, other, pairs).is_some_and(|view| view.beats(miss_ns)))
}

fn closest_rival(views: &[OrientedPair]) -> Option<ClosestRival> {
    let view = views.iter().max_by(|a, b| a.lead_ns().total_cmp(&b.lead_ns()))?;
    Some(ClosestRival {
        variant: view.rival.name.to_owned(),
        hit_ratio_gain: view.hit_ratio_gain(),
        time_difference_ns: view.time_ns,
    })
}

/// Conclusion if no variant beats all others: names the pair that most prevents a choice.
fn undecided(eligible: &[&Contender], pairs: &[Paired]) -> Conclusion {
    let beaten = |one: &Contender| {
        eligible.iter().any(|other| {
            other.name != one.name
                && oriented(other, one, pairs).is_some_and(|view| view.beats(LOWEST_MISS_NS))
        })
    };
    let open: Vec<&Contender> = eligible.iter().copied().filter(|one| !beaten(one)).collect();
    let variants: Vec<String> = open.iter().map(|contender| contender.name.to_owned()).collect();
    let obstacle = |view: &OrientedPair| match view.pair.verdict {
        _ if view.pair.not_comparable.is_some() => 2,
        Verdict::Inconclusive => 1,
        _ => 0,
    };
    let mut views: Vec<OrientedPair> =
        open.iter().flat_map(|one| rivals(one, &open, pairs)).collect();
    views.retain(|view| view.pair.ratio >= 1.0);
    views.sort_by_key(|view| Reverse(obstacle(view)));
    let Some(view) = views.first() else {
        return Conclusion::Inconclusive { variants, pair: None };
    };
    let (faster, than) = (view.variant.name.to_owned(), view.rival.name.to_owned());
    if let Some(reason) = &view.pair.not_comparable {
        return Conclusion::NotComparable { variant: faster, rival: than, reason: reason.clone() };
    }
    match obstacle(view) {
        0 => Conclusion::TooClose { variants, faster, than },
        _ => Conclusion::Inconclusive { variants, pair: Some([faster, than]) },
    }
}

/// Notes that compare variants without a size limit with the best bounded variant.
fn unbounded_notes(best: &Contender, unbounded: &[&Contender], pairs: &[Paired]) -> Vec<Note> {
    unbounded
        .iter()
        .filter_map(|other| {
            Some(Note::Unbounded {
                variant: other.name.to_owned(),
                compared_with: best.name.to_owned(),
                verdict: oriented(other, best, pairs)?.pair.verdict,
            })
        })
        .collect()
}

/// Returns notes on the whole run; the note on resolution only for a confirmed run.
pub fn run_notes(
    scope: &Scope,
    contenders: &[Contender],
    pairs: &[Paired],
    confirmed: bool,
) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(low_resolution(scope, pairs).filter(|_| confirmed));
    notes.extend(different_harnesses(scope, contenders));
    notes
}

/// Note on the smallest difference that a quick run finds in four of five cases, for the median
/// pair.
///
/// It is 1.3 times the half-width h of the interval. With z standard errors in h, a true difference
/// of z + 0.84 standard errors is found with 80 % probability, and (z + 0.84) / z is about 1.3 at
/// the levels of corrected families.
fn low_resolution(scope: &Scope, pairs: &[Paired]) -> Option<Note> {
    let half = |pair: &Paired| (pair.record.high / pair.record.low).ln() / 2.0;
    let widths: Vec<f64> = pairs.iter().filter(|pair| !pair.aa_control).map(half).collect();
    let middle = median(&widths).filter(|_| scope.exploration.profile == "quick")?;
    Some(Note::LowResolution { undetected_below: (1.3 * middle).exp_m1() })
}

fn different_harnesses(scope: &Scope, contenders: &[Contender]) -> Option<Note> {
    let known: Vec<(&str, &str)> = contenders
        .iter()
        .filter_map(|one| Some((one.name, scope.requested(one.name)?.harness.as_str())))
        .filter(|(_, harness)| !harness.is_empty())
        .collect();
    let (first, harness) = *known.first()?;
    let others: Vec<String> = known
        .iter()
        .filter(|(_, other)| *other != harness)
        .map(|(name, _)| (*name).to_owned())
        .collect();
    (!others.is_empty()).then(|| Note::DifferentHarnesses { variant: first.to_owned(), others })
}
