//! Compares every pair of variants within rounds, and the A/A control.

use std::collections::BTreeMap;

pub mod analyzed_pair;
pub mod contender;
pub mod oriented;

use bakeoff_protocol::results::{AccessTimeDifference, Crossover, Pair, Verdict};
use bakeoff_stats::{Comparison, Interval, JointConfidence, SignedRank, Walsh, compare, rounds};

use crate::select::{Scope, Series};
use analyzed_pair::{AnalyzedPair, TimeDifference};
use contender::{Contender, ReplayHits, primary_series};

/// Highest number of rounds that a forecast may name.
pub const FORECAST_LIMIT: usize = 2000;

/// Two series to compare, with the data of their common rounds.
struct SeriesPair<'s> {
    variant: &'s Series<'s>,
    baseline: &'s Series<'s>,
    /// Log ratio of throughput in each common round.
    differences: Vec<f64>,
    /// Misses per request of the baseline minus those of the variant: lowest and highest.
    fewer_misses: Option<[f64; 2]>,
    /// Bounds of the correction that [`time_shift`] returns, in nanoseconds.
    shift: Option<[f64; 2]>,
}

/// Compares the A/A control, if there is one, then all pairs of contenders.
///
/// In pairs with the exploration's baseline, that variant is the baseline. In all other pairs it is
/// the variant that the user named first.
pub fn compare_pairs(scope: &Scope, contenders: &[Contender]) -> Vec<AnalyzedPair> {
    let joint = JointConfidence::with_margin(scope.scenario.delta);
    let control = aa_control(scope).into_iter().collect();
    let mut pairs =
        compare_family(scope, JointConfidence::for_aa_control(scope.scenario.delta), control);
    let reads = scope.scenario.reads_per_request();
    let mut family = Vec::new();
    for (index, first) in contenders.iter().enumerate() {
        for second in &contenders[index + 1..] {
            let (variant, baseline) = if second.name == scope.exploration.baseline {
                (first, second)
            } else {
                (second, first)
            };
            family.push(SeriesPair {
                differences: log_ratios(variant.series, baseline.series),
                fewer_misses: variant
                    .hit_ratio_difference(baseline)
                    .map(|hits| hits.map(|difference| difference * reads)),
                shift: time_shift(variant, baseline),
                variant: variant.series,
                baseline: baseline.series,
            });
        }
    }
    pairs.extend(compare_family(scope, joint, family));
    pairs
}

fn aa_control<'s>(scope: &'s Scope<'s>) -> Option<SeriesPair<'s>> {
    let name = &scope.exploration.baseline;
    let variant = primary_series(scope, name, true)?;
    let baseline = primary_series(scope, name, false)?;
    let differences = log_ratios(variant, baseline);
    Some(SeriesPair { variant, baseline, differences, fewer_misses: None, shift: None })
}

/// Returns bounds of the correction of a service-time difference, in nanoseconds.
///
/// The times are measured in windows, whose hit ratios differ from those of the whole workload.
fn time_shift(variant: &Contender, baseline: &Contender) -> Option<[f64; 2]> {
    let (own, theirs) = (variant.hits?, baseline.hits?);
    let [least, most] = shift_ns(&variant.series.in_common_rounds(baseline.series), own)?;
    let [from, to] = shift_ns(&baseline.series.in_common_rounds(variant.series), theirs)?;
    Some([least - to, most - from])
}

/// Returns bounds of the difference between the service time of an exact replay and that of the
/// windows of a series, in nanoseconds.
fn shift_ns(series: &Series, exact: ReplayHits) -> Option<[f64; 2]> {
    let time = series.time_ns()?;
    series.window_shift(exact).map(|shift| shift.map(|share| share * time))
}

/// Compares the pairs of one family jointly; pairs without a common round are left out.
fn compare_family(
    scope: &Scope,
    joint: JointConfidence,
    family: Vec<SeriesPair>,
) -> Vec<AnalyzedPair> {
    let all: Vec<Vec<f64>> =
        family.iter().map(|series_pair| series_pair.differences.clone()).collect();
    let compared = compare(&all, joint);
    family
        .into_iter()
        .zip(compared)
        .filter_map(|(series_pair, comparison)| {
            analyzed_pair(scope, joint, all.len(), series_pair, &comparison?)
        })
        .collect()
}

