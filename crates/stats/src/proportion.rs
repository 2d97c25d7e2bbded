//! Confidence interval of a proportion.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::Interval;

/// Returns the Clopper–Pearson interval of a proportion of `k` of `n`, exact and conservative.
///
/// C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
/// case of the binomial", Biometrika 26, 1934. For 0 of 0 it is [0, 1].
#[must_use]
pub fn clopper_pearson(k: u64, n: u64, alpha: f64) -> Interval {
    let k = k.min(n);
    let quantile = |a: u64, b: u64, p: f64| {
        Beta::new(a as f64, b as f64).map_or(f64::NAN, |beta| beta.inverse_cdf(p))
    };
    let low = if k == 0 { 0.0 } else { quantile(k, n - k + 1, alpha / 2.0) };
    let high = if k == n { 1.0 } else { quantile(k + 1, n - k, 1.0 - alpha / 2.0) };
    Interval { low, high, confidence: 1.0 - alpha }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `scipy.stats.binomtest(k, n).proportion_ci(0.95, method="exact")`, scipy 1.17.
    #[test]
    fn intervals_match_scipy() {
        for (k, n, low, high) in KNOWN {
            let interval = clopper_pearson(k, n, 0.05);
            assert!((interval.low - low).abs() < 1e-9, "{k} of {n}: {interval:?}");
            assert!((interval.high - high).abs() < 1e-9, "{k} of {n}: {interval:?}");
        }
        assert_eq!(clopper_pearson(0, 0, 0.05), Interval { low: 0.0, high: 1.0, confidence: 0.95 });
    }

    const KNOWN: [(u64, u64, f64, f64); 5] = [
        (0, 50, 0.0, 0.07112173646420458),
        (4, 50, 0.02222796365490367, 0.19234278359591536),
        (50, 50, 0.9288782635357954, 1.0),
        (37, 1000, 0.02618270884399008, 0.0506411230599609),
        (950, 1000, 0.9346095120845064, 0.9626646023953394),
    ];
}
