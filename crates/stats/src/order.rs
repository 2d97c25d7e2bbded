//! Orders of trials within rounds: random, and balanced over the rounds.
//!
//! A fixed or merely shuffled order lets whoever runs first, or after a heavy neighbour, carry
//! that advantage into the figures. Here each block of rounds is a Williams design (E. J.
//! Williams, "Experimental designs balanced for the estimation of residual effects of
//! treatments", Australian Journal of Scientific Research A 2, 1949): every entrant stands once
//! at every position, and every entrant follows every other one equally often. The names of the
//! entrants and the order of the rounds within the block are drawn anew for each block.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The order of `entrants` trials in each of `rounds` rounds, as indices below `entrants`.
///
/// Over each block of `entrants` rounds (counted from the first) everyone is at every position
/// exactly once; over each block of `entrants` rounds for an even number, twice that for an odd
/// one, everyone directly follows every other one equally often. Of a block that is cut short
/// the counts differ by at most one. The same arguments give the same orders, and a longer run
/// begins with the orders of a shorter one.
#[must_use]
pub fn balanced(entrants: usize, rounds: usize, seed: u64) -> Vec<Vec<usize>> {
    if entrants == 0 {
        return vec![Vec::new(); rounds];
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut orders = Vec::with_capacity(rounds);
    while orders.len() < rounds {
        orders.extend(block(entrants, &mut rng));
    }
    orders.truncate(rounds);
    orders
}

/// One block: a Latin square, for an odd number of entrants followed by its mirror image.
fn block(entrants: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut names: Vec<usize> = (0..entrants).collect();
    names.shuffle(rng);
    let mut square: Vec<Vec<usize>> = (0..entrants)
        .map(|shift| zigzag(entrants).map(|place| names[(place + shift) % entrants]).collect())
        .collect();
    square.shuffle(rng);
    if entrants.is_multiple_of(2) || entrants == 1 {
        return square;
    }
    let mut mirror: Vec<Vec<usize>> =
        square.iter().map(|row| row.iter().rev().copied().collect()).collect();
    mirror.shuffle(rng);
    square.extend(mirror);
    square
}

/// 0, 1, n − 1, 2, n − 2, …: neighbours whose differences modulo n are all different.
fn zigzag(entrants: usize) -> impl Iterator<Item = usize> {
    (0..entrants).map(move |step| {
        if step % 2 == 1 { step.div_ceil(2) } else { (entrants - step / 2) % entrants }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often each entrant stands at each position, and follows each other one.
    fn count(orders: &[Vec<usize>], n: usize) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let (mut at, mut after) = (vec![vec![0; n]; n], vec![vec![0; n]; n]);
        for order in orders {
            for (position, &entrant) in order.iter().enumerate() {
                at[entrant][position] += 1;
            }
            for pair in order.windows(2) {
                after[pair[1]][pair[0]] += 1;
            }
        }
        (at, after)
    }

    #[test]
    fn whole_blocks_are_balanced_exactly() {
        for n in 2..=9 {
            let block = if n % 2 == 0 { n } else { 2 * n };
            let (at, after) = count(&balanced(n, 3 * block, 7), n);
            for entrant in 0..n {
                assert!(at[entrant].iter().all(|&c| c == 3 * block / n), "{n} entrants: {at:?}");
                for other in (0..n).filter(|&other| other != entrant) {
                    assert_eq!(after[entrant][other], 3 * block / n, "{n} entrants");
                }
            }
        }
    }

    #[test]
    fn broken_blocks_differ_by_at_most_one() {
        for n in 2..=8 {
            for rounds in 1..=40 {
                let orders = balanced(n, rounds, 11);
                assert_eq!(orders.len(), rounds);
                let (at, after) = count(&orders, n);
                let column = |position: usize| at.iter().map(move |counts| counts[position]);
                for position in 0..n {
                    let column: Vec<usize> = column(position).collect();
                    let spread = column.iter().max().unwrap() - column.iter().min().unwrap();
                    assert!(spread <= 1, "{n} entrants, {rounds} rounds: {column:?}");
                }
                let neighbours: Vec<usize> =
                    (0..n * n).filter(|i| i / n != i % n).map(|i| after[i / n][i % n]).collect();
                let spread = neighbours.iter().max().unwrap() - neighbours.iter().min().unwrap();
                assert!(spread <= if n % 2 == 0 { 1 } else { 2 }, "{n} entrants, {rounds} rounds");
            }
        }
    }

    #[test]
    fn every_round_is_a_permutation_and_the_seed_decides() {
        for order in balanced(5, 23, 3) {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
        }
        assert_eq!(balanced(5, 23, 3), balanced(5, 23, 3));
        assert_eq!(balanced(5, 23, 3)[..], balanced(5, 40, 3)[..23]);
        assert_ne!(balanced(5, 23, 3), balanced(5, 23, 4));
    }

    #[test]
    fn tiny_cases() {
        assert_eq!(balanced(0, 2, 1), [Vec::<usize>::new(), Vec::new()]);
        assert_eq!(balanced(1, 2, 1), [[0], [0]]);
        assert!(balanced(3, 0, 1).is_empty());
    }
}
