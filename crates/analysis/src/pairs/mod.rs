//! Paired comparisons within rounds: every pair of variants, and the A/A control.

use std::collections::BTreeMap;

pub mod contender;
pub mod oriented;
pub mod paired;

use bakeoff_protocol::results::{AccessTimeDifference, Crossover, NotComparable, Pair, Verdict};
use bakeoff_stats::{Comparison, Interval, JointConfidence, SignedRank, Walsh, compare, rounds};

use crate::select::{Scope, Series, share};
use contender::{Contender, ReplayHits, primary_series};
use paired::{Paired, TimeDifference};

/// Highest number of rounds for which an estimate is given.
const FORECAST_LIMIT: usize = 2000;
/// Largest difference between hit ratios of the windows and of the workload: one point.
const REPRESENTATIVE: f64 = 0.01;

/// Two series with common rounds.
struct Meeting<'s> {
    variant: &'s Series<'s>,
    baseline: &'s Series<'s>,
    differences: Vec<f64>,
    mismatch: Option<WindowMismatch>,
    /// Misses per request of the baseline minus those of the variant: lowest and highest.
    fewer_misses: Option<[f64; 2]>,
    /// Change of the difference of times from the windows to the whole workload.
    shift: Option<[f64; 2]>,
}

/// Measured windows whose hit ratios differ in another way than those of the whole workload.
struct WindowMismatch {
    window_difference: f64,
    workload_difference: f64,
    /// Lowest and highest change of the log ratio that this explains, if known.
    log_ratio: Option<[f64; 2]>,
}

/// Compares the A/A control, if there is one, then all pairs of contenders. The exploration's
/// baseline is the baseline of its pairs; in the others it is the variant that the user named first.
pub fn compare_pairs(scope: &Scope, contenders: &[Contender]) -> Vec<Paired> {
    let plan = JointConfidence::with_margin(scope.scenario.delta);
    let control = aa_control(scope).into_iter().collect();
    let mut pairs =
        compare_family(scope, JointConfidence::for_aa_control(scope.scenario.delta), control);
    // Only reads miss.
    let reads = share(scope.scenario.reads, scope.scenario.requests).unwrap_or(0.0);
    let mut family = Vec::new();
    for (index, first) in contenders.iter().enumerate() {
        for second in &contenders[index + 1..] {
            let (variant, baseline) = if second.name == scope.exploration.baseline {
                (first, second)
            } else {
                (second, first)
            };
            family.push(Meeting {
                differences: log_ratios(variant.series, baseline.series),
                mismatch: window_mismatch(variant, baseline),
                fewer_misses: variant
                    .hits_minus(baseline)
                    .map(|hits| hits.map(|difference| difference * reads)),
                shift: time_shift(variant, baseline),
                variant: variant.series,
                baseline: baseline.series,
            });
        }
    }
    pairs.extend(compare_family(scope, plan, family));
    pairs
}

fn aa_control<'s>(scope: &'s Scope<'s>) -> Option<Meeting<'s>> {
    let name = &scope.exploration.baseline;
    let variant = primary_series(scope, name, true)?;
    let baseline = primary_series(scope, name, false)?;
    let differences = log_ratios(variant, baseline);
    Some(Meeting {
        variant,
        baseline,
        differences,
        mismatch: None,
        fewer_misses: None,
        shift: None,
    })
}

/// Change of the difference of two times from the windows to the whole workload.
fn time_shift(variant: &Contender, baseline: &Contender) -> Option<[f64; 2]> {
    let (own, theirs) = variant.common_replays(baseline)?;
    let [least, most] = shift_ns(&variant.series.in_common_rounds(baseline.series), own)?;
    let [from, to] = shift_ns(&baseline.series.in_common_rounds(variant.series), theirs)?;
    Some([least - to, most - from])
}

