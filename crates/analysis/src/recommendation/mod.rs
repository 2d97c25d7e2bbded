//! Decides which variant to recommend in a scenario, and under which conditions.
//!
//! The recommended variant is the eligible one with the lowest value of the scenario's deciding
//! quantity: mean access time at the scenario's miss cost, unless the scenario names others. Only
//! the intervals of that quantity decide whether it is confirmed. Everything else is a condition or
//! a trade-off.

pub mod across_scenarios;
mod capacity_reversals;
mod choice;
pub mod eligibility;
mod memory_per_entry;
mod needed_rounds;
pub mod quantities;
pub mod reversals;
mod thread_reversals;
mod trade_offs;
mod valid_range;

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::results::{
    ClosestRival, Conclusion, Eligibility, NoCacheLowest, Note, QuantityValue, Recommendation,
    ScenarioResults, Verdict,
};
use bakeoff_stats::median;
use choice::Choice;

use crate::pairs::analyzed_pair::AnalyzedPair;
use crate::pairs::contender::Contender;
use crate::pairs::oriented::{OrientedPair, oriented, rivals};
use crate::select::Scope;

/// Hit ratio below which a cache saves the origin few reads: 5 %.
const FEW_HITS: f64 = 0.05;
/// Largest difference between the hit ratio in the windows and that of the workload after the
/// warm-up: one point.
const MAX_WINDOW_DIFFERENCE: f64 = 0.01;

/// Returns the conclusion of a confirmed run.
pub fn conclude(
    scope: &Scope,
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    results: &ScenarioResults,
) -> Conclusion {
    let eligible: Vec<&str> = results.eligible().collect();
    let no_cache = no_cache(results);
    if let Some((_, found)) = no_cache.filter(|(_, found)| found.confirmed) {
        return Conclusion::NoCache {
            lowest: found.closest.clone(),
            ratio: found.closest_ns[0] / found.access_time_ns,
        };
    }
    match eligible[..] {
        [] => return Conclusion::NoCandidate,
        [only] => return Conclusion::SingleCandidate { variant: only.to_owned() },
        _ => {}
    }
    if let Some((quantity, found)) = no_cache {
        let variants = vec![found.closest.clone()];
        return Conclusion::Undecided { variants, quantity, needed: None };
    }
    match choice::choose(results, &eligible) {
        None => Conclusion::NoCandidate,
        Some(Choice::Equivalent { variants }) => Conclusion::Equivalent { variants },
        Some(Choice::Undecided { variants, quantity }) => {
            let needed = match &variants[..] {
                [leader, rival, ..] if !quantity.is_paced() => {
                    needed_rounds::needed_measurement(scope, results, pairs, [leader, rival])
                }
                _ => None,
            };
            Conclusion::Undecided { variants, quantity, needed }
        }
        Some(Choice::One { variant, decided_by, rival, equivalent }) => {
            let mut trade_offs = trade_offs::trade_offs(&variant, results);
            trade_offs.extend(memory_per_entry::trade_off(&variant, results));
            let mut recommendation = Recommendation {
                trade_offs,
                closest_rival: Some(closest_rival(results, decided_by, &variant, &rival)),
                origin_share: origin_share(results, &variant),
                variant,
                decided_by,
                valid_from_miss_ns: None,
                valid_up_to: None,
                better_below: None,
                equivalent,
            };
            if !decided_by.is_paced() {
                add_miss_cost_range(&mut recommendation, contenders, pairs, results);
            }
            Conclusion::Recommended(recommendation)
        }
    }
}

/// Returns the deciding quantity and the comparison with running without a cache, if the mean
/// access time decides and its estimate is lowest without a cache.
fn no_cache(results: &ScenarioResults) -> Option<(DecidingQuantity, &NoCacheLowest)> {
    let first = results.deciding.first().filter(|first| !first.quantity.is_paced())?;
    let found = results.reference.no_cache_lowest.as_ref()?;
    (found.access_time_ns > 0.0).then_some((first.quantity, found))
}

/// Adds the range of miss costs in which the recommended variant beats every rival that is not
/// equivalent.
fn add_miss_cost_range(
    recommendation: &mut Recommendation,
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    results: &ScenarioResults,
) {
    let Some(best) = contenders.iter().find(|one| one.name == recommendation.variant) else {
        return;
    };
    let others: Vec<&Contender> = contenders
        .iter()
        .filter(|one| results.eligible().any(|name| name == one.name))
        .filter(|one| !recommendation.equivalent.iter().any(|name| name == one.name))
        .collect();
    let views: Vec<OrientedPair> = rivals(best, &others, pairs);
    recommendation.valid_from_miss_ns = valid_range::lower_limit(&views);
    recommendation.valid_up_to = valid_range::upper_limit(&views);
    recommendation.better_below = views
        .iter()
        .filter_map(|view| view.pair.crossover.as_ref())
        .filter(|crossover| crossover.better_above == best.name)
        .max_by(|a, b| a.miss_cost_ns.total_cmp(&b.miss_cost_ns))
        .cloned();
}

