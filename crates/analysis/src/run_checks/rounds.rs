//! Checks the rounds of one scenario, and finds the reasons why its run is unconfirmed.

use std::collections::BTreeMap;

use bakeoff_protocol::results::{
    Cell, DisturbanceCount, Eligibility, RoundChecks, UnconfirmedReason, VariantEligibility,
    VariantPair, Verdict,
};
use bakeoff_protocol::sample::{Disturbance, TrialRecord};
use bakeoff_stats::drift::{Drift, drift};
use bakeoff_stats::{holm, median};

use crate::pairs::analyzed_pair::AnalyzedPair;
use crate::pairs::contender::Contender;
use crate::select::Scope;

/// Probability of reporting a drifting pair in a scenario without any.
const DRIFT_ALPHA: f64 = 0.01;

/// Returns every reason why the run of a scenario is unconfirmed.
///
/// A scenario without timed rounds rests on paced replays, which need no A/A control.
pub fn unconfirmed_reasons(
    scope: &Scope,
    contenders: &[Contender],
    eligibility: &[VariantEligibility],
    checks: &RoundChecks,
    pairs: &[AnalyzedPair],
) -> Vec<UnconfirmedReason> {
    if !scope.scenario.timed {
        return Vec::new();
    }
    if scope.rounds.is_empty() {
        return vec![UnconfirmedReason::NoCompleteRound];
    }
    let mut reasons = Vec::new();
    match pairs.iter().find(|pair| pair.aa_control).map(|pair| &pair.record) {
        None => reasons.push(UnconfirmedReason::NoAaControl),
        Some(control) if !control.has_enough_rounds() => {
            reasons.push(UnconfirmedReason::TooFewRounds { rounds: control.rounds });
        }
        Some(control)
            if !matches!(control.verdict, Verdict::Equivalent | Verdict::Inconclusive) =>
        {
            let (ratio, low, high) = (control.ratio, control.low, control.high);
            reasons.push(UnconfirmedReason::AaControlFailed { ratio, low, high });
        }
        Some(_) => {}
    }
    let drifting: Vec<VariantPair> = checks
        .drifting_pairs
        .iter()
        .filter(|pair| can_change_order(scope, contenders, pairs, pair))
        .cloned()
        .collect();
    if !drifting.is_empty() {
        reasons.push(UnconfirmedReason::DriftingPairs { pairs: drifting });
    }
    let counts = |name: &str| {
        eligibility
            .iter()
            .any(|entry| entry.variant == name && entry.eligibility != Eligibility::HarnessOnly)
    };
    let rebuilt: Vec<String> =
        scope.rebuilt.iter().filter(|name| counts(name)).map(|name| (*name).to_owned()).collect();
    if !rebuilt.is_empty() {
        reasons.push(UnconfirmedReason::Rebuilt { variants: rebuilt });
    }
    reasons
}

/// Returns true if the drift of a pair could change the order of its mean access times.
fn can_change_order(
    scope: &Scope,
    contenders: &[Contender],
    pairs: &[AnalyzedPair],
    drifting: &VariantPair,
) -> bool {
    let (variant, baseline) = (drifting.variant.as_str(), drifting.baseline.as_str());
    let is_pair =
        |pair: &&AnalyzedPair| pair.record.variant == variant && pair.record.baseline == baseline;
    let Some(pair) = pairs.iter().filter(|pair| !pair.aa_control).find(is_pair) else {
        return true;
    };
    let Some(difference) = pair.record.access_time else { return true };
    let time = |name: &str| {
        let contender = contenders.iter().find(|contender| contender.name == name);
        contender.and_then(|contender| contender.series.time_ns()).unwrap_or(0.0)
    };
    let trend = drift(&pair.differences).map_or(0.0, |it| change(&it, pair.differences.len()));
    let shift_ns = (trend.abs() / 2.0).exp_m1() * time(variant).max(time(baseline));
    let [low, high] = difference.at(scope.scenario.miss_cost_ns);
    let (low, high) = (low - shift_ns, high + shift_ns);
    let margin = margin_ns(scope, contenders, variant);
    let equal = low > -margin && high < margin;
    !equal && low <= 0.0 && high >= 0.0
}

/// Returns the largest difference of mean access times that counts as equal, in nanoseconds.
fn margin_ns(scope: &Scope, contenders: &[Contender], variant: &str) -> f64 {
    let scenario = scope.scenario;
    let mean = contenders.iter().find(|one| one.name == variant).and_then(|contender| {
        let misses = (1.0 - contender.hits?.middle()) * scenario.reads_per_request();
        Some(contender.series.time_ns()? + misses * scenario.miss_cost_ns)
    });
    scenario.access_time_rule().map_or(0.0, |rule| rule.tolerance) * mean.unwrap_or(0.0)
}

