//! Detects samples in two groups, as from a machine that alternates between two speeds.
//!
//! The samples are split where the squared distances to the means of the parts are smallest (N.
//! Otsu, "A threshold selection method from gray-level histograms", 1979). The parts are two groups
//! if Ashman's D = √2·|μ₁ − μ₂| / √(σ₁² + σ₂²) is large (K. M. Ashman, C. M. Bird and S. E. Zepf,
//! "Detecting bimodality in astronomical datasets", 1994) and neither part is a few outliers.

/// Two groups of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoGroups {
    /// Mean of the lower group.
    pub low: f64,
    /// Mean of the upper group.
    pub high: f64,
    /// Fraction of the samples in the upper group.
    pub high_share: f64,
}

/// Smallest value of Ashman's D that counts as two groups. A normal sample split at its mean
/// has a D of 2.7. With this limit, at most 1 of 100 sets of 12 to 60 normal samples is found
/// bimodal (tested).
const MIN_ASHMAN_D: f64 = 6.0;
/// Minimum fraction of the samples in each group; see also [`MIN_COUNT`].
const MIN_SHARE: f64 = 0.1;
/// Minimum number of samples in each group.
const MIN_COUNT: usize = 3;

/// Returns the two groups of `samples`. Pass logarithms if ratios matter more than differences.
///
/// `None` if there is only one group, for fewer than eight samples, or if a sample is not finite.
#[must_use]
pub fn bimodal(samples: &[f64]) -> Option<TwoGroups> {
    if samples.len() < 8 || samples.iter().any(|sample| !sample.is_finite()) {
        return None;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let least = MIN_COUNT.max((MIN_SHARE * n as f64).ceil() as usize);
    let (low, high) = (least..=n - least)
        .map(|cut| (Part::of(&sorted[..cut]), Part::of(&sorted[cut..])))
        .min_by(|a, b| (a.0.scatter + a.1.scatter).total_cmp(&(b.0.scatter + b.1.scatter)))?;
    let spread = (low.variance() + high.variance()).sqrt();
    let apart = high.mean - low.mean;
    (apart > 0.0 && std::f64::consts::SQRT_2 * apart > MIN_ASHMAN_D * spread).then(|| TwoGroups {
        low: low.mean,
        high: high.mean,
        high_share: high.count / n as f64,
    })
}

/// One part of a split.
#[derive(Clone, Copy)]
struct Part {
    count: f64,
    mean: f64,
    /// Sum of squared distances to the mean.
    scatter: f64,
}

impl Part {
    fn of(samples: &[f64]) -> Self {
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let scatter = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
        Self { count, mean, scatter }
    }

    fn variance(&self) -> f64 {
        self.scatter / (self.count - 1.0)
    }
}
