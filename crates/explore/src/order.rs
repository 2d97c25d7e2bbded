//! The order of trials within rounds: random, and balanced over the rounds.
//!
//! Each block of rounds is a Williams design (E. J. Williams, "Experimental designs balanced for
//! the estimation of residual effects of treatments", 1949): a Latin square in which every cell
//! stands at every place equally often and follows every other cell equally often. With an odd
//! number of cells the square and its mirror image together do so. The seed decides which cell
//! plays which part of the square and in which order its rows come.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rounds after which every cell has stood at every place, and after every other, equally often:
/// `cells` where that is even, else twice as many; 1 where there is nothing to order.
#[must_use]
pub fn block_length(cells: usize) -> usize {
    match cells {
        0 | 1 => 1,
        even if even.is_multiple_of(2) => even,
        odd => 2 * odd,
    }
}

/// The order of the cells `0..cells` in a round. The same arguments give the same order, and
/// rounds can be added later without changing those before.
#[must_use]
pub fn of_round(seed: u64, cells: usize, round: u32) -> Vec<usize> {
    let length = block_length(cells);
    let block = round as usize / length;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(block as u64);
    let mut labels: Vec<usize> = (0..cells).collect();
    labels.shuffle(&mut random);
    let mut rows: Vec<usize> = (0..length).collect();
    rows.shuffle(&mut random);
    williams_row(cells, rows[round as usize % length])
        .into_iter()
        .map(|cell| labels[cell])
        .collect()
}

/// Row `row` of the square: the first row runs 0, 1, n−1, 2, n−2, …; each further row adds one.
fn williams_row(cells: usize, row: usize) -> Vec<usize> {
    let mirrored = row >= cells;
    let mut places: Vec<usize> = (0..cells)
        .map(|place| {
            let zigzag =
                if place.is_multiple_of(2) { cells - place / 2 } else { place.div_ceil(2) };
            (zigzag + row) % cells
        })
        .collect();
    if mirrored {
        places.reverse();
    }
    places
}

/// Where the measured section of a round begins: the same for all cells of the round, spread
/// evenly over the workload from round to round (multiples of the golden ratio, modulo 1, from a
/// seeded start).
#[must_use]
pub fn section_start(seed: u64, requests: u64, round: u32) -> u64 {
    /// 2^64 divided by the golden ratio.
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let first: u64 = ChaCha8Rng::seed_from_u64(seed ^ 0x5EC7_1044).next_u64();
    let share = first.wrapping_add(GOLDEN.wrapping_mul(u64::from(round)));
    ((u128::from(share) * u128::from(requests)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_block_is_balanced(seed: u64, cells in 2_usize..13, block in 0_u32..3) {
            let length = block_length(cells) as u32;
            let mut places = BTreeMap::new();
            let mut follows = BTreeMap::new();
            for round in block * length..(block + 1) * length {
                let order = of_round(seed, cells, round);
                for (place, &cell) in order.iter().enumerate() {
                    *places.entry((cell, place)).or_insert(0) += 1;
                }
                for pair in order.windows(2) {
                    *follows.entry((pair[0], pair[1])).or_insert(0) += 1;
                }
            }
            let often = length / cells as u32;
            prop_assert_eq!(places.len(), cells * cells);
            prop_assert!(places.values().all(|&times| times == often));
            prop_assert_eq!(follows.len(), cells * (cells - 1));
            prop_assert!(follows.values().all(|&times| times == often));
        }

        #[test]
        fn every_round_has_every_cell_once(seed: u64, cells in 0_usize..20, round in 0_u32..100) {
            let mut order = of_round(seed, cells, round);
            prop_assert_eq!(&order, &of_round(seed, cells, round));
            order.sort_unstable();
            prop_assert_eq!(order, (0..cells).collect::<Vec<_>>());
        }

        #[test]
        fn sections_begin_within_the_workload(seed: u64, requests in 1_u64.., round: u32) {
            prop_assert!(section_start(seed, requests, round) < requests);
        }
    }

    #[test]
    fn seeds_give_different_orders() {
        let orders: std::collections::BTreeSet<Vec<usize>> =
            (0..50).map(|seed| of_round(seed, 6, 0)).collect();
        assert!(orders.len() > 40, "{}", orders.len());
    }

    #[test]
    fn sections_spread_over_the_workload() {
        // Twelve points of a golden-ratio sequence leave no gap wider than a fifth.
        let mut starts: Vec<u64> = (0..12).map(|round| section_start(9, 1000, round)).collect();
        starts.sort_unstable();
        let wrap = starts[0] + 1000 - starts[11];
        let gap = starts.windows(2).map(|pair| pair[1] - pair[0]).chain([wrap]).max();
        assert!(gap < Some(200), "{starts:?}");
    }
}
