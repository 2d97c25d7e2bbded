//! Logarithmic spacing of integers.

/// Returns at most `count` distinct integers from `low` to `high`, evenly spaced on a log scale.
#[must_use]
pub fn log_spaced(low: u64, high: u64, count: usize) -> Vec<u64> {
    let (from, to) = ((low.max(1) as f64).ln(), (high.max(1) as f64).ln());
    let step = (to - from) / (count.max(2) - 1) as f64;
    let mut numbers: Vec<u64> =
        (0..count).map(|index| (from + step * index as f64).exp().round() as u64).collect();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_includes_both_ends() {
        assert_eq!(log_spaced(1, 1_000, 4), [1, 10, 100, 1_000]);
        assert_eq!(log_spaced(5, 5, 9), [5]);
    }
}
