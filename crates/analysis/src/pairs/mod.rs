//! Paired comparisons within rounds: every pair of entrants, and the twin.

use std::collections::BTreeMap;

pub mod contenders;
pub mod oriented;

use bakeoff_protocol::results::{Crossing, MeanTime, Pair, Verdict};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::{Comparison, Interval, JointConfidence, SignedRank, Walsh, compare, rounds};

use crate::cells::share;
use crate::number::fixed;
use crate::pairs::contenders::{Contender, Hits, primary};
use crate::select::{Scope, Series};

/// More rounds than anyone would wait for: beyond it no forecast is given.
const FORECAST_LIMIT: usize = 2000;
/// Hit ratios within the section and over the whole workload may differ by a point.
const COMPARABLE: f64 = 0.01;

/// One comparison, with what the record does not hold.
pub struct Paired {
    /// What is said.
    pub record: Pair,
    /// Difference of times a request, variant minus baseline, within the measured sections.
    pub time: TimeDifference,
    /// Log ratio by round, in the order of time.
    pub differences: Vec<f64>,
}

/// A difference of mean times a request, in nanoseconds.
#[derive(Clone, Copy)]
pub struct TimeDifference {
    /// Hodges–Lehmann estimate over the rounds.
    pub estimate: f64,
    /// Its interval, at an equal share of the level: all pairs' hold together.
    pub interval: Interval,
}

/// Two series that meet in some rounds.
struct Meeting<'s> {
    variant: &'s Series<'s>,
    baseline: &'s Series<'s>,
    differences: Vec<f64>,
    doubt: Option<Doubt>,
    /// Misses a request that the variant has fewer, least and greatest.
    fewer_misses: Option<[f64; 2]>,
    /// What the difference of times may change by from the sections to the whole workload.
    shift: Option<[f64; 2]>,
}

/// Hit ratios within the measured sections that are not those of the whole.
struct Doubt {
    reason: String,
    /// What the log ratio of the two may change by for it, least and greatest, where it is known.
    log_ratio: Option<[f64; 2]>,
}

/// The twin first, where there is one, then all pairs of contenders. In each the exploration's
/// baseline is the baseline where it takes part, else the one that the user named first.
pub fn of(scope: &Scope, contenders: &[Contender]) -> Vec<Paired> {
    let plan = JointConfidence::with_margin(scope.scenario.delta);
    let mut pairs = weigh(
        scope,
        JointConfidence::for_aa_control(scope.scenario.delta),
        twin(scope).into_iter().collect(),
    );
    // Only reads miss.
    let reads = share(scope.scenario.reads, scope.scenario.requests).unwrap_or(0.0);
    let mut family = Vec::new();
    for (place, first) in contenders.iter().enumerate() {
        for second in &contenders[place + 1..] {
            let (variant, baseline) = if second.name == scope.exploration.baseline {
                (first, second)
            } else {
                (second, first)
            };
            family.push(Meeting {
                differences: differences(variant.series, baseline.series),
                doubt: doubt(variant, baseline),
                fewer_misses: variant
                    .hits_minus(baseline)
                    .map(|hits| hits.map(|difference| difference * reads)),
                shift: shift(variant, baseline),
                variant: variant.series,
                baseline: baseline.series,
            });
        }
    }
    pairs.extend(weigh(scope, plan, family));
    pairs
}

/// The baseline against its own second entry.
fn twin<'s>(scope: &'s Scope<'s>) -> Option<Meeting<'s>> {
    let name = &scope.exploration.baseline;
    let (twin, baseline) = (primary(scope, name, true)?, primary(scope, name, false)?);
    let differences = differences(twin, baseline);
    Some(Meeting {
        variant: twin,
        baseline,
        differences,
        doubt: None,
        fewer_misses: None,
        shift: None,
    })
}

/// What the difference of two times may change by from the sections to the whole workload.
fn shift(variant: &Contender, baseline: &Contender) -> Option<[f64; 2]> {
    let (own, theirs) = variant.hits_of_both(baseline)?;
    let [least, most] = nanoseconds(&variant.series.met(baseline.series), own)?;
    let [from, to] = nanoseconds(&baseline.series.met(variant.series), theirs)?;
    Some([least - to, most - from])
}

/// What the time of a series may change by from its sections to an exact replay.
fn nanoseconds(series: &Series, exact: Hits) -> Option<[f64; 2]> {
    let time = series.time_ns()?;
    series.section_shift(exact).map(|shift| shift.map(|share| share * time))
}

/// Compares one family; pairs that never met are left out.
fn weigh(scope: &Scope, plan: JointConfidence, family: Vec<Meeting>) -> Vec<Paired> {
    let all: Vec<Vec<f64>> = family.iter().map(|meeting| meeting.differences.clone()).collect();
    let compared = compare(&all, plan);
    family
        .into_iter()
        .zip(compared)
        .filter_map(|(meeting, comparison)| paired(scope, plan, all.len(), meeting, &comparison?))
        .collect()
}

