//! How large the value of a key is: the same each time it is asked for.

use super::alias::AliasTable;
use super::open_unit_of;
use crate::scenario::{Lifetime, Values};

/// Largest key space for which drawn sizes are kept (4 bytes a key).
const MEMO_LIMIT: u64 = 1 << 24;
const UNKNOWN: u32 = u32::MAX;

/// Value sizes by key.
#[derive(Debug)]
pub struct ValueSizes {
    values: Values,
    seed: u64,
    memo: Vec<u32>,
    /// Of a histogram: which bin, and where each begins and ends.
    bins: Option<(AliasTable, Vec<(u32, u32)>)>,
}

impl ValueSizes {
    /// Sizes for keys below `key_limit`.
    #[must_use]
    pub fn new(values: Values, seed: u64, key_limit: u64) -> Self {
        let costly = !matches!(values, Values::Fixed { .. } | Values::Uniform { .. });
        let kept = if costly && key_limit <= MEMO_LIMIT { key_limit as usize } else { 0 };
        let bins = match &values {
            Values::Histogram { bins } => Some(table(bins)),
            _ => None,
        };
        Self { values, seed, memo: vec![UNKNOWN; kept], bins }
    }

    /// The size of a key's value in bytes.
    #[inline]
    pub fn of(&mut self, key: u64) -> u32 {
        match self.values {
            Values::Fixed { bytes } => bytes,
            Values::Uniform { min, max } => between(mixed(self.seed, key), min, max),
            _ => self.costly(key),
        }
    }

    fn costly(&mut self, key: u64) -> u32 {
        match self.memo.get(key as usize) {
            Some(&kept) if kept != UNKNOWN => return kept,
            _ => {}
        }
        let size = match (&self.values, &self.bins) {
            (&Values::LogNormal { median, sigma, max }, _) => {
                log_normal(self.seed, key, median, sigma, max)
            }
            (&Values::Pareto { min, shape, max }, _) => pareto(self.seed, key, min, shape, max),
            (_, Some((table, ranges))) => {
                let drawn = mixed(self.seed, key);
                let (low, high) = ranges[table.of_bits(drawn) as usize];
                between(mixed(drawn, key), low, high)
            }
            _ => 0,
        };
        if let Some(kept) = self.memo.get_mut(key as usize) {
            *kept = size;
        }
        size
    }
}

/// Bins as a table of weights, and the sizes that each holds.
fn table(bins: &[(u32, f64)]) -> (AliasTable, Vec<(u32, u32)>) {
    let mut low = 0;
    let ranges = bins.iter().map(|&(high, _)| {
        let range = (low, high);
        low = high.saturating_add(1);
        range
    });
    let ranges = ranges.collect();
    (AliasTable::new(bins.iter().map(|&(_, share)| share).collect()), ranges)
}

/// Every number of a range with the same probability.
fn between(bits: u64, min: u32, max: u32) -> u32 {
    let sizes = u128::from(max - min) + 1;
    min + ((u128::from(bits) * sizes) >> 64) as u32
}

/// Times to live by key.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    lifetime: Lifetime,
    seed: u64,
}

impl Lifetimes {
    /// Lifetimes that a key keeps, as it keeps its size.
    #[must_use]
    pub fn new(lifetime: Lifetime, seed: u64) -> Self {
        // Sizes come from the same seed, and are not to go along with lifetimes.
        Self { lifetime, seed: mixed(seed, u64::MAX) }
    }

    /// Milliseconds that the value of a key lives; 0: for ever.
    #[inline]
    #[must_use]
    pub fn of(&self, key: u64) -> u32 {
        match self.lifetime {
            Lifetime::Endless => 0,
            Lifetime::Fixed { milliseconds } => milliseconds,
            Lifetime::Uniform { min_ms, max_ms } => between(mixed(self.seed, key), min_ms, max_ms),
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over key and seed.
fn mixed(seed: u64, key: u64) -> u64 {
    let mut x = seed.wrapping_add(key.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A log-normal size, by Box and Muller (1958); at least 1.
fn log_normal(seed: u64, key: u64, median: u32, sigma: f64, max: u32) -> u32 {
    let first = mixed(seed, key);
    let second = mixed(first, key);
    let radius = libm::sqrt(-2.0 * libm::log(open_unit_of(first)));
    let normal = radius * libm::cos(std::f64::consts::TAU * open_unit_of(second));
    let size = f64::from(median) * libm::exp(sigma * normal);
    libm::round(size).clamp(1.0, f64::from(max)) as u32
}

/// A size by Pareto's law: the share of sizes above x is (min / x)^shape, cut off at `max`.
fn pareto(seed: u64, key: u64, min: u32, shape: f64, max: u32) -> u32 {
    let size = f64::from(min) * libm::pow(open_unit_of(mixed(seed, key)), -1.0 / shape);
    libm::floor(size).clamp(f64::from(min), f64::from(max)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_size() {
        let values = Values::LogNormal { median: 500, sigma: 1.0, max: 100_000 };
        let mut kept = ValueSizes::new(values.clone(), 9, 1_000);
        let mut not_kept = ValueSizes::new(values, 9, u64::MAX);
        for key in (0..1_000).chain(0..1_000) {
            assert_eq!(kept.of(key), not_kept.of(key));
        }
    }

    #[test]
    fn sizes_follow_their_distribution() {
        let mut uniform = ValueSizes::new(Values::Uniform { min: 10, max: 19 }, 1, 0);
        let mut counts = [0; 10];
        for key in 0..10_000 {
            counts[uniform.of(key) as usize - 10] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");

        let values = Values::LogNormal { median: 500, sigma: 0.8, max: u32::MAX };
        let mut sizes = ValueSizes::new(values, 1, 20_000);
        let logs: Vec<f64> = (0..20_000).map(|key| f64::from(sizes.of(key)).ln()).collect();
        let mean = logs.iter().sum::<f64>() / 20_000.0;
        let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 20_000.0;
        assert!((mean - 500_f64.ln()).abs() < 0.03, "{mean}");
        assert!((variance.sqrt() - 0.8).abs() < 0.03, "{variance}");
    }

    #[test]
    fn pareto_and_histograms_have_their_tails() {
        let values = Values::Pareto { min: 100, shape: 1.5, max: u32::MAX };
        let mut sizes = ValueSizes::new(values, 1, 0);
        let above =
            |sizes: &mut ValueSizes, x: u32| (0..50_000).filter(|&k| sizes.of(k) >= x).count();
        // (1/2)^1.5 and (1/10)^1.5 of 50,000, five standard deviations.
        assert!((17_131..18_225).contains(&above(&mut sizes, 200)));
        assert!((1_386..1_778).contains(&above(&mut sizes, 1_000)));

        let bins = vec![(9, 0.5), (99, 0.0), (199, 0.5)];
        let mut sizes = ValueSizes::new(Values::Histogram { bins }, 1, 50_000);
        assert!((24_440..25_560).contains(&above(&mut sizes, 100)));
        assert!((0..50_000).all(|key| !(10..100).contains(&sizes.of(key)) && sizes.of(key) < 200));
    }

    #[test]
    fn a_lifetime_is_kept_by_its_key() {
        let lifetimes = Lifetimes::new(Lifetime::Uniform { min_ms: 10, max_ms: 19 }, 1);
        let mut counts = [0; 10];
        for key in 0..10_000 {
            assert_eq!(lifetimes.of(key), lifetimes.of(key));
            counts[lifetimes.of(key) as usize - 10] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        assert_eq!(Lifetimes::new(Lifetime::Endless, 1).of(7), 0);
    }
}
