//! Whether a scenario's run can be believed, and the verdict on it as a whole.

pub mod exploration;

use bakeoff_protocol::results::{
    Cell, DisturbanceCount, Health, Place, ScenarioVerdict, Standing, Verdict,
};
use bakeoff_protocol::sample::{Disturbance, TrialRecord};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::drift::{Drift, drift};
use bakeoff_stats::{holm, median};

use crate::number;
use crate::pairs::Paired;
use crate::pairs::contenders::Contender;
use crate::recommendation::{self as answer, eligibility as standing};
use crate::select::Scope;

/// Probability of calling any pair drifting when none does.
const DRIFT_ALPHA: f64 = 0.01;

/// The verdict on one scenario.
pub fn judge(
    scope: &Scope,
    contenders: &[Contender],
    cells: &[Cell],
    pairs: &[Paired],
) -> ScenarioVerdict {
    let standings = standing::of(scope, contenders);
    let health = health(scope, contenders, cells, pairs);
    let unproven_because = doubts(scope, &standings, &health, pairs);
    let proven = unproven_because.is_empty();
    let said = if proven {
        answer::of(scope, contenders, cells, &standings, pairs)
    } else {
        answer::unproven(&unproven_because)
    };
    let mut remarks = said.remarks;
    remarks.extend(answer::absences(&standings));
    remarks.extend(blind(scope, pairs).filter(|_| proven));
    remarks.extend(harnesses(scope, contenders));
    ScenarioVerdict {
        scenario: scope.scenario.name.clone(),
        proven,
        unproven_because,
        answer: said.text,
        winner: said.winner,
        winner_from_miss_ns: said.from_miss_ns,
        winner_to_miss_ns: said.to_miss_ns,
        winner_drawbacks: said.drawbacks,
        remarks,
        standings,
        health,
    }
}

/// What a quick look could not have seen. A true difference of 1.3 half-widths is found four times
/// in five: at the levels of a corrected family, that of the normal distribution's 80 % point over
/// that of the interval.
fn blind(scope: &Scope, pairs: &[Paired]) -> Option<String> {
    let half = |pair: &Paired| (pair.record.high / pair.record.low).ln() / 2.0;
    let widths: Vec<f64> = pairs.iter().filter(|pair| !pair.record.twin).map(half).collect();
    let middle = median(&widths).filter(|_| scope.exploration.profile == "quick")?;
    Some(format!(
        "A quick look: of half of the pairs, differences below {} % would mostly have been missed.",
        number::figures((1.3 * middle).exp_m1() * 100.0)
    ))
}

/// Where entrants of several refs bring several harnesses, a difference may be the harness's.
fn harnesses(scope: &Scope, contenders: &[Contender]) -> Option<String> {
    let of = |name: &str| scope.asked(name).map(|variant| variant.harness.as_str());
    let known = contenders.iter().filter_map(|one| Some((one.name, of(one.name)?)));
    let known: Vec<(&str, &str)> = known.filter(|(_, harness)| !harness.is_empty()).collect();
    let (first, harness) = *known.first()?;
    let others: Vec<&str> =
        known.iter().filter(|(_, other)| *other != harness).map(|(name, _)| *name).collect();
    (!others.is_empty()).then(|| {
        format!(
            "{first} and {} were measured by different harnesses (`crates/` differs between their \
             refs): a difference may be the harness's. `bakeoff compare --harness base`, or \
             \"harness\" in VARIANTS, puts the strategies upon one.",
            others.join(", ")
        )
    })
}

/// Every reason not to believe the run.
fn doubts(scope: &Scope, standings: &[Standing], health: &Health, pairs: &[Paired]) -> Vec<String> {
    if health.rounds == 0 {
        return vec!["no round of timed trials is complete".to_owned()];
    }
    let mut doubts = Vec::new();
    match pairs.iter().map(|pair| &pair.record).find(|pair| pair.twin) {
        None => doubts.push("the baseline has no twin in these rounds".to_owned()),
        Some(twin) if !twin.is_told() => doubts.push(format!(
            "{} {} nothing of the A/A twin",
            number::counted(twin.rounds.into(), "round"),
            if twin.rounds == 1 { "tells" } else { "tell" },
        )),
        Some(twin) if !matches!(twin.verdict, Verdict::Equivalent | Verdict::Inconclusive) => {
            let said = number::ratio_with_interval(twin.ratio, twin.low, twin.high);
            doubts.push(format!("the A/A twin differs from itself: {said}"));
        }
        Some(_) => {}
    }
    if !health.drifting_pairs.is_empty() {
        let pairs = health.drifting_pairs.join(", ");
        doubts.push(format!("ratios moved from round to round: {pairs}"));
    }
    let rebuilt: Vec<&str> = scope
        .rebuilt
        .iter()
        .copied()
        .filter(|name| standings.iter().any(|s| s.variant == **name && s.place != Place::NoEntrant))
        .collect();
    if !rebuilt.is_empty() {
        doubts.push(format!("rebuilt since the rounds were measured: {}", rebuilt.join(", ")));
    }
    doubts
}