/// The record of one pair of so many; `None` where a figure would not be finite.
fn paired(
    scope: &Scope,
    plan: JointConfidence,
    members: usize,
    meeting: Meeting,
    said: &Comparison,
) -> Option<Paired> {
    let Meeting { variant, baseline, differences, doubt, fewer_misses, shift } = meeting;
    let not_comparable =
        doubt.filter(|doubt| !doubt.leaves(said, plan.margin)).map(|doubt| doubt.reason);
    let verdict = if not_comparable.is_some() { Verdict::Inconclusive } else { said.verdict };
    // Winners and crossings rest on where these end, and on all of them at once.
    let level = plan.alpha_per_comparison(members);
    let time = time_difference(variant, baseline, level)?;
    let count = differences.len();
    let open = verdict == Verdict::Inconclusive && not_comparable.is_none();
    let more_rounds = rounds::required(said, plan.margin, count, FORECAST_LIMIT)
        .map(|wanted| wanted.saturating_sub(count).max(1) as u32)
        .filter(|_| open);
    let attained = time.interval.confidence + 1e-12 >= 1.0 - level;
    let mean_time = fewer_misses.zip(shift).filter(|_| attained).map(|(fewer_misses, shift)| {
        let Interval { low, high, confidence } = time.interval;
        let (low_ns, high_ns) = (low + shift[0], high + shift[1]);
        MeanTime { time_ns: time.estimate, low_ns, high_ns, confidence, fewer_misses }
    });
    let crossing =
        mean_time.and_then(|difference| crossing(variant.variant, baseline.variant, &difference));
    let ratio = said.interval.map(f64::exp);
    let record = Pair {
        scenario: scope.scenario.name.clone(),
        meter: Meter::Throughput,
        variant: variant.variant.to_owned(),
        baseline: baseline.variant.to_owned(),
        twin: variant.twin,
        ratio: said.estimate.exp(),
        low: ratio.low,
        high: ratio.high,
        confidence: said.interval.confidence,
        required_confidence: said.required,
        p_value: said.p_value,
        rounds: count as u32,
        verdict,
        more_rounds,
        not_comparable,
        points: differences.iter().map(|difference| difference.exp()).collect(),
        crossing,
        mean_time,
    };
    Some(Paired { record, time, differences })
}

/// Log ratios of two series, by round, in the rounds that hold both.
fn differences(variant: &Series, baseline: &Series) -> Vec<f64> {
    meet(&variant.rates(), &baseline.rates(), |v, b| (v / b).ln())
}

/// What a function makes of both values in the rounds that hold both.
fn meet(
    variant: &BTreeMap<u32, f64>,
    baseline: &BTreeMap<u32, f64>,
    join: impl Fn(f64, f64) -> f64,
) -> Vec<f64> {
    variant
        .iter()
        .filter_map(|(round, &value)| baseline.get(round).map(|&other| join(value, other)))
        .collect()
}

/// Interval of the difference of mean times a request.
fn time_difference(variant: &Series, baseline: &Series, alpha: f64) -> Option<TimeDifference> {
    let times = meet(&variant.times_ns(), &baseline.times_ns(), |v, b| v - b);
    let walsh = Walsh::new(&times)?;
    let interval = walsh.interval(alpha, &SignedRank::new(times.len()));
    Some(TimeDifference { estimate: walsh.estimate(), interval })
}

/// Why two may not be comparable: the sections set them apart by more, or less, than the workload
/// does. Only the rounds that both took part in count, as in all that is said of a pair: the
/// sections of the others are others.
fn doubt(variant: &Contender, baseline: &Contender) -> Option<Doubt> {
    let (own, theirs) = variant.hits_of_both(baseline)?;
    let exact = own.middle() - theirs.middle();
    let variant = variant.series.met(baseline.series);
    let baseline = baseline.series.met(&variant);
    let section = variant.section_hit_ratio()? - baseline.section_hit_ratio()?;
    ((section - exact).abs() > COMPARABLE).then(|| Doubt {
        reason: format!(
            "in the measured sections their hit ratios differ by {} points, over the whole \
             replay by {}: the section does not stand for the whole",
            fixed(section * 100.0, 2),
            fixed(exact * 100.0, 2)
        ),
        log_ratio: variant.section_shift(own).zip(baseline.section_shift(theirs)).map(
            |([least, most], [from, to])| [from.ln_1p() - most.ln_1p(), to.ln_1p() - least.ln_1p()],
        ),
    })
}

impl Doubt {
    /// Whether the verdict holds wherever between its bounds the true ratio lies.
    fn leaves(&self, said: &Comparison, margin: f64) -> bool {
        let Some([least, most]) = self.log_ratio else { return false };
        let Interval { low, high, .. } = said.interval;
        let wide = Interval { low: low + least, high: high + most, ..said.interval };
        said.verdict != Verdict::Inconclusive
            && bakeoff_stats::verdict(&wide, margin) == said.verdict
    }
}

/// Where t + μ·m is the same for both, with μ misses a request: m* = Δt / Δμ, where both are of one
/// sign and their intervals exclude 0; elsewhere one of them is better at every cost of a miss, or
/// it is not certain that the order flips.
fn crossing(variant: &str, baseline: &str, difference: &MeanTime) -> Option<Crossing> {
    let MeanTime { time_ns, low_ns, high_ns, fewer_misses: [least, most], .. } = *difference;
    let (below, above) = if low_ns > 0.0 && least > 0.0 {
        (baseline, variant)
    } else if high_ns < 0.0 && most < 0.0 {
        (variant, baseline)
    } else {
        return None;
    };
    let costs = [low_ns / least, low_ns / most, high_ns / least, high_ns / most];
    Some(Crossing {
        below: below.to_owned(),
        above: above.to_owned(),
        miss_ns: time_ns / f64::midpoint(least, most),
        low_ns: costs.into_iter().fold(f64::INFINITY, f64::min),
        high_ns: costs.into_iter().fold(0.0, f64::max),
    })
}
