//! Detects outliers. They are marked in the results but never removed.

use crate::median::median;

/// Smallest modified Z-score of an outlier (B. Iglewicz and D. C. Hoaglin, "How to Detect and
/// Handle Outliers", ASQC 1993).
pub const THRESHOLD: f64 = 3.5;

/// Returns the indices of samples whose modified Z-score is above [`THRESHOLD`].
///
/// The score is 0.6745 · |x − median| / MAD, with the median absolute deviation MAD. If more than
/// half of the samples are equal, the MAD is 0. Then the mean absolute deviation is used, scaled so
/// that 1.2533 times its value is one standard deviation.
#[must_use]
pub fn outliers(samples: &[f64]) -> Vec<usize> {
    let Some(middle) = median(samples) else { return Vec::new() };
    let distances: Vec<f64> = samples.iter().map(|sample| (sample - middle).abs()).collect();
    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
    let deviation = match median(&distances) {
        Some(mad) if mad > 0.0 => mad / 0.6745,
        _ => mean * 1.2533,
    };
    if deviation <= 0.0 {
        return Vec::new();
    }
    (0..samples.len()).filter(|&place| distances[place] / deviation > THRESHOLD).collect()
}