/// Creates the record of one pair of a family; `None` if a figure would not be finite.
fn analyzed_pair(
    scope: &Scope,
    joint: JointConfidence,
    family_size: usize,
    series_pair: SeriesPair,
    comparison: &Comparison,
) -> Option<AnalyzedPair> {
    let SeriesPair { variant, baseline, differences, fewer_misses, shift } = series_pair;
    let verdict = comparison.verdict;
    // Recommendations and crossovers use the ends of these intervals, so all intervals hold
    // jointly.
    let level = joint.alpha_per_comparison(family_size);
    let time = time_difference(variant, baseline, level)?;
    let count = differences.len();
    let more_rounds = rounds::required(comparison, joint.margin, count, FORECAST_LIMIT)
        .map(|wanted| wanted.saturating_sub(count).max(1) as u32)
        .filter(|_| verdict == Verdict::Inconclusive);
    let attained = time.interval.confidence + 1e-12 >= 1.0 - level;
    let access_time = fewer_misses.zip(shift).filter(|_| attained).map(|(fewer_misses, shift)| {
        let Interval { low, high, confidence } = time.interval;
        let (low_ns, high_ns) = (low + shift[0], high + shift[1]);
        AccessTimeDifference { time_ns: time.estimate, low_ns, high_ns, confidence, fewer_misses }
    });
    let crossover = access_time
        .and_then(|difference| crossover(variant.variant, baseline.variant, &difference));
    let ratio = comparison.interval.map(f64::exp);
    let record = Pair {
        scenario: scope.scenario.name.clone(),
        variant: variant.variant.to_owned(),
        baseline: baseline.variant.to_owned(),
        ratio: comparison.estimate.exp(),
        low: ratio.low,
        high: ratio.high,
        confidence: comparison.interval.confidence,
        required_confidence: comparison.required,
        p_value: comparison.p_value,
        rounds: count as u32,
        verdict,
        more_rounds,
        ratios: differences.iter().map(|difference| difference.exp()).collect(),
        crossover,
        access_time,
    };
    Some(AnalyzedPair { record, aa_control: variant.aa_control, time, differences })
}

/// Returns the log ratios of two series in their common rounds.
fn log_ratios(variant: &Series, baseline: &Series) -> Vec<f64> {
    in_common_rounds(&variant.rates(), &baseline.rates(), |v, b| (v / b).ln())
}

fn in_common_rounds(
    variant: &BTreeMap<u32, f64>,
    baseline: &BTreeMap<u32, f64>,
    join: impl Fn(f64, f64) -> f64,
) -> Vec<f64> {
    variant
        .iter()
        .filter_map(|(round, &value)| baseline.get(round).map(|&other| join(value, other)))
        .collect()
}

fn time_difference(variant: &Series, baseline: &Series, alpha: f64) -> Option<TimeDifference> {
    let times = in_common_rounds(&variant.times_ns(), &baseline.times_ns(), |v, b| v - b);
    let walsh = Walsh::new(&times)?;
    let interval = walsh.interval(alpha, &SignedRank::new(times.len()));
    Some(TimeDifference { estimate: walsh.estimate(), interval })
}

/// Miss cost at which t + μ·m is equal for both variants, with μ misses per request: m* = Δt / Δμ.
///
/// `None` unless the intervals of Δt and Δμ exclude 0 and have the same sign. Otherwise one variant
/// is better at every miss cost, or it is not certain that the order changes.
fn crossover(
    variant: &str,
    baseline: &str,
    difference: &AccessTimeDifference,
) -> Option<Crossover> {
    let AccessTimeDifference { time_ns, low_ns, high_ns, fewer_misses: [least, most], .. } =
        *difference;
    let (below, above) = if low_ns > 0.0 && least > 0.0 {
        (baseline, variant)
    } else if high_ns < 0.0 && most < 0.0 {
        (variant, baseline)
    } else {
        return None;
    };
    let costs = [low_ns / least, low_ns / most, high_ns / least, high_ns / most];
    Some(Crossover {
        better_below: below.to_owned(),
        better_above: above.to_owned(),
        miss_cost_ns: time_ns / f64::midpoint(least, most),
        low_ns: costs.into_iter().fold(f64::INFINITY, f64::min),
        high_ns: costs.into_iter().fold(0.0, f64::max),
    })
}
