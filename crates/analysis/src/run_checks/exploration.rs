//! Whether the run can be believed: twin, noise, drift, load, failures.

use bakeoff_protocol::results::{Cell, Pair, Results, ScenarioVerdict};
use bakeoff_protocol::sample::{TrialOutcome, TrialRecord};
use bakeoff_protocol::trial::Meter;
use bakeoff_stats::median;
use jiff::Timestamp;

use crate::Input;
use crate::figures::trials;

/// The baseline against its own second entry.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinFigure {
    /// The scenario.
    pub scenario: String,
    /// The comparison; a fair run finds no difference.
    pub pair: Pair,
}

/// Signs of a run that is, or is not, to be believed.
#[derive(Clone, Debug)]
pub struct Health {
    /// One twin figure a scenario that was timed.
    pub twins: Vec<TwinFigure>,
    /// Typical spread of a variant's samples of throughput in a contest, as a share of their median
    /// (0.01 is 1 %): the median over such cells of 1.4826 times the median absolute deviation.
    pub noise: Option<f64>,
    /// Strongest trend from the first round to the last among the scenarios (−0.1: ten per cent
    /// slower at the end), with the probability of one so strong if there is none.
    pub drift: Option<(f64, Option<f64>)>,
    /// Pairs whose ratio itself moved, with their scenario.
    pub drifting_pairs: Vec<String>,
    /// Variants whose samples fall into two groups, with their scenario.
    pub bimodal: Vec<String>,
    /// Highest load average before a timed trial.
    pub load: Option<f64>,
    /// Highest share of processor time stolen by the hypervisor during a timed trial.
    pub steal: Option<f64>,
    /// A strategy that only measures the harness, and the nanoseconds that a request takes with it.
    pub harness: Option<(String, f64)>,
    /// Timed trials that ended with a report.
    pub timed_trials: usize,
    /// Trials that failed.
    pub failed_trials: usize,
    /// When the first trial began, and the last one.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Seconds that all timed trials took together.
    pub timed_seconds: f64,
    /// Whether a torn last line was left out.
    pub torn: bool,
}

impl Health {
    pub(crate) fn gather(input: &Input, results: &Results) -> Self {
        let twins = input
            .exploration
            .scenarios
            .iter()
            .filter_map(|scenario| {
                let pair = results.pairs.iter().find(|pair| {
                    pair.twin && pair.scenario == scenario.name && pair.meter == Meter::Throughput
                })?;
                Some(TwinFigure { scenario: scenario.name.clone(), pair: pair.clone() })
            })
            .collect();
        let timed: Vec<&TrialRecord> = trials(&input.records)
            .filter(|trial| {
                trial.timed_slot().is_some()
                    && trial.spec.meter == Meter::Throughput
                    && trial.is_completed()
                    && counts_for(input, trial)
            })
            .collect();
        let samples: Vec<&[f64]> = results
            .cells
            .iter()
            .filter(|cell| is_of_contest(input, cell))
            .map(|cell| cell.samples.as_slice())
            .filter(|samples| samples.len() > 2)
            .collect();
        let scenarios = || results.scenarios.iter();
        Self {
            twins,
            noise: median(
                &samples.iter().filter_map(|samples| spread(samples)).collect::<Vec<_>>(),
            ),
            drift: scenarios()
                .filter_map(|of| Some((of.health.drift?, of.health.drift_p)))
                .max_by(|a, b| a.0.abs().total_cmp(&b.0.abs())),
            drifting_pairs: scenarios()
                .flat_map(|of| within(of, &of.health.drifting_pairs))
                .collect(),
            bimodal: scenarios().flat_map(|of| within(of, &of.health.bimodal)).collect(),
            load: scenarios()
                .filter_map(|of| of.health.highest_load_average)
                .max_by(f64::total_cmp),
            steal: scenarios()
                .filter_map(|of| of.health.highest_steal_share)
                .max_by(f64::total_cmp),
            harness: harness(input, results),
            timed_trials: timed.len(),
            failed_trials: trials(&input.records)
                .filter(|trial| matches!(trial.outcome, TrialOutcome::Failed { .. }))
                .count(),
            span: trials(&input.records)
                .map(|trial| trial.observed.started)
                .min()
                .zip(trials(&input.records).map(|trial| trial.observed.started).max()),
            timed_seconds: timed.iter().map(|trial| trial.observed.process_ns as f64 / 1e9).sum(),
            torn: input.torn,
        }
    }
}

fn within<'a>(of: &'a ScenarioVerdict, names: &'a [String]) -> impl Iterator<Item = String> + 'a {
    names.iter().map(|name| format!("{name} in {}", of.scenario))
}

/// What the harness itself costs: the quickest of the strategies that are no entrants.
fn harness(input: &Input, results: &Results) -> Option<(String, f64)> {
    let measures_harness = |name: &str| {
        input
            .exploration
            .variants
            .iter()
            .any(|variant| variant.name == name && variant.manifest.harness_only)
    };
    results
        .cells
        .iter()
        .filter(|cell| measures_harness(&cell.variant))
        .filter_map(|cell| Some((cell, cell.requests_per_second?.median)))
        .filter(|(_, rate)| *rate > 0.0)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(cell, rate)| (cell.variant.clone(), 1e9 / rate))
}

/// Whether a trial belongs to the rounds that count for its scenario.
fn counts_for(input: &Input, trial: &TrialRecord) -> bool {
    input.exploration.scenarios.iter().any(|scenario| {
        scenario.name == trial.spec.scenario && trial.is_in_group(&scenario.round_group)
    })
}

/// Whether a cell is what its scenario is decided by: other meters and other numbers of workers
/// spread in ways of their own.
fn is_of_contest(input: &Input, cell: &Cell) -> bool {
    let mut scenarios = input.exploration.scenarios.iter();
    let scenario = scenarios.find(|scenario| scenario.name == cell.scenario);
    let many = scenario.map_or(1, |scenario| scenario.load.workers.max(1));
    cell.meter == Meter::Throughput && cell.load.workers.max(1) == many
}

/// 1.4826 times the median absolute deviation, by the median: the standard deviation of normal
/// samples, unmoved by a few bursts.
fn spread(samples: &[f64]) -> Option<f64> {
    let centre = median(samples)?;
    let deviations: Vec<f64> = samples.iter().map(|sample| (sample - centre).abs()).collect();
    let deviation = median(&deviations)?;
    (centre > 0.0).then(|| 1.4826 * deviation / centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_of_known_samples() {
        assert!((spread(&[98.0, 99.0, 100.0, 101.0, 102.0]).unwrap() - 0.014_826).abs() < 1e-12);
        assert_eq!(spread(&[0.0, 0.0, 0.0]), None);
        assert_eq!(median(&[]), None);
    }
}
