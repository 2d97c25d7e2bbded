//! Fits the noise model to the trials of a real machine.

use std::collections::BTreeMap;

use super::noise_model::{NoiseModel, SpeedChanges};
use crate::{median, modes};

/// Trial on a real machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObservedTrial {
    /// Index of the variant; the A/A control has its own index.
    pub variant: usize,
    /// Number of the round.
    pub round: u32,
    /// Start of the trial, in seconds.
    pub seconds: f64,
    /// Natural logarithm of the throughput, in any unit.
    pub log_rate: f64,
}

/// Number of standard deviations above which a difference counts as a burst.
const BURST_DEVIATIONS: f64 = 3.5;
/// Mean of |N(0, 1)|.
const MEAN_OF_HALF_NORMAL: f64 = 0.797_884_560_802_865_4;
/// Longest gap between trials of one round, in seconds; a longer one is a pause.
const PAUSE_SECONDS: f64 = 30.0;

/// Fits the noise model to the pair of variants with the median spread.
///
/// Noise is the robust spread of the ratios within rounds (1.4826 times the median absolute
/// deviation, divided by √2 for one of the two trials), so drift does not count as noise.
/// Differences above 3.5 times the spread are bursts. Speed changes come from the trials of a
/// variant with two speeds. The penalty of the first trial is not observable, because rounds start
/// with a discarded trial; it is taken from [`NoiseModel::SHARED`]. `None` with fewer than eight
/// rounds of two variants.
#[must_use]
pub fn fit(observed: &[ObservedTrial]) -> Option<NoiseModel> {
    let mut by_variant: BTreeMap<usize, BTreeMap<u32, f64>> = BTreeMap::new();
    for trial in observed.iter().filter(|trial| trial.log_rate.is_finite()) {
        by_variant.entry(trial.variant).or_default().insert(trial.round, trial.log_rate);
    }
    let series: Vec<&BTreeMap<u32, f64>> = by_variant.values().collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for (place, first) in series.iter().enumerate() {
        pairs.extend(series[place + 1..].iter().filter_map(|second| Pair::of(first, second)));
    }
    pairs.sort_by(|a, b| a.spread.total_cmp(&b.spread));
    let typical = pairs.get(pairs.len() / 2)?;
    let trial_seconds = trial_seconds(observed)?;
    Some(NoiseModel {
        noise: typical.spread / std::f64::consts::SQRT_2,
        burst_probability: typical.burst_probability,
        burst: typical.burst,
        sine: drift(&series),
        speed_changes: speed_changes(observed, &by_variant, trial_seconds),
        trial_seconds,
        ..NoiseModel::SHARED
    })
}

/// Noise of a pair of variants, from their differences within rounds.
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
        let bursts: Vec<f64> = distances
            .iter()
            .copied()
            .filter(|distance| *distance > BURST_DEVIATIONS * spread)
            .collect();
        let mean = bursts.iter().sum::<f64>() / bursts.len().max(1) as f64;
        Some(Self {
            spread,
            // A burst in either of the two trials makes the difference large.
            burst_probability: bursts.len() as f64 / distances.len() as f64 / 2.0,
            burst: mean / MEAN_OF_HALF_NORMAL,
        })
    }
}

/// Returns the amplitude of the slow wave that all variants share.
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

/// Returns the speed changes of the first variant that shows two speeds.
fn speed_changes(
    observed: &[ObservedTrial],
    by_variant: &BTreeMap<usize, BTreeMap<u32, f64>>,
    trial_seconds: f64,
) -> Option<SpeedChanges> {
    by_variant.iter().find_map(|(variant, series)| {
        let rates: Vec<f64> = series.values().copied().collect();
        let modes = modes::bimodal(&rates)?;
        let middle = f64::midpoint(modes.low, modes.high);
        let mut own: Vec<&ObservedTrial> =
            observed.iter().filter(|trial| trial.variant == *variant).collect();
        own.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let flips = own
            .windows(2)
            .filter(|pair| (pair[0].log_rate < middle) != (pair[1].log_rate < middle))
            .count();
        let span = own.last()?.seconds - own.first()?.seconds;
        let mean_seconds = (span / flips.max(1) as f64).max(trial_seconds);
        Some(SpeedChanges { cost: modes.high - modes.low, mean_seconds })
    })
}

/// Returns the mean time between the starts of two trials of a round, without pauses.
fn trial_seconds(observed: &[ObservedTrial]) -> Option<f64> {
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
    use super::super::noise_model::NoiseSource;
    use super::*;

    fn observe(machine: &NoiseModel, seed: u64) -> Vec<ObservedTrial> {
        let mut noise = NoiseSource::new(machine, seed);
        let mut observed = Vec::new();
        for round in 0..200 {
            for variant in 0..6 {
                let added = noise.trial(false);
                let seconds = noise.seconds();
                let log_rate = 10.0 + variant as f64 - added;
                observed.push(ObservedTrial { variant, round, seconds, log_rate });
            }
        }
        observed
    }

    #[test]
    fn the_model_of_simulated_trials_is_recovered() {
        for seed in 0..5 {
            let found = fit(&observe(&NoiseModel::SHARED, seed)).unwrap();
            assert!((0.012..0.019).contains(&found.noise), "{found:?}");
            assert!((0.02..0.08).contains(&found.burst_probability), "{found:?}");
            assert!((0.15..0.5).contains(&found.burst), "{found:?}");
            assert!(
                (found.trial_seconds - 0.5).abs() < 1e-9 && found.speed_changes.is_none(),
                "{found:?}"
            );
        }
        let jumping = NoiseModel {
            speed_changes: Some(SpeedChanges { cost: 0.69, mean_seconds: 20.0 }),
            burst_probability: 0.0,
            ..NoiseModel::SHARED
        };
        let speed_changes = fit(&observe(&jumping, 1)).unwrap().speed_changes.unwrap();
        assert!((speed_changes.cost - 0.69).abs() < 0.05, "{speed_changes:?}");
        assert!((10.0..60.0).contains(&speed_changes.mean_seconds), "{speed_changes:?}");
    }

    #[test]
    fn too_few_rounds_have_no_model() {
        assert_eq!(fit(&[]), None);
        let few: Vec<ObservedTrial> =
            observe(&NoiseModel::SHARED, 1).into_iter().filter(|trial| trial.round < 7).collect();
        assert_eq!(fit(&few), None);
    }
}
