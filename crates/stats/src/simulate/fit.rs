//! A simulated machine out of what a real one did.

use std::collections::BTreeMap;

use super::machine::{Jumps, Machine};
use crate::{median, modes};

/// One trial that ran.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Whose trial it was; the twin is somebody of its own.
    pub entrant: usize,
    /// Its round.
    pub round: u32,
    /// When it began, in seconds.
    pub seconds: f64,
    /// Logarithm of its throughput.
    pub log_rate: f64,
}

/// Differences beyond so many standard deviations are bursts.
const BURST: f64 = 3.5;
/// Mean of |N(0, 1)|.
const MEAN_OF_HALF_NORMAL: f64 = 0.797_884_560_802_865_4;
/// A pause longer than this is no part of the trials.
const PAUSE_SECONDS: f64 = 30.0;

/// The machine on which the typical pair of entrants would differ from round to round as it did.
///
/// Noise is the robust spread of the ratios within rounds (1.4826 times the median absolute
/// deviation, by √2 for one of the two trials), so that drift is not taken for noise; what lies
/// beyond 3.5 of these is a burst; jumps are taken from the trials of whoever shows two speeds.
/// The penalty of the first trial cannot be seen, since rounds have a lead-in: it is that of
/// [`Machine::SHARED`]. `None` with fewer than eight rounds of two entrants.
#[must_use]
pub fn fit(observed: &[Observed]) -> Option<Machine> {
    let mut by_entrant: BTreeMap<usize, BTreeMap<u32, f64>> = BTreeMap::new();
    for trial in observed.iter().filter(|trial| trial.log_rate.is_finite()) {
        by_entrant.entry(trial.entrant).or_default().insert(trial.round, trial.log_rate);
    }
    let series: Vec<&BTreeMap<u32, f64>> = by_entrant.values().collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for (place, first) in series.iter().enumerate() {
        pairs.extend(series[place + 1..].iter().filter_map(|second| Pair::of(first, second)));
    }
    pairs.sort_by(|a, b| a.spread.total_cmp(&b.spread));
    let typical = pairs.get(pairs.len() / 2)?;
    let trial_seconds = trial_seconds(observed)?;
    Some(Machine {
        noise: typical.spread / std::f64::consts::SQRT_2,
        burst_probability: typical.burst_probability,
        burst: typical.burst,
        sine: drift(&series),
        jumps: jumps(observed, &by_entrant, trial_seconds),
        trial_seconds,
        ..Machine::SHARED
    })
}

/// How a pair differs from round to round.
struct Pair {
    spread: f64,
    burst_probability: f64,
    burst: f64,
}

impl Pair {
    fn of(first: &BTreeMap<u32, f64>, second: &BTreeMap<u32, f64>) -> Option<Self> {
        let both = first.iter().filter_map(|(round, a)| Some(second.get(round)? - a));
        let differences: Vec<f64> = both.collect();
        if differences.len() < 8 {
            return None;
        }
        let middle = median(&differences)?;
        let distances: Vec<f64> = differences.iter().map(|d| (d - middle).abs()).collect();
        let spread = 1.4826 * median(&distances)?;
        let bursts: Vec<f64> =
            distances.iter().copied().filter(|distance| *distance > BURST * spread).collect();
        let mean = bursts.iter().sum::<f64>() / bursts.len().max(1) as f64;
        Some(Self {
            spread,
            // Either of the two trials may have been hit.
            burst_probability: bursts.len() as f64 / distances.len() as f64 / 2.0,
            burst: mean / MEAN_OF_HALF_NORMAL,
        })
    }
}

