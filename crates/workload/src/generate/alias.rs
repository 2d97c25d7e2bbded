//! Walker's alias table: any discrete distribution in one draw and one look.
//!
//! A. J. Walker, "An efficient method for generating discrete random variables with general
//! distributions", ACM TOMS 3 (1977); set up as M. D. Vose, IEEE TSE 17 (1991), found it stable.

use rand_chacha::rand_core::Rng;

/// A table over the outcomes 0 to n − 1.
#[derive(Debug)]
pub(super) struct AliasTable {
    cells: Vec<Cell>,
}

/// A cell holds its own outcome with probability `threshold` / 2^32, else its alias.
#[derive(Clone, Copy, Debug)]
struct Cell {
    threshold: u32,
    alias: u32,
}

impl AliasTable {
    /// A table of outcomes with probabilities proportional to `weights`: finite, above 0 in sum,
    /// at least one and at most 2^32 − 1 of them.
    pub(super) fn new(mut weights: Vec<f64>) -> Self {
        let count = weights.len();
        // From the smallest on, which loses least.
        let sum: f64 = weights.iter().rev().sum();
        let scale = count as f64 / sum;
        let mut cells = vec![Cell { threshold: u32::MAX, alias: 0 }; count];
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (index, weight) in weights.iter_mut().enumerate() {
            *weight *= scale;
            cells[index].alias = index as u32;
            if *weight < 1.0 { small.push(index) } else { large.push(index) }
        }
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            cells[poor] = Cell { threshold: threshold(weights[poor]), alias: rich as u32 };
            weights[rich] = (weights[rich] + weights[poor]) - 1.0;
            if weights[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        // What is left in either list is 1 but for rounding: such a cell is its own alias.
        Self { cells }
    }

    /// One outcome. Of one draw of 64 bits, the product's high half chooses the cell, and its low
    /// half, uniform within the cell, the outcome.
    #[inline]
    pub(super) fn draw(&self, random: &mut impl Rng) -> u32 {
        self.of_bits(random.next_u64())
    }

    /// The outcome that 64 random bits stand for.
    #[inline]
    pub(super) fn of_bits(&self, bits: u64) -> u32 {
        let product = u128::from(bits) * self.cells.len() as u128;
        let index = (product >> 64) as usize;
        let cell = self.cells[index];
        if ((product >> 32) as u32) < cell.threshold { index as u32 } else { cell.alias }
    }
}

fn threshold(probability: f64) -> u32 {
    // The cast saturates.
    libm::round(probability * 4_294_967_296.0) as u32
}
