//! Creates random, balanced orders of the trials within rounds.
//!
//! In a fixed or merely shuffled order, a variant benefits from its position or from its
//! predecessor. Here each block of rounds is a Williams design (E. J. Williams, "Experimental
//! designs balanced for the estimation of residual effects of treatments", Australian Journal of
//! Scientific Research A 2, 1949): every variant has every position once and follows every other
//! variant equally often. Each block assigns variants and orders its rounds at random.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Returns the order of `variants` trials in each of `rounds` rounds, as indices.
///
/// In each block of `variants` rounds, every variant has every position once. In each block (two
/// blocks for an odd number of variants), every variant directly follows every other one equally
/// often. In an incomplete block, the counts differ by at most one. The same arguments give the
/// same orders, and a longer run starts with the orders of a shorter one.
#[must_use]
pub fn balanced(variants: usize, rounds: usize, seed: u64) -> Vec<Vec<usize>> {
    if variants == 0 {
        return vec![Vec::new(); rounds];
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut orders = Vec::with_capacity(rounds);
    while orders.len() < rounds {
        orders.extend(block(variants, &mut rng));
    }
    orders.truncate(rounds);
    orders
}

/// Creates one block: a Latin square, followed by its mirror image for an odd number of variants.
fn block(variants: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut names: Vec<usize> = (0..variants).collect();
    names.shuffle(rng);
    let mut square: Vec<Vec<usize>> = (0..variants)
        .map(|shift| zigzag(variants).map(|place| names[(place + shift) % variants]).collect())
        .collect();
    square.shuffle(rng);
    if variants.is_multiple_of(2) || variants == 1 {
        return square;
    }
    let mut mirror: Vec<Vec<usize>> =
        square.iter().map(|row| row.iter().rev().copied().collect()).collect();
    mirror.shuffle(rng);
    square.extend(mirror);
    square
}

/// Returns the sequence 0, 1, n − 1, 2, n − 2, …, in which all differences of neighbors modulo n
/// are different.
fn zigzag(variants: usize) -> impl Iterator<Item = usize> {
    (0..variants).map(move |step| {
        if step % 2 == 1 { step.div_ceil(2) } else { (variants - step / 2) % variants }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts how often each variant has each position and follows each other variant.
    fn count(orders: &[Vec<usize>], n: usize) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let (mut at, mut after) = (vec![vec![0; n]; n], vec![vec![0; n]; n]);
        for order in orders {
            for (position, &variant) in order.iter().enumerate() {
                at[variant][position] += 1;
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
            for variant in 0..n {
                assert!(at[variant].iter().all(|&c| c == 3 * block / n), "{n} variants: {at:?}");
                for other in (0..n).filter(|&other| other != variant) {
                    assert_eq!(after[variant][other], 3 * block / n, "{n} variants");
                }
            }
        }
    }

    #[test]
    fn counts_in_incomplete_blocks_differ_by_at_most_two() {
        for n in 2..=8 {
            for rounds in 1..=40 {
                let orders = balanced(n, rounds, 11);
                assert_eq!(orders.len(), rounds);
                let (at, after) = count(&orders, n);
                let column = |position: usize| at.iter().map(move |counts| counts[position]);
                for position in 0..n {
                    let column: Vec<usize> = column(position).collect();
                    let spread = column.iter().max().unwrap() - column.iter().min().unwrap();
                    assert!(spread <= 1, "{n} variants, {rounds} rounds: {column:?}");
                }
                let neighbours: Vec<usize> =
                    (0..n * n).filter(|i| i / n != i % n).map(|i| after[i / n][i % n]).collect();
                let spread = neighbours.iter().max().unwrap() - neighbours.iter().min().unwrap();
                assert!(spread <= if n % 2 == 0 { 1 } else { 2 }, "{n} variants, {rounds} rounds");
            }
        }
    }

    #[test]
    fn every_round_is_a_permutation_that_depends_on_the_seed() {
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
    fn zero_or_one_variant_has_a_trivial_order() {
        assert_eq!(balanced(0, 2, 1), [Vec::<usize>::new(), Vec::new()]);
        assert_eq!(balanced(1, 2, 1), [[0], [0]]);
        assert!(balanced(3, 0, 1).is_empty());
    }
}
