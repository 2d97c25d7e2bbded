//! Computes value sizes and times to live from key and seed.

use super::distributions::alias_table::AliasTable;
use super::random_streams::open_unit_from_bits;
use crate::scenario::{SizeDistribution, TtlDistribution};

/// Largest number of keys for which computed sizes are cached (4 bytes per key).
const MEMO_LIMIT: u64 = 1 << 24;
const UNKNOWN: u32 = u32::MAX;

/// Computes the value size of each key.
#[derive(Debug)]
pub struct SizeSampler {
    distribution: SizeDistribution,
    seed: u64,
    memo: Vec<u32>,
    /// For a histogram: choice of the bin, and the smallest and largest size of each bin.
    bins: Option<(AliasTable, Vec<(u32, u32)>)>,
}

impl SizeSampler {
    /// Creates a sampler for keys below `key_limit`.
    #[must_use]
    pub fn new(distribution: SizeDistribution, seed: u64, key_limit: u64) -> Self {
        let is_cheap = matches!(
            distribution,
            SizeDistribution::Fixed { .. } | SizeDistribution::Uniform { .. }
        );
        let memo_len = if is_cheap || key_limit > MEMO_LIMIT { 0 } else { key_limit as usize };
        let bins = match &distribution {
            SizeDistribution::Histogram { bins } => Some(prepare_bins(bins)),
            _ => None,
        };
        Self { distribution, seed, memo: vec![UNKNOWN; memo_len], bins }
    }

    /// Returns the value size of a key in bytes.
    #[inline]
    pub fn bytes(&mut self, key: u64) -> u32 {
        match self.distribution {
            SizeDistribution::Fixed { bytes } => bytes,
            SizeDistribution::Uniform { min, max } => between(hash(self.seed, key), min, max),
            _ => self.memoized_bytes(key),
        }
    }

    fn memoized_bytes(&mut self, key: u64) -> u32 {
        match self.memo.get(key as usize) {
            Some(&known) if known != UNKNOWN => return known,
            _ => {}
        }
        let size = match (&self.distribution, &self.bins) {
            (&SizeDistribution::LogNormal { median, sigma, max }, _) => {
                log_normal(self.seed, key, median, sigma, max)
            }
            (&SizeDistribution::Pareto { min, shape, max }, _) => {
                pareto(self.seed, key, min, shape, max)
            }
            (_, Some((table, ranges))) => {
                let bits = hash(self.seed, key);
                let (low, high) = ranges[table.draw_from_bits(bits) as usize];
                between(hash(bits, key), low, high)
            }
            _ => 0,
        };
        if let Some(entry) = self.memo.get_mut(key as usize) {
            *entry = size;
        }
        size
    }
}

/// Returns a table of the bins' weights, and the smallest and largest size of each bin.
fn prepare_bins(bins: &[(u32, f64)]) -> (AliasTable, Vec<(u32, u32)>) {
    let mut low = 0;
    let ranges = bins.iter().map(|&(high, _)| {
        let range = (low, high);
        low = high.saturating_add(1);
        range
    });
    let ranges = ranges.collect();
    (AliasTable::new(bins.iter().map(|&(_, share)| share).collect()), ranges)
}

/// Maps 64 random bits to a number from `min` to `max`, all equally likely.
fn between(bits: u64, min: u32, max: u32) -> u32 {
    let sizes = u128::from(max - min) + 1;
    min + ((u128::from(bits) * sizes) >> 64) as u32
}

/// Computes the time to live of each key.
#[derive(Clone, Copy, Debug)]
pub struct TtlSampler {
    distribution: TtlDistribution,
    seed: u64,
}

impl TtlSampler {
    /// Creates a sampler; its results are independent of the value sizes for the same seed.
    #[must_use]
    pub fn new(distribution: TtlDistribution, seed: u64) -> Self {
        Self { distribution, seed: hash(seed, u64::MAX) }
    }

    /// Returns the time to live of a key in milliseconds; 0 for none.
    #[inline]
    #[must_use]
    pub fn ttl_ms(&self, key: u64) -> u32 {
        match self.distribution {
            TtlDistribution::None => 0,
            TtlDistribution::Fixed { ttl_ms } => ttl_ms,
            TtlDistribution::Uniform { min_ms, max_ms } => {
                between(hash(self.seed, key), min_ms, max_ms)
            }
        }
    }
}