/// Returns disturbances and trends of the rounds of a scenario.
pub fn round_checks(
    scope: &Scope,
    contenders: &[Contender],
    cells: &[Cell],
    pairs: &[AnalyzedPair],
) -> RoundChecks {
    let level = level(scope, contenders);
    let trend = drift(&level);
    let timed = || scope.series.iter().flat_map(|series| series.trials.values());
    let highest =
        |values: Vec<f64>| values.into_iter().filter(|value| value.is_finite()).reduce(f64::max);
    let bimodal = |cell: &&Cell| cell.throughput().is_some_and(|figures| figures.bimodal);
    RoundChecks {
        drift: trend.map(|trend| change(&trend, level.len()).exp_m1()),
        drift_p: trend.map(|trend| trend.p_value),
        drifting_pairs: drifting(scope, pairs),
        bimodal: cells.iter().filter(bimodal).map(|cell| cell.variant.clone()).collect(),
        highest_load_average: highest(
            timed().map(|(trial, _)| trial.observed.load_average).collect(),
        ),
        highest_steal_share: highest(
            timed().map(|(trial, _)| trial.observed.steal_share).collect(),
        ),
        highest_finish_skew: highest(
            timed().filter_map(|(_, report)| report.finish_skew()).collect(),
        ),
        involuntary_switches: timed().map(|(_, report)| report.involuntary_switches).sum(),
        stopped: scope.scenario.stopped,
        ..disturbances(scope)
    }
}

/// Counts the disturbances of timed trials.
fn disturbances(scope: &Scope) -> RoundChecks {
    let counted = || {
        let all = scope.series.iter().chain(&scope.secondary);
        all.flat_map(|series| series.trials.values()).map(|(trial, _)| *trial)
    };
    let in_rounds = |trial: &&&TrialRecord| {
        let scenario = scope.scenario;
        trial.is_in_group(&scenario.round_group)
            || scenario.secondary_groups.iter().any(|group| trial.is_in_group(group))
    };
    let attempts: Vec<&TrialRecord> = scope.trials.iter().filter(in_rounds).copied().collect();
    let kinds = [
        Disturbance::Steal,
        Disturbance::OtherProcesses,
        Disturbance::Switches,
        Disturbance::FinishSkew,
    ];
    let count = |by| {
        let disturbed = attempts.iter().filter(|trial| trial.observed.disturbances.contains(&by));
        DisturbanceCount { by, trials: disturbed.count() as u32 }
    };
    let shares = counted().filter_map(|trial| trial.observed.other_process_cpu_share);
    RoundChecks {
        disturbed_trials: counted().filter(|trial| !trial.observed.disturbances.is_empty()).count()
            as u32,
        repeated_trials: counted()
            .filter_map(|trial| trial.timed_slot())
            .map(|slot| slot.attempt)
            .sum(),
        disturbances: kinds.into_iter().map(count).filter(|count| count.trials > 0).collect(),
        highest_others_share: shares.filter(|share| share.is_finite()).reduce(f64::max),
        ..RoundChecks::default()
    }
}

/// Returns the level of each round: the median over contenders of their deviation in log
/// throughput.
///
/// The deviation is relative to the contender's own median, so that a missing variant does not
/// shift the level.
fn level(scope: &Scope, contenders: &[Contender]) -> Vec<f64> {
    let deviations: Vec<BTreeMap<u32, f64>> = contenders
        .iter()
        .filter_map(|contender| {
            let rates = contender.series.rates();
            let own = median(&rates.values().map(|rate| rate.ln()).collect::<Vec<_>>())?;
            Some(rates.into_iter().map(|(round, rate)| (round, rate.ln() - own)).collect())
        })
        .collect();
    scope
        .rounds
        .iter()
        .filter_map(|round| {
            let here: Vec<f64> = deviations.iter().filter_map(|d| d.get(round).copied()).collect();
            median(&here)
        })
        .collect()
}

/// Pairs whose ratio drifted so far that the verdict in the first rounds differs from that in the
/// last.
///
/// A drift that all variants share cancels in a paired ratio. What remains is a variant that
/// changes by itself, so that its result depends on the time of the measurement.
fn drifting(scope: &Scope, pairs: &[AnalyzedPair]) -> Vec<VariantPair> {
    let margin = scope.scenario.delta.ln_1p();
    let side = |value: f64| i8::from(value > margin) - i8::from(value < -margin);
    let trends: Vec<(&AnalyzedPair, Drift)> =
        pairs.iter().filter_map(|pair| Some((pair, drift(&pair.differences)?))).collect();
    let p_values: Vec<f64> = trends.iter().map(|(_, trend)| trend.p_value).collect();
    trends
        .iter()
        .zip(holm::adjust(&p_values))
        .filter(|((pair, trend), p_value)| {
            let half = change(trend, pair.differences.len()) / 2.0;
            let middle = pair.record.ratio.ln();
            *p_value <= DRIFT_ALPHA && side(middle - half) != side(middle + half)
        })
        .map(|((pair, _), _)| VariantPair {
            scenario: scope.scenario.name.clone(),
            variant: pair.record.variant.clone(),
            baseline: pair.record.baseline.clone(),
        })
        .collect()
}

/// Returns the total change that a trend makes from the first round to the last.
fn change(trend: &Drift, rounds: usize) -> f64 {
    trend.slope * rounds.saturating_sub(1) as f64
}