/// Amplitude of the wave that all entrants share.
fn drift(series: &[&BTreeMap<u32, f64>]) -> f64 {
    let centred = |series: &BTreeMap<u32, f64>| {
        let middle = median(&series.values().copied().collect::<Vec<_>>()).unwrap_or(0.0);
        series.iter().map(|(round, rate)| (*round, rate - middle)).collect::<Vec<_>>()
    };
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (round, rate) in series.iter().flat_map(|series| centred(series)) {
        rounds.entry(round).or_default().push(rate);
    }
    let levels: Vec<f64> = rounds.values().filter_map(|rates| median(rates)).collect();
    let distances: Vec<f64> = levels.iter().map(|level| level.abs()).collect();
    1.4826 * std::f64::consts::SQRT_2 * median(&distances).unwrap_or(0.0)
}

/// Jumps between two speeds, of the first entrant that shows them.
fn jumps(
    observed: &[Observed],
    by_entrant: &BTreeMap<usize, BTreeMap<u32, f64>>,
    trial_seconds: f64,
) -> Option<Jumps> {
    by_entrant.iter().find_map(|(entrant, series)| {
        let rates: Vec<f64> = series.values().copied().collect();
        let modes = modes::bimodal(&rates)?;
        let middle = f64::midpoint(modes.low, modes.high);
        let mut own: Vec<&Observed> =
            observed.iter().filter(|trial| trial.entrant == *entrant).collect();
        own.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let flips = own
            .windows(2)
            .filter(|pair| (pair[0].log_rate < middle) != (pair[1].log_rate < middle))
            .count();
        let span = own.last()?.seconds - own.first()?.seconds;
        let mean_seconds = (span / flips.max(1) as f64).max(trial_seconds);
        Some(Jumps { cost: modes.high - modes.low, mean_seconds })
    })
}

/// From the beginning of a trial to that of the next, within rounds: between them other scenarios
/// have theirs, and pauses are no trials.
fn trial_seconds(observed: &[Observed]) -> Option<f64> {
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for trial in observed {
        rounds.entry(trial.round).or_default().push(trial.seconds);
    }
    let mut gaps = Vec::new();
    for begins in rounds.values_mut() {
        begins.sort_by(f64::total_cmp);
        gaps.extend(begins.windows(2).map(|pair| pair[1] - pair[0]));
    }
    gaps.retain(|gap| *gap > 0.0 && *gap < PAUSE_SECONDS);
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    mean.is_finite().then_some(mean)
}

#[cfg(test)]
mod tests {
    use super::super::machine::Clockwork;
    use super::*;

    fn observe(machine: &Machine, seed: u64) -> Vec<Observed> {
        let mut clockwork = Clockwork::new(machine, seed);
        let mut observed = Vec::new();
        for round in 0..200 {
            for entrant in 0..6 {
                let added = clockwork.trial(false);
                let seconds = clockwork.seconds();
                let log_rate = 10.0 + entrant as f64 - added;
                observed.push(Observed { entrant, round, seconds, log_rate });
            }
        }
        observed
    }

    #[test]
    fn a_machine_is_known_again_by_what_it_did() {
        for seed in 0..5 {
            let found = fit(&observe(&Machine::SHARED, seed)).unwrap();
            assert!((0.012..0.019).contains(&found.noise), "{found:?}");
            assert!((0.02..0.08).contains(&found.burst_probability), "{found:?}");
            assert!((0.15..0.5).contains(&found.burst), "{found:?}");
            assert!((found.trial_seconds - 0.5).abs() < 1e-9 && found.jumps.is_none(), "{found:?}");
        }
        let jumping = Machine {
            jumps: Some(Jumps { cost: 0.69, mean_seconds: 20.0 }),
            burst_probability: 0.0,
            ..Machine::SHARED
        };
        let jumps = fit(&observe(&jumping, 1)).unwrap().jumps.unwrap();
        assert!((jumps.cost - 0.69).abs() < 0.05, "{jumps:?}");
        assert!((10.0..60.0).contains(&jumps.mean_seconds), "{jumps:?}");
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(fit(&[]), None);
        let few: Vec<Observed> =
            observe(&Machine::SHARED, 1).into_iter().filter(|trial| trial.round < 7).collect();
        assert_eq!(fit(&few), None);
    }
}
