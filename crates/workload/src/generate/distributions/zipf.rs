//! Zipf's law: the probability of rank k is proportional to k^−s.

use rand_chacha::rand_core::Rng;

use super::alias_table::AliasTable;
use crate::generate::random_streams::unit;

/// Largest number of keys for which a table is used (8 bytes per key).
///
/// Distributions over more keys use rejection sampling, which needs no memory.
const TABLE_LIMIT: u64 = 1 << 20;

/// Draws ranks from 1 to n from the exact distribution, for any exponent of at least 0.
#[derive(Debug)]
pub struct Zipf {
    method: SamplingMethod,
}

#[derive(Debug)]
enum SamplingMethod {
    Table(AliasTable),
    Rejection(RejectionInversion),
}

impl Zipf {
    /// Creates a distribution over the ranks 1 to `keys` (at least 1).
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        let method = if keys <= TABLE_LIMIT {
            let weight = |rank: u64| libm::pow(rank as f64, -exponent);
            SamplingMethod::Table(AliasTable::new((1..=keys.max(1)).map(weight).collect()))
        } else {
            SamplingMethod::Rejection(RejectionInversion::new(keys, exponent))
        };
        Self { method }
    }

    /// Draws one rank.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        match &self.method {
            SamplingMethod::Table(table) => u64::from(table.draw(random)) + 1,
            SamplingMethod::Rejection(rejection) => rejection.draw(random),
        }
    }
}

/// Zipf's law over a growing number of ranks.
#[derive(Debug)]
pub struct GrowingZipf {
    keys: u64,
    ranks: RejectionInversion,
}

impl GrowingZipf {
    /// Creates a distribution over the ranks 1 to `keys` (at least 1).
    #[must_use]
    pub fn new(keys: u64, exponent: f64) -> Self {
        let keys = keys.max(1);
        Self { keys, ranks: RejectionInversion::new(keys, exponent) }
    }

    /// Returns the number of ranks.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// Adds a rank.
    pub fn grow(&mut self) {
        self.keys += 1;
        self.ranks = RejectionInversion::new(self.keys, self.ranks.exponent);
    }

    /// Draws one rank.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> u64 {
        self.ranks.draw(random)
    }
}

/// Sampler by rejection-inversion.
///
/// W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", ACM TOMACS 6 (1996). With h(x) = x^−s and its integral H, a uniform value of H
/// is inverted and rounded to a rank. The rank is accepted if the point is also below the histogram
/// of h; fewer than one point in five are rejected.
#[derive(Debug)]
struct RejectionInversion {
    keys: f64,
    exponent: f64,
    /// Lower end of the range of H: H(3/2) − h(1), so that all points of rank 1 are accepted.
    low: f64,
    /// Upper end of the range of H: H(n + 1/2).
    high: f64,
    /// Points at most this far below their rank are accepted without a test.
    always_accept: f64,
}

impl RejectionInversion {
    fn new(keys: u64, exponent: f64) -> Self {
        let keys = keys as f64;
        let mut this = Self { keys, exponent, low: 0.0, high: 0.0, always_accept: 0.0 };
        this.low = this.integral(1.5) - 1.0;
        this.high = this.integral(keys + 0.5);
        this.always_accept = 2.0 - this.inverse(this.integral(2.5) - this.density(2.0));
        this
    }

    fn draw(&self, random: &mut impl Rng) -> u64 {
        loop {
            let point = self.high + unit(random) * (self.low - self.high);
            let x = self.inverse(point);
            let rank = libm::floor(x + 0.5).clamp(1.0, self.keys);
            if rank - x <= self.always_accept
                || point >= self.integral(rank + 0.5) - self.density(rank)
            {
                return rank as u64;
            }
        }
    }

    /// Computes h(x) = x^−s.
    fn density(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// Computes H(x) = (x^(1−s) − 1) / (1 − s), or log x for s = 1.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        log * expm1_ratio((1.0 - self.exponent) * log)
    }

    /// Computes the inverse of H.
    fn inverse(&self, y: f64) -> f64 {
        let t = (y * (1.0 - self.exponent)).max(-1.0);
        libm::exp(y * log1p_ratio(t))
    }
}

/// Computes (e^x − 1) / x, which is 1 at x = 0.
fn expm1_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::expm1(x) / x } else { 1.0 + x * 0.5 }
}

/// Computes log(1 + x) / x, which is 1 at x = 0.
fn log1p_ratio(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::log1p(x) / x } else { 1.0 - x * 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    const EXPONENTS: [f64; 6] = [0.0, 0.5, 0.99, 1.0, 1.5, 3.0];

    /// Pearson's chi-squared statistic against the exact frequencies, as a normal deviate (Wilson
    /// and Hilferty, 1931). Ranks with fewer than 20 expected draws are pooled.
    fn deviate(keys: u64, exponent: f64, mut draw: impl FnMut() -> u64) -> f64 {
        const DRAWS: f64 = 400_000.0;
        let weights: Vec<f64> = (1..=keys).map(|rank| (rank as f64).powf(-exponent)).collect();
        let sum: f64 = weights.iter().rev().sum();
        let mut counts = vec![0_u64; keys as usize];
        for _ in 0..DRAWS as u64 {
            counts[draw() as usize - 1] += 1;
        }
        let (mut statistic, mut classes) = (0.0, 0.0);
        let (mut expected, mut seen) = (0.0, 0.0);
        for (rank, weight) in weights.iter().enumerate() {
            expected += DRAWS * weight / sum;
            seen += counts[rank] as f64;
            if expected >= 20.0 || rank + 1 == keys as usize {
                statistic += (seen - expected) * (seen - expected) / expected.max(1e-300);
                classes += 1.0;
                (expected, seen) = (0.0, 0.0);
            }
        }
        let freedom: f64 = classes - 1.0;
        let spread = 2.0 / (9.0 * freedom);
        ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
    }

    #[test]
    fn both_methods_match_the_exact_frequencies() {
        for exponent in EXPONENTS {
            for keys in [2, 10, 1_000] {
                let mut random = ChaCha8Rng::seed_from_u64(7);
                let table = Zipf::new(keys, exponent);
                let deviation = deviate(keys, exponent, || table.draw(&mut random));
                assert!(deviation < 4.0, "table, {keys} keys, {exponent}: {deviation}");
                let rejection = RejectionInversion::new(keys, exponent);
                let deviation = deviate(keys, exponent, || rejection.draw(&mut random));
                assert!(deviation < 4.0, "rejection, {keys} keys, {exponent}: {deviation}");
            }
        }
    }

    #[test]
    fn the_test_statistic_detects_a_wrong_exponent() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let zipf = Zipf::new(1_000, 1.0);
        assert!(deviate(1_000, 0.98, || zipf.draw(&mut random)) > 4.0);
    }

    #[test]
    fn ranks_stay_within_bounds_for_any_number_of_keys() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for keys in [1, 2, TABLE_LIMIT, TABLE_LIMIT + 1, 1 << 40, 1 << 62] {
            for exponent in EXPONENTS {
                let zipf = Zipf::new(keys, exponent);
                for _ in 0..1_000 {
                    let rank = zipf.draw(&mut random);
                    assert!((1..=keys).contains(&rank), "{keys} keys, {exponent}: {rank}");
                }
            }
        }
    }
}
