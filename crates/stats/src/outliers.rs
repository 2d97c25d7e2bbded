//! Samples that lie far from the others: marked, never dropped.

use crate::median::median;

/// Modified Z-scores above this are marked (B. Iglewicz and D. C. Hoaglin, "How to Detect and
/// Handle Outliers", ASQC 1993).
pub const THRESHOLD: f64 = 3.5;

/// The places of the samples whose modified Z-score, 0.6745 · |x − median| / MAD, is above
/// [`THRESHOLD`]. Where more than half of the samples are equal the MAD is 0, and the mean
/// absolute deviation takes its place, scaled likewise (1.2533 of it is one standard deviation).
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
