//! Simulates explorations with known true differences.

use bakeoff_protocol::exploration::{RoundsEndReason, StoppingRule};

use super::noise_model::{NoiseModel, NoiseSource};
use crate::{
    Comparison, Interval, JointConfidence, compare, order, proportion::clopper_pearson, rounds,
};
use crate::{verdict::Verdict, verdict::Verdict::*};

/// Design of a simulated exploration: a baseline, its A/A control, and other variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// True log throughput of each variant relative to the baseline; the first entry is the
    /// baseline, 0.
    pub effects: Vec<f64>,
    /// Maximum number of rounds.
    pub rounds: usize,
    /// Stopping rule; its `maximum_rounds` is ignored in favor of `rounds`.
    pub stopping: Option<StoppingRule>,
    /// True if each round starts with a discarded trial.
    pub discarded_trial: bool,
    /// True to compare all pairs, false to compare with the baseline only.
    pub all_pairs: bool,
    /// Largest irrelevant difference, as a fraction.
    pub delta: f64,
}

impl Design {
    /// Returns a design with five variants and all pairs; the last is slower by a fraction (0.02 is
    /// 2 %).
    #[must_use]
    pub fn of_five(slower: f64, rounds: usize) -> Self {
        let effects = vec![0.0, 0.0, 0.0, 0.0, (-slower).ln_1p()];
        Self {
            effects,
            rounds,
            stopping: None,
            discarded_trial: true,
            all_pairs: true,
            delta: 0.01,
        }
    }

    /// Returns the compared pairs as indexes of variant and baseline.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let baselines = if self.all_pairs { self.effects.len() } else { 1 };
        (0..baselines.min(self.effects.len()))
            .flat_map(|baseline| (baseline + 1..self.effects.len()).map(move |v| (v, baseline)))
            .collect()
    }
}

/// Result of a simulated exploration.
#[derive(Clone, Debug)]
pub struct SimulatedRun {
    /// Comparison of the baseline with itself, at the level of [`JointConfidence::for_aa_control`].
    pub aa_control: Option<Comparison>,
    /// Comparisons in the order of the design's pairs.
    pub pairs: Vec<Option<Comparison>>,
    /// Number of rounds.
    pub rounds: usize,
    /// Simulated time, in seconds.
    pub seconds: f64,
    /// Reason why the rounds ended.
    pub stopped: RoundsEndReason,
}

impl SimulatedRun {
    /// Returns true if the A/A control found no difference.
    #[must_use]
    pub fn passes_aa_control(&self) -> bool {
        self.aa_control
            .is_some_and(|aa_control| matches!(aa_control.verdict, Equivalent | Inconclusive))
    }

    /// Returns the verdicts of the pairs; all are inconclusive if the A/A control fails.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        let confirmed = self.passes_aa_control();
        self.pairs.iter().map(move |pair| match pair {
            Some(pair) if confirmed => pair.verdict,
            _ => Inconclusive,
        })
    }
}

/// Simulates one exploration.
#[must_use]
pub fn simulate(machine: &NoiseModel, design: &Design, seed: u64) -> SimulatedRun {
    let mut noise = NoiseSource::new(machine, seed);
    let variants = design.effects.len() + 1;
    let pairs = design.pairs();
    // Log throughput of each variant by round; the last one is the A/A control.
    let mut series = vec![Vec::with_capacity(design.rounds); variants];
    let mut stopped = RoundsEndReason::Rounds;
    for order in order::balanced(variants, design.rounds, seed) {
        if design.discarded_trial {
            noise.trial(true);
        }
        for (position, variant) in order.into_iter().enumerate() {
            let effect = design.effects.get(variant).copied().unwrap_or(0.0);
            let added = noise.trial(position == 0 && !design.discarded_trial);
            series[variant].push(effect - added);
        }
        let done = series[0].len();
        let family =
            || compare(&families(&series, &pairs), JointConfidence::with_margin(design.delta));
        if let Some(rule) = &design.stopping
            && done < design.rounds
            && let Some(reason) = rounds::stop(rule, done, noise.seconds(), pairs.len(), family)
        {
            stopped = reason;
            break;
        }
    }
    let aa_control = families(&series, &[(variants - 1, 0)]);
    SimulatedRun {
        aa_control: compare(&aa_control, JointConfidence::for_aa_control(design.delta))
            .pop()
            .flatten(),
        pairs: compare(&families(&series, &pairs), JointConfidence::with_margin(design.delta)),
        rounds: series[0].len(),
        seconds: noise.seconds(),
        stopped,
    }
}

/// Returns the differences in log throughput of each pair, by round.
fn families(series: &[Vec<f64>], pairs: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let differences = |&(variant, baseline): &(usize, usize)| {
        series[variant].iter().zip(&series[baseline]).map(|(v, b)| v - b).collect()
    };
    pairs.iter().map(differences).collect()
}

/// Number of runs with a property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs with the property.
    pub count: u64,
    /// All runs.
    pub total: u64,
}

impl Tally {
    /// Returns the fraction of runs with the property.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.count as f64 / self.total as f64 }
    }

    /// Returns the 95 % Clopper–Pearson interval of the fraction.
    #[must_use]
    pub fn interval(&self) -> Interval {
        clopper_pearson(self.count, self.total, 0.05)
    }
}

/// Simulates `runs` explorations on all processors and counts those for which `counts` is true.
pub fn count_runs(
    machine: &NoiseModel,
    design: &Design,
    runs: u64,
    seed: u64,
    counts: impl Fn(&SimulatedRun) -> bool + Sync,
) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let count_part = |thread: u64| {
        (thread..runs)
            .step_by(threads as usize)
            // An odd multiplier separates the seeds of different calls.
            .map(|run| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(run))
            .filter(|&seed| counts(&simulate(machine, design, seed)))
            .count() as u64
    };
    let count = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|t| scope.spawn(move || count_part(t))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).sum()
    });
    Tally { count, total: runs }
}
