//! Skew of popularity: a fit of Zipf's law.

use serde::Serialize;

use super::log_spacing::log_spaced;
use crate::compiled::Workload;

/// Zipf's law fitted to the number of requests by rank of popularity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skew {
    /// Exponent s: the requests of rank k are proportional to k^−s.
    pub exponent: f64,
    /// Coefficient of determination (R²) of the fit on log-log axes; 1 for an exact Zipf's law.
    pub r_squared: f64,
    /// Share of the requests that go to the most popular 1 % of the keys.
    pub top_percent_share: f64,
    /// Pairs of a rank, from 1, and the requests of its key, at log-spaced ranks.
    pub ranks: Vec<(u64, u64)>,
}

/// Fits log count against log rank by least squares; `None` if no key is requested twice.
///
/// The ranks are log-spaced, so that the long tail does not dominate the fit. Keys with a single
/// request are excluded.
pub(super) fn fit_zipf(workload: &Workload) -> Option<Skew> {
    let mut counts = vec![0_u32; workload.header().unique_keys as usize];
    for &id in workload.ids() {
        counts[id as usize] = counts[id as usize].saturating_add(1);
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top = &counts[..(counts.len() / 100).max(1)];
    let top: u64 = top.iter().map(|&count| u64::from(count)).sum();
    let repeated = counts.partition_point(|&count| count > 1);
    let count_at = |rank: u64| (rank, u64::from(counts[rank as usize - 1]));
    if repeated == 0 {
        return None;
    }
    let points: Vec<(f64, f64)> = log_spaced(1, repeated as u64, 100)
        .into_iter()
        .map(count_at)
        .map(|(rank, count)| ((rank as f64).ln(), (count as f64).ln()))
        .collect();
    let (slope, r_squared) = linear_fit(&points);
    Some(Skew {
        // Not `-slope`, which is −0 for equal counts.
        exponent: 0.0 - slope,
        r_squared,
        top_percent_share: top as f64 / workload.requests() as f64,
        ranks: log_spaced(1, counts.len() as u64, 60).into_iter().map(count_at).collect(),
    })
}

/// Returns slope and R² of the least-squares line; (0, 1) if all x or all y are equal.
fn linear_fit(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|&(x, y)| term(x - x_mean, y - y_mean)).sum()
    };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    if xx == 0.0 || yy == 0.0 {
        return (0.0, 1.0);
    }
    (xy / xx, xy * xy / (xx * yy))
}

#[cfg(test)]
mod tests {
    use super::linear_fit;

    #[test]
    fn points_on_a_line_are_fitted_exactly() {
        let points: Vec<(f64, f64)> =
            (0..10).map(|x| (f64::from(x), 3.0 - 0.5 * f64::from(x))).collect();
        let (slope, r_squared) = linear_fit(&points);
        assert!((slope + 0.5).abs() < 1e-12 && (r_squared - 1.0).abs() < 1e-12);
        assert_eq!(linear_fit(&[(0.0, 1.0), (1.0, 1.0)]), (0.0, 1.0));
    }
}