/// Change of the service time of a series from its windows to an exact replay, in nanoseconds.
fn shift_ns(series: &Series, exact: ReplayHits) -> Option<[f64; 2]> {
    let time = series.time_ns()?;
    series.window_shift(exact).map(|shift| shift.map(|share| share * time))
}

/// Compares the pairs of one family jointly; pairs without a common round are left out.
fn compare_family(scope: &Scope, plan: JointConfidence, family: Vec<Meeting>) -> Vec<Paired> {
    let all: Vec<Vec<f64>> = family.iter().map(|meeting| meeting.differences.clone()).collect();
    let compared = compare(&all, plan);
    family
        .into_iter()
        .zip(compared)
        .filter_map(|(meeting, comparison)| paired(scope, plan, all.len(), meeting, &comparison?))
        .collect()
}

/// Record of one pair of a family; `None` if a figure would not be finite.
fn paired(
    scope: &Scope,
    plan: JointConfidence,
    family_size: usize,
    meeting: Meeting,
    comparison: &Comparison,
) -> Option<Paired> {
    let Meeting { variant, baseline, differences, mismatch, fewer_misses, shift } = meeting;
    let not_comparable = mismatch.filter(|mismatch| !mismatch.keeps(comparison, plan.margin));
    let not_comparable = not_comparable.map(|mismatch| NotComparable::WindowNotRepresentative {
        window_difference: mismatch.window_difference,
        workload_difference: mismatch.workload_difference,
    });
    let verdict = if not_comparable.is_some() { Verdict::Inconclusive } else { comparison.verdict };
    // Recommendations and crossovers rest on the ends of these intervals, and on all of them.
    let level = plan.alpha_per_comparison(family_size);
    let time = time_difference(variant, baseline, level)?;
    let count = differences.len();
    let open = verdict == Verdict::Inconclusive && not_comparable.is_none();
    let more_rounds = rounds::required(comparison, plan.margin, count, FORECAST_LIMIT)
        .map(|wanted| wanted.saturating_sub(count).max(1) as u32)
        .filter(|_| open);
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
        not_comparable,
        ratios: differences.iter().map(|difference| difference.exp()).collect(),
        crossover,
        access_time,
    };
    Some(Paired { record, aa_control: variant.aa_control, time, differences })
}

/// Log ratios of two series in their common rounds.
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

/// Detects windows that separate two variants by more, or less, than the workload does. Only common
/// rounds count: the other rounds have other windows.
fn window_mismatch(variant: &Contender, baseline: &Contender) -> Option<WindowMismatch> {
    let (own, theirs) = variant.common_replays(baseline)?;
    let workload_difference = own.middle() - theirs.middle();
    let variant = variant.series.in_common_rounds(baseline.series);
    let baseline = baseline.series.in_common_rounds(&variant);
    let window_difference = variant.window_hit_ratio()? - baseline.window_hit_ratio()?;
    ((window_difference - workload_difference).abs() > REPRESENTATIVE).then(|| WindowMismatch {
        window_difference,
        workload_difference,
        log_ratio: variant.window_shift(own).zip(baseline.window_shift(theirs)).map(
            |([least, most], [from, to])| [from.ln_1p() - most.ln_1p(), to.ln_1p() - least.ln_1p()],
        ),
    })
}

impl WindowMismatch {
    /// Returns true if the verdict is the same for every true ratio that the mismatch allows.
    fn keeps(&self, comparison: &Comparison, margin: f64) -> bool {
        let Some([least, most]) = self.log_ratio else { return false };
        let Interval { low, high, .. } = comparison.interval;
        let wide = Interval { low: low + least, high: high + most, ..comparison.interval };
        comparison.verdict != Verdict::Inconclusive
            && bakeoff_stats::verdict(&wide, margin) == comparison.verdict
    }
}

/// Miss cost at which t + μ·m is the same for both, with μ misses per request: m* = Δt / Δμ. `None`
/// unless both intervals exclude 0 and have the same sign: otherwise one variant is better at every
/// miss cost, or the change of order is not certain.
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