fn closest_rival(
    results: &ScenarioResults,
    decided_by: DecidingQuantity,
    variant: &str,
    rival: &str,
) -> ClosestRival {
    let pair = results.pair(variant, rival);
    let time = pair.and_then(|pair| pair.access_time);
    let hits = |name: &str| results.row(name).and_then(|row| row.hit_ratio);
    let values = |name: &str| -> Option<&QuantityValue> {
        results.deciding.iter().find(|one| one.quantity == decided_by)?.value(name)
    };
    let miss_ns = results.scenario.miss_cost_ns;
    let access_time_change = time.zip(mean_access_time(results, rival)).map(|(time, mean)| {
        let [low, high] = time.at(miss_ns);
        [time.estimate(miss_ns), low, high].map(|difference| difference / mean)
    });
    ClosestRival {
        variant: rival.to_owned(),
        hit_ratio_gain: hits(variant).zip(hits(rival)).map(|(own, other)| own - other),
        time_difference_ns: time.map(|time| time.time_ns),
        access_time_change,
        fewer_origin_loads: fewer_origin_loads(results, variant, rival),
        values: values(variant).zip(values(rival)).map(|(own, other)| [own.value, other.value]),
    }
}

/// Returns the mean access time of a variant at the scenario's miss cost, in nanoseconds.
fn mean_access_time(results: &ScenarioResults, name: &str) -> Option<f64> {
    let line = results.access_time.lines.iter().find(|line| line.variant == name)?;
    Some(line.at(results.scenario.miss_cost_ns, 0.0)[0]).filter(|mean| *mean > 0.0)
}

/// Returns the share by which a variant loads less from the origin than another: in paced replays
/// if there are any, otherwise in exact replays.
fn fewer_origin_loads(results: &ScenarioResults, variant: &str, rival: &str) -> Option<f64> {
    let paced = |name: &str| Some(results.paced(name)?.origin.loads as f64);
    let misses = |name: &str| {
        let line = results.access_time.lines.iter().find(|line| line.variant == name)?;
        Some(line.mean_misses())
    };
    let (own, other) =
        paced(variant).zip(paced(rival)).or_else(|| misses(variant).zip(misses(rival)))?;
    (other > 0.0).then(|| 1.0 - own / other)
}

fn origin_share(results: &ScenarioResults, variant: &str) -> Option<f64> {
    results.row(variant)?.hit_ratio.map(|ratio| 1.0 - ratio)
}

/// Returns the notes on the variants of a scenario.
pub fn variant_notes(
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    results: &ScenarioResults,
) -> Vec<Note> {
    let mut notes = few_hits(results);
    notes.extend(unbounded_notes(contenders, pairs, results));
    notes.extend(windows_differ(contenders, results));
    notes
}

fn few_hits(results: &ScenarioResults) -> Vec<Note> {
    let ratios = results.eligible().filter_map(|name| results.row(name)?.hit_ratio);
    let highest = ratios.reduce(f64::max).filter(|&ratio| ratio < FEW_HITS);
    highest.map(|hit_ratio| Note::FewHits { hit_ratio }).into_iter().collect()
}

/// Notes that compare variants without a size limit with the best bounded variant.
fn unbounded_notes(
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    results: &ScenarioResults,
) -> Vec<Note> {
    let Some(best) = results.leader() else { return Vec::new() };
    let unbounded = results
        .eligibility
        .iter()
        .filter(|entry| entry.eligibility == Eligibility::Unbounded && entry.variant != best);
    unbounded
        .map(|entry| {
            let find = |name: &str| contenders.iter().find(|one| one.name == name);
            let view = find(&entry.variant)
                .zip(find(best))
                .and_then(|(other, best)| oriented(other, best, pairs));
            let means = |name: &str| mean_access_time(results, name);
            Note::Unbounded {
                variant: entry.variant.clone(),
                compared_with: best.to_owned(),
                verdict: view.map_or(Verdict::Inconclusive, |view| view.pair.verdict),
                access_time_ratio: means(&entry.variant).zip(means(best)).map(|(own, of)| own / of),
            }
        })
        .collect()
}

/// Notes on variants whose measured windows are not representative of the workload.
fn windows_differ(contenders: &[Contender], results: &ScenarioResults) -> Vec<Note> {
    let note = |contender: &Contender| {
        let workload = results.cells_of(contender.name).find_map(|cell| {
            cell.hit_ratio()
                .filter(|_| cell.capacity == contender.series.capacity)
                .and_then(|figures| figures.hit_ratio_after_warmup)
        })?;
        let windows = contender.series.window_hit_ratio()?;
        ((windows - workload).abs() > MAX_WINDOW_DIFFERENCE).then(|| Note::WindowsDiffer {
            variant: contender.name.to_owned(),
            windows,
            workload,
        })
    };
    contenders.iter().filter_map(note).collect()
}

/// Returns notes on the whole run; the note on resolution only for a confirmed run.
pub fn run_notes(
    scope: &Scope,
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    confirmed: bool,
) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(low_resolution(scope, pairs).filter(|_| confirmed));
    notes.extend(different_harnesses(scope, contenders));
    notes
}

/// Returns a note on the smallest difference that a quick run finds in four of five cases, for the
/// median pair.
///
/// It is 1.3 times the half-width h of the interval. With z standard errors in h, a true difference
/// of z + 0.84 standard errors is found with 80 % probability, and (z + 0.84) / z is about 1.3 at
/// the levels of corrected families.
fn low_resolution(scope: &Scope, pairs: &[AnalyzedPair]) -> Option<Note> {
    let half = |pair: &AnalyzedPair| (pair.record.high / pair.record.low).ln() / 2.0;
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
