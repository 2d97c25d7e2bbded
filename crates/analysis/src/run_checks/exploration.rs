//! Computes the run checks over all scenarios of an exploration.

use bakeoff_protocol::exploration::{Exploration, RoundsEndReason};
use bakeoff_protocol::results::{Cell, Check, Pair, RunCheck, ScenarioResults, TrialSummary};
use bakeoff_protocol::sample::{REPLAY_LIMIT, TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::median;

use crate::input::Input;
use crate::select::trials;

/// Largest distance between 1 and an end of the A/A control's interval on a machine that does not
/// count as noisy.
const MAX_QUIET_DISTANCE: f64 = 0.1;
/// Share of stolen CPU time at which the check fails.
const MAX_STEAL: f64 = 0.02;
/// Finish skew of the workers of a trial at which the check fails.
const MAX_FINISH_SKEW: f64 = 1.25;

/// Returns all run checks, the most important first.
pub fn run_checks(
    exploration: &Exploration,
    scenarios: &[ScenarioResults],
    trials: &TrialSummary,
) -> Vec<RunCheck> {
    let mut checks: Vec<RunCheck> = scenarios.iter().filter_map(aa_control).collect();
    checks.extend(rounds(exploration, scenarios));
    checks.extend(noise(scenarios));
    checks.extend(drift(scenarios));
    checks.extend(generator_saturation(scenarios));
    checks.extend(finish_skew(scenarios));
    checks.extend(machine_load(exploration, scenarios));
    checks.extend(harness(exploration, scenarios));
    checks.push(RunCheck {
        passed: Some(trials.failed == 0).filter(|_| trials.timed > 0 || trials.failed > 0),
        check: Check::TimedTrials,
    });
    checks.push(RunCheck { passed: Some(!exploration.dirty), check: Check::WorkingTree });
    checks
}

/// Counts the trials and sums their times.
pub fn trial_summary(input: &Input) -> TrialSummary {
    let counts = |trial: &TrialRecord| {
        let mut scenarios = input.exploration.scenarios.iter();
        scenarios.any(|s| s.name == trial.spec.scenario && trial.is_in_group(&s.round_group))
    };
    let timed: Vec<&TrialRecord> = trials(&input.records)
        .filter(|trial| {
            trial.timed_slot().is_some()
                && trial.spec.meter == Meter::Throughput
                && trial.is_completed()
                && counts(trial)
        })
        .collect();
    let started = || trials(&input.records).map(|trial| trial.observed.started);
    TrialSummary {
        timed: timed.len(),
        timed_seconds: timed.iter().map(|trial| trial.observed.process_ns as f64 / 1e9).sum(),
        failed: trials(&input.records)
            .filter(|trial| {
                let failed = |kind: &str| kind != REPLAY_LIMIT;
                matches!(&trial.outcome, TrialOutcome::Failed { kind, .. } if failed(kind))
            })
            .count(),
        span: started().min().zip(started().max()),
        incomplete_last_line: input.incomplete_last_line,
    }
}

fn aa_control(results: &ScenarioResults) -> Option<RunCheck> {
    let pair = results.aa_control.as_ref()?;
    let contains_one = pair.low <= 1.0 && pair.high >= 1.0;
    let delta = results.scenario.delta;
    let within_margin = pair.low >= 1.0 - delta && pair.high <= 1.0 + delta;
    let no_difference = contains_one || within_margin;
    let hides = hidden_difference(pair);
    Some(RunCheck {
        passed: Some(no_difference && pair.has_enough_rounds() && hides.is_none()),
        check: Check::AaControl { scenario: results.scenario.name.clone(), no_difference, hides },
    })
}

/// Returns the largest difference that a noisy A/A control could hide; `None` if its interval is
/// narrow.
fn hidden_difference(pair: &Pair) -> Option<f64> {
    let reach = (pair.high - 1.0).max(1.0 - pair.low);
    (reach > MAX_QUIET_DISTANCE).then_some(reach)
}

/// Checks the rounds of the scenarios that have timed rounds; `None` if there are none.
fn rounds(exploration: &Exploration, scenarios: &[ScenarioResults]) -> Option<RunCheck> {
    let timed = || scenarios.iter().filter(|results| results.scenario.timed);
    let done = || timed().map(|results| results.rounds);
    let fewest = done().min()?;
    let stopped = || timed().filter_map(|results| results.scenario.stopped);
    let check = Check::Rounds {
        fewest,
        most: done().max().unwrap_or(0),
        requested: exploration.rounds,
        out_of_time: stopped().any(|reason| reason == RoundsEndReason::Time),
        precise: stopped().any(|reason| reason == RoundsEndReason::Precision),
        precision: exploration.stopping.map(|rule| rule.precision),
    };
    let passed = stopped().next().is_some() || fewest >= exploration.rounds;
    Some(RunCheck { passed: Some(passed), check })
}

fn noise(scenarios: &[ScenarioResults]) -> Option<RunCheck> {
    let spreads: Vec<f64> = scenarios
        .iter()
        .flat_map(|results| results.cells.iter().filter(|cell| is_primary(results, cell)))
        .map(Cell::samples)
        .filter(|samples| samples.len() > 2)
        .filter_map(spread)
        .collect();
    Some(RunCheck { passed: None, check: Check::Noise { spread: median(&spreads)? } })
}

/// Returns true for throughput with the scenario's number of workers. The noise of other cells is
/// not comparable.
fn is_primary(results: &ScenarioResults, cell: &Cell) -> bool {
    cell.meter() == Meter::Throughput
        && cell.load.workers.max(1) == results.scenario.load.workers.max(1)
}

/// 1.4826 times the median absolute deviation, divided by the median: the standard deviation of
/// normal samples, robust against a few bursts.
fn spread(samples: &[f64]) -> Option<f64> {
    let center = median(samples)?;
    let deviations: Vec<f64> = samples.iter().map(|sample| (sample - center).abs()).collect();
    let deviation = median(&deviations)?;
    (center > 0.0).then(|| 1.4826 * deviation / center)
}

fn drift(scenarios: &[ScenarioResults]) -> Vec<RunCheck> {
    let mut checks = Vec::new();
    let trends = scenarios
        .iter()
        .filter_map(|results| Some((results.round_checks.drift?, results.round_checks.drift_p)));
    if let Some((trend, p_value)) = trends.max_by(|a, b| a.0.abs().total_cmp(&b.0.abs())) {
        checks.push(RunCheck { passed: None, check: Check::Drift { trend, p_value } });
    }
    let pairs: Vec<_> = scenarios
        .iter()
        .flat_map(|results| results.round_checks.drifting_pairs.iter().cloned())
        .collect();
    if !pairs.is_empty() {
        checks.push(RunCheck { passed: Some(false), check: Check::DriftingPairs { pairs } });
    }
    let cells: Vec<[String; 2]> = scenarios
        .iter()
        .flat_map(|results| {
            let name = &results.scenario.name;
            results.round_checks.bimodal.iter().map(|variant| [variant.clone(), name.clone()])
        })
        .collect();
    if !cells.is_empty() {
        checks.push(RunCheck { passed: Some(false), check: Check::TwoSpeeds { cells } });
    }
    checks
}

/// Variants whose throughput the load generator limited; `None` without a measured service.
fn generator_saturation(scenarios: &[ScenarioResults]) -> Option<RunCheck> {
    let measured = scenarios.iter().flat_map(|results| {
        let cells = results.cells.iter().filter(|cell| is_primary(results, cell));
        cells.filter_map(|cell| Some((cell, cell.throughput()?.processor_use?)))
    });
    let measured: Vec<_> = measured.collect();
    let saturated = measured.iter().filter(|(_, processors)| processors.generator_is_limit());
    let cells: Vec<[String; 2]> =
        saturated.map(|(cell, _)| [cell.variant.clone(), cell.scenario.clone()]).collect();
    (!measured.is_empty()).then_some(RunCheck {
        passed: Some(cells.is_empty()),
        check: Check::GeneratorSaturation { cells },
    })
}

fn finish_skew(scenarios: &[ScenarioResults]) -> Option<RunCheck> {
    let skews = scenarios.iter().filter_map(|results| results.round_checks.highest_finish_skew);
    skews.reduce(f64::max).map(|highest| RunCheck {
        passed: Some(highest <= MAX_FINISH_SKEW),
        check: Check::FinishSkew { highest },
    })
}

fn machine_load(exploration: &Exploration, scenarios: &[ScenarioResults]) -> Vec<RunCheck> {
    let highest = |value: fn(&ScenarioResults) -> Option<f64>| {
        scenarios.iter().filter_map(value).max_by(f64::total_cmp)
    };
    let cores = f64::from(exploration.machine.cores.max(1));
    let load = highest(|results| results.round_checks.highest_load_average);
    let steal = highest(|results| results.round_checks.highest_steal_share);
    // The previous trial adds about 1 to the load average.
    let load = load.map(|highest| RunCheck {
        passed: Some(highest <= cores.max(1.5)),
        check: Check::Load { highest },
    });
    let steal = steal.map(|share| RunCheck {
        passed: Some(share < MAX_STEAL),
        check: Check::StolenTime { share },
    });
    load.into_iter().chain(steal).collect()
}

/// Returns the time per request of the harness itself, measured with the fastest harness-only
/// strategy.
fn harness(exploration: &Exploration, scenarios: &[ScenarioResults]) -> Option<RunCheck> {
    let harness_only =
        |name: &str| exploration.variants.iter().any(|v| v.name == name && v.manifest.harness_only);
    scenarios
        .iter()
        .flat_map(|results| &results.cells)
        .filter(|cell| harness_only(&cell.variant))
        .filter_map(|cell| Some((cell, cell.throughput()?.requests_per_second.median)))
        .filter(|(_, rate)| *rate > 0.0)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(cell, rate)| RunCheck {
            passed: None,
            check: Check::Harness { variant: cell.variant.clone(), request_ns: 1e9 / rate },
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_matches_known_values() {
        assert!((spread(&[98.0, 99.0, 100.0, 101.0, 102.0]).unwrap() - 0.014_826).abs() < 1e-12);
        assert_eq!(spread(&[0.0, 0.0, 0.0]), None);
    }
}
