//! Start of the measured window in each round.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Returns the index of the first measured request of a round, which is equal for all cells.
///
/// The starts are multiples of the golden ratio modulo 1, shifted by the seed. So they cover the
/// workload evenly.
#[must_use]
pub fn start(seed: u64, requests: u64, round: u32) -> u64 {
    /// 2^64 divided by the golden ratio.
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let first: u64 = ChaCha8Rng::seed_from_u64(seed).next_u64();
    let share = first.wrapping_add(GOLDEN.wrapping_mul(u64::from(round)));
    ((u128::from(share) * u128::from(requests)) >> 64) as u64
}

/// Derives the seed of a scenario's orders and windows from the seed of the exploration.
pub(crate) fn seed_of(seed: u64, scenario: &str) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(scenario.as_bytes()).as_bytes()[..8]);
    seed ^ u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn windows_start_within_the_workload(seed: u64, requests in 1_u64.., round: u32) {
            prop_assert!(start(seed, requests, round) < requests);
        }
    }

    #[test]
    fn windows_cover_the_workload_evenly() {
        // Twelve points of a golden-ratio sequence leave no gap above 20 %.
        let mut starts: Vec<u64> = (0..12).map(|round| start(9, 1000, round)).collect();
        starts.sort_unstable();
        let wrap = starts[0] + 1000 - starts[11];
        let gap = starts.windows(2).map(|pair| pair[1] - pair[0]).chain([wrap]).max();
        assert!(gap < Some(200), "{starts:?}");
    }
}
