//! Random numbers for jitter and early reloads.

use crate::atomics::{AtomicU64, Ordering};

/// Returns the next random number in [0, 1), by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub(crate) fn next_unit(state: &AtomicU64) -> f64 {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut mixed = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
