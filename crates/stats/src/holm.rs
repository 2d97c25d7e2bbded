//! Holm's correction of p-values.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
//! Statistics 6, 1979. [`crate::joint`] applies the same steps to intervals.

/// Returns the corrected p-values in the given order, at most 1.
///
/// A corrected p-value can be compared with the joint level of all hypotheses.
#[must_use]
pub fn adjust(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut highest = 0.0_f64;
    for (step, place) in order.into_iter().enumerate() {
        let left = (p_values.len() - step) as f64;
        highest = highest.max((left * p_values[place]).min(1.0));
        adjusted[place] = highest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::adjust;

    #[test]
    fn corrected_p_values_match_a_hand_calculation() {
        // Sorted 0.005, 0.01, 0.03, 0.04: ·4 = 0.02, ·3 = 0.03, ·2 = 0.06, ·1 = 0.04 → 0.06.
        let adjusted = adjust(&[0.01, 0.04, 0.03, 0.005]);
        for (have, want) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((have - want).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(adjust(&[0.7, 0.6]), [1.0, 1.0]);
        assert_eq!(adjust(&[0.05]), [0.05]);
        assert!(adjust(&[]).is_empty());
    }
}
