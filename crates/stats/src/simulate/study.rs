//! Explorations of known truth, and what was found in many of them.

use bakeoff_protocol::exploration::{Stopped, Stopping};

use super::machine::{Clockwork, Machine};
use crate::{Comparison, Interval, Plan, compare, order, proportion::clopper_pearson, rounds};
use crate::{verdict::Verdict, verdict::Verdict::*};

/// What is explored: a baseline, its twin, and other variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// True log throughput of each variant over the baseline's, the baseline (0) first.
    pub effects: Vec<f64>,
    /// Rounds, at most.
    pub rounds: usize,
    /// When to stop before that, if ever; its own maximum is not looked at.
    pub stopping: Option<Stopping>,
    /// Whether each round begins with a trial that does not count.
    pub lead_in: bool,
    /// Whether all pairs make the family, or only those with the baseline.
    pub all_pairs: bool,
    /// Differences below this share do not matter.
    pub delta: f64,
}

impl Design {
    /// Five variants of which the last is `slower` by a share (0.02 is 2 %), all pairs compared,
    /// a lead-in before each round.
    #[must_use]
    pub fn of_five(slower: f64, rounds: usize) -> Self {
        let effects = vec![0.0, 0.0, 0.0, 0.0, (-slower).ln_1p()];
        Self { effects, rounds, stopping: None, lead_in: true, all_pairs: true, delta: 0.01 }
    }

    /// The pairs of the family: variant and what it is compared with.
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let baselines = if self.all_pairs { self.effects.len() } else { 1 };
        (0..baselines.min(self.effects.len()))
            .flat_map(|baseline| (baseline + 1..self.effects.len()).map(move |v| (v, baseline)))
            .collect()
    }
}

/// One simulated exploration.
#[derive(Clone, Debug)]
pub struct Run {
    /// The baseline's twin against the baseline, as [`Plan::twin`] asks.
    pub twin: Option<Comparison>,
    /// The pairs of the design, in its order.
    pub pairs: Vec<Option<Comparison>>,
    /// Rounds that were done.
    pub rounds: usize,
    /// Simulated seconds that they took.
    pub seconds: f64,
    /// Why they ended.
    pub stopped: Stopped,
}

impl Run {
    /// Whether the twin equals itself, as far as can be seen.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.twin.is_some_and(|twin| matches!(twin.verdict, Equivalent | Inconclusive))
    }

    /// The words of the pairs; inconclusive everywhere if the run is not proven.
    pub fn words(&self) -> impl Iterator<Item = Verdict> {
        let proven = self.is_proven();
        self.pairs.iter().map(move |pair| match pair {
            Some(pair) if proven => pair.verdict,
            _ => Inconclusive,
        })
    }
}

/// Runs one exploration.
#[must_use]
pub fn explore(machine: &Machine, design: &Design, seed: u64) -> Run {
    let mut clockwork = Clockwork::new(machine, seed);
    let entrants = design.effects.len() + 1;
    let pairs = design.pairs();
    // Log throughput of each entrant by round; the last entrant is the twin.
    let mut series = vec![Vec::with_capacity(design.rounds); entrants];
    let mut stopped = Stopped::Rounds;
    for order in order::balanced(entrants, design.rounds, seed) {
        if design.lead_in {
            clockwork.trial(true);
        }
        for (position, entrant) in order.into_iter().enumerate() {
            let effect = design.effects.get(entrant).copied().unwrap_or(0.0);
            let added = clockwork.trial(position == 0 && !design.lead_in);
            series[entrant].push(effect - added);
        }
        let done = series[0].len();
        let family = || compare(&families(&series, &pairs), Plan::at(design.delta));
        if let Some(rule) = &design.stopping
            && done < design.rounds
            && let Some(reason) = rounds::stop(rule, done, clockwork.seconds(), pairs.len(), family)
        {
            stopped = reason;
            break;
        }
    }
    let twin = families(&series, &[(entrants - 1, 0)]);
    Run {
        twin: compare(&twin, Plan::twin(design.delta)).pop().flatten(),
        pairs: compare(&families(&series, &pairs), Plan::at(design.delta)),
        rounds: series[0].len(),
        seconds: clockwork.seconds(),
        stopped,
    }
}

/// Differences of each pair, round by round.
fn families(series: &[Vec<f64>], pairs: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let differences = |&(variant, baseline): &(usize, usize)| {
        series[variant].iter().zip(&series[baseline]).map(|(v, b)| v - b).collect()
    };
    pairs.iter().map(differences).collect()
}

/// How often something was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times it was seen.
    pub seen: u64,
    /// Times it might have been.
    pub of: u64,
}

impl Tally {
    /// The share.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.seen as f64 / self.of as f64 }
    }

    /// Its Clopper–Pearson interval at 95 %.
    #[must_use]
    pub fn interval(&self) -> Interval {
        clopper_pearson(self.seen, self.of, 0.05)
    }
}

/// In how many of `runs` explorations `is_seen` holds. Uses all processors.
pub fn study(
    machine: &Machine,
    design: &Design,
    runs: u64,
    seed: u64,
    is_seen: impl Fn(&Run) -> bool + Sync,
) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let count = |thread: u64| {
        (thread..runs)
            .step_by(threads as usize)
            // An odd multiplier keeps the seeds of neighbouring studies apart.
            .map(|run| seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(run))
            .filter(|&seed| is_seen(&explore(machine, design, seed)))
            .count() as u64
    };
    let seen = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|t| scope.spawn(move || count(t))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).sum()
    });
    Tally { seen, of: runs }
}
