//! How large the value of a key is: the same each time it is asked for.

use crate::scenario::Values;

/// Largest key space for which drawn sizes are kept (4 bytes a key).
const MEMO_LIMIT: u64 = 1 << 24;
const UNKNOWN: u32 = u32::MAX;

/// Value sizes by key.
#[derive(Debug)]
pub struct ValueSizes {
    values: Values,
    seed: u64,
    memo: Vec<u32>,
}

impl ValueSizes {
    /// Sizes for keys below `key_limit`.
    #[must_use]
    pub fn new(values: Values, seed: u64, key_limit: u64) -> Self {
        let costly = matches!(values, Values::LogNormal { .. });
        let kept = if costly && key_limit <= MEMO_LIMIT { key_limit as usize } else { 0 };
        Self { values, seed, memo: vec![UNKNOWN; kept] }
    }

    /// The size of a key's value in bytes.
    #[inline]
    pub fn of(&mut self, key: u64) -> u32 {
        match self.values {
            Values::Fixed { bytes } => bytes,
            Values::Uniform { min, max } => {
                let sizes = u128::from(max - min) + 1;
                min + ((u128::from(mixed(self.seed, key)) * sizes) >> 64) as u32
            }
            Values::LogNormal { median, sigma, max } => {
                let drawn = || log_normal(self.seed, key, median, sigma, max);
                match self.memo.get_mut(key as usize) {
                    Some(kept) if *kept != UNKNOWN => *kept,
                    Some(kept) => {
                        *kept = drawn();
                        *kept
                    }
                    None => drawn(),
                }
            }
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
    let unit = |bits: u64| ((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0);
    let first = mixed(seed, key);
    let second = mixed(first, key);
    let radius = libm::sqrt(-2.0 * libm::log(unit(first)));
    let normal = radius * libm::cos(std::f64::consts::TAU * unit(second));
    let size = f64::from(median) * libm::exp(sigma * normal);
    libm::round(size).clamp(1.0, f64::from(max)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_size() {
        let values = Values::LogNormal { median: 500, sigma: 1.0, max: 100_000 };
        let mut kept = ValueSizes::new(values, 9, 1_000);
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
}
