//! How popularity falls from the first key to the last.

use serde::Serialize;

use super::log_spaced;
use crate::compiled::Workload;

/// Zipf's law fitted to the counts of keys by rank.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skew {
    /// Requests of rank k are proportional to k^−exponent.
    pub exponent: f64,
    /// Goodness of the straight line on logarithmic axes (R²): 1 where Zipf's law holds exactly.
    pub r_squared: f64,
    /// Share of the requests that the most popular hundredth of the keys gets.
    pub top_percent_share: f64,
    /// Ranks from 1, logarithmically spread, and the requests of the key there.
    pub ranks: Vec<(u64, u64)>,
}

/// The fit by least squares of log count against log rank, at ranks spread evenly over the
/// logarithm, so that the many keys of the tail do not outvote the head. Keys that are asked for
/// once are left out: their count says no more than that they exist.
pub(super) fn skew(workload: &Workload) -> Option<Skew> {
    let mut counts = vec![0_u32; workload.header().unique_keys as usize];
    for &id in workload.ids() {
        counts[id as usize] = counts[id as usize].saturating_add(1);
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top = &counts[..(counts.len() / 100).max(1)];
    let top: u64 = top.iter().map(|&count| u64::from(count)).sum();
    let again = counts.partition_point(|&count| count > 1);
    let count_at = |rank: u64| (rank, u64::from(counts[rank as usize - 1]));
    if again == 0 {
        return None;
    }
    let points: Vec<(f64, f64)> = log_spaced(1, again as u64, 100)
        .into_iter()
        .map(count_at)
        .map(|(rank, count)| ((rank as f64).ln(), (count as f64).ln()))
        .collect();
    let (slope, r_squared) = line(&points);
    Some(Skew {
        exponent: -slope,
        r_squared,
        top_percent_share: top as f64 / workload.requests() as f64,
        ranks: log_spaced(1, counts.len() as u64, 60).into_iter().map(count_at).collect(),
    })
}

/// Slope and R² of the straight line through points; a level line fits equal heights exactly.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|&(x, y)| of(x - x_mean, y - y_mean)).sum()
    };
    let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
    if xx == 0.0 || yy == 0.0 {
        return (0.0, 1.0);
    }
    (xy / xx, xy * xy / (xx * yy))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_straight_line_is_found() {
        let points: Vec<(f64, f64)> =
            (0..10).map(|x| (f64::from(x), 3.0 - 0.5 * f64::from(x))).collect();
        let (slope, r_squared) = line(&points);
        assert!((slope + 0.5).abs() < 1e-12 && (r_squared - 1.0).abs() < 1e-12);
        assert_eq!(line(&[(0.0, 1.0), (1.0, 1.0)]), (0.0, 1.0));
    }
}