/// Hashes key and seed with the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn hash(seed: u64, key: u64) -> u64 {
    let mut x = seed.wrapping_add(key.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Computes a log-normal size by the method of Box and Muller (1958); at least 1.
fn log_normal(seed: u64, key: u64, median: u32, sigma: f64, max: u32) -> u32 {
    let first = hash(seed, key);
    let second = hash(first, key);
    let radius = libm::sqrt(-2.0 * libm::log(open_unit_from_bits(first)));
    let normal = radius * libm::cos(std::f64::consts::TAU * open_unit_from_bits(second));
    let size = f64::from(median) * libm::exp(sigma * normal);
    libm::round(size).clamp(1.0, f64::from(max)) as u32
}

/// Computes a Pareto-distributed size: a share (min / x)^shape exceeds x; limited to `max`.
fn pareto(seed: u64, key: u64, min: u32, shape: f64, max: u32) -> u32 {
    let size = f64::from(min) * libm::pow(open_unit_from_bits(hash(seed, key)), -1.0 / shape);
    libm::floor(size).clamp(f64::from(min), f64::from(max)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memoized_sizes_equal_computed_ones() {
        let sizes = SizeDistribution::LogNormal { median: 500, sigma: 1.0, max: 100_000 };
        let mut memoized = SizeSampler::new(sizes.clone(), 9, 1_000);
        let mut computed = SizeSampler::new(sizes, 9, u64::MAX);
        for key in (0..1_000).chain(0..1_000) {
            assert_eq!(memoized.bytes(key), computed.bytes(key));
        }
    }

    #[test]
    fn sizes_follow_their_distribution() {
        let mut uniform = SizeSampler::new(SizeDistribution::Uniform { min: 10, max: 19 }, 1, 0);
        let mut counts = [0; 10];
        for key in 0..10_000 {
            counts[uniform.bytes(key) as usize - 10] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");

        let distribution = SizeDistribution::LogNormal { median: 500, sigma: 0.8, max: u32::MAX };
        let mut sizes = SizeSampler::new(distribution, 1, 20_000);
        let logs: Vec<f64> = (0..20_000).map(|key| f64::from(sizes.bytes(key)).ln()).collect();
        let mean = logs.iter().sum::<f64>() / 20_000.0;
        let variance = logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / 20_000.0;
        assert!((mean - 500_f64.ln()).abs() < 0.03, "{mean}");
        assert!((variance.sqrt() - 0.8).abs() < 0.03, "{variance}");
    }

    #[test]
    fn pareto_and_histogram_have_the_expected_tails() {
        let distribution = SizeDistribution::Pareto { min: 100, shape: 1.5, max: u32::MAX };
        let mut sizes = SizeSampler::new(distribution, 1, 0);
        let above =
            |sizes: &mut SizeSampler, x: u32| (0..50_000).filter(|&k| sizes.bytes(k) >= x).count();
        // 50,000 · (1/2)^1.5 and 50,000 · (1/10)^1.5, each within five standard deviations.
        assert!((17_131..18_225).contains(&above(&mut sizes, 200)));
        assert!((1_386..1_778).contains(&above(&mut sizes, 1_000)));

        let bins = vec![(9, 0.5), (99, 0.0), (199, 0.5)];
        let mut sizes = SizeSampler::new(SizeDistribution::Histogram { bins }, 1, 50_000);
        assert!((24_440..25_560).contains(&above(&mut sizes, 100)));
        assert!((0..50_000).all(|key| matches!(sizes.bytes(key), 0..10 | 100..200)));
    }

    #[test]
    fn ttls_are_uniform_and_fixed_by_key() {
        let ttls = TtlSampler::new(TtlDistribution::Uniform { min_ms: 10, max_ms: 19 }, 1);
        let mut counts = [0; 10];
        for key in 0..10_000 {
            assert_eq!(ttls.ttl_ms(key), ttls.ttl_ms(key));
            counts[ttls.ttl_ms(key) as usize - 10] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        assert_eq!(TtlSampler::new(TtlDistribution::None, 1).ttl_ms(7), 0);
    }
}