/// How the rounds went.
fn health(scope: &Scope, contenders: &[Contender], cells: &[Cell], pairs: &[Paired]) -> Health {
    let level = level(scope, contenders);
    let trend = drift(&level);
    let timed = || scope.series.iter().flat_map(|series| series.trials.values());
    let highest =
        |values: Vec<f64>| values.into_iter().filter(|value| value.is_finite()).reduce(f64::max);
    Health {
        rounds: scope.rounds.len() as u32,
        drift: trend.map(|trend| change(&trend, level.len()).exp_m1()),
        drift_p: trend.map(|trend| trend.p_value),
        drifting_pairs: drifting(scope.scenario.delta.ln_1p(), pairs),
        bimodal: cells
            .iter()
            .filter(|cell| cell.meter == Meter::Throughput && cell.bimodal)
            .map(|cell| cell.variant.clone())
            .collect(),
        highest_load_average: highest(
            timed().map(|(trial, _)| trial.observed.load_average).collect(),
        ),
        highest_steal_share: highest(
            timed().map(|(trial, _)| trial.observed.steal_share).collect(),
        ),
        involuntary_switches: timed().map(|(_, report)| report.involuntary_switches).sum(),
        ..disturbed(scope)
    }
}

/// What the machine did beside the timed trials. Of one that was repeated only the last counts.
fn disturbed(scope: &Scope) -> Health {
    let counted = || {
        let all = scope.series.iter().chain(&scope.sets);
        all.flat_map(|series| series.trials.values()).map(|(trial, _)| *trial)
    };
    let is_of_rounds = |trial: &&&TrialRecord| {
        let scenario = scope.scenario;
        let secondary = &scenario.secondary_groups;
        trial.is_in_group(&scenario.round_group)
            || secondary.iter().any(|group| trial.is_in_group(group))
    };
    let tried: Vec<&TrialRecord> = scope.trials.iter().filter(is_of_rounds).copied().collect();
    let by = [Disturbance::Steal, Disturbance::OtherProcesses, Disturbance::Switches];
    let trials = |by| {
        let hit = tried.iter().filter(|trial| trial.observed.disturbances.contains(&by));
        DisturbanceCount { by, trials: hit.count() as u32 }
    };
    let shares = counted().filter_map(|trial| trial.observed.other_process_cpu_share);
    Health {
        disturbed_trials: counted().filter(|trial| !trial.observed.disturbances.is_empty()).count()
            as u32,
        repeated_trials: counted()
            .map(|trial| trial.timed_slot().map_or(0, |slot| slot.attempt))
            .sum(),
        disturbances: by.into_iter().map(trials).filter(|count| count.trials > 0).collect(),
        highest_others_share: shares.filter(|share| share.is_finite()).reduce(f64::max),
        ..Health::default()
    }
}

/// The level of each round: the median over contenders of log throughput, each against its own
/// median, so that a missing variant does not move it.
fn level(scope: &Scope, contenders: &[Contender]) -> Vec<f64> {
    let deviations: Vec<_> = contenders
        .iter()
        .filter_map(|contender| {
            let rates = contender.series.rates();
            let own = median(&rates.values().map(|rate| rate.ln()).collect::<Vec<_>>())?;
            Some(rates.into_iter().map(|(round, rate)| (round, rate.ln() - own)).collect())
        })
        .collect::<Vec<std::collections::BTreeMap<u32, f64>>>();
    scope
        .rounds
        .iter()
        .filter_map(|round| {
            let here: Vec<f64> = deviations.iter().filter_map(|d| d.get(round).copied()).collect();
            median(&here)
        })
        .collect()
}

/// Pairs whose ratio moved so far that its beginning and its end deserve different words. A
/// paired ratio cancels what all variants share; what is left is a variant that changes by
/// itself, and then the figure depends on when it was taken.
fn drifting(margin: f64, pairs: &[Paired]) -> Vec<String> {
    let side = |value: f64| i8::from(value > margin) - i8::from(value < -margin);
    let trends: Vec<(&Paired, Drift)> =
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
        .map(|((pair, _), _)| format!("{} / {}", pair.record.variant, pair.record.baseline))
        .collect()
}

/// What a trend adds up to from the first round to the last.
fn change(trend: &Drift, rounds: usize) -> f64 {
    trend.slope * rounds.saturating_sub(1) as f64
}
