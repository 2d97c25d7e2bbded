//! Walker's alias method: draws from any discrete distribution in constant time.
//!
//! A. J. Walker, "An efficient method for generating discrete random variables with general
//! distributions", ACM TOMS 3 (1977); numerically stable setup by M. D. Vose, IEEE TSE 17 (1991).

use rand_chacha::rand_core::Rng;

/// Alias table over the outcomes 0 to n − 1.
#[derive(Debug)]
pub(in crate::generate) struct AliasTable {
    columns: Vec<AliasColumn>,
}

/// Column that yields its own index with probability `threshold` / 2^32, otherwise `alias`.
#[derive(Clone, Copy, Debug)]
struct AliasColumn {
    threshold: u32,
    alias: u32,
}

impl AliasTable {
    /// Creates a table with probabilities proportional to `weights`.
    ///
    /// The weights must be finite, with a positive sum, and from 1 to 2^32 − 1 in number.
    pub(in crate::generate) fn new(mut weights: Vec<f64>) -> Self {
        let count = weights.len();
        // Weights mostly fall with the index; summing the small ones first limits rounding errors.
        let sum: f64 = weights.iter().rev().sum();
        let scale = count as f64 / sum;
        let mut columns = vec![AliasColumn { threshold: u32::MAX, alias: 0 }; count];
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (index, weight) in weights.iter_mut().enumerate() {
            *weight *= scale;
            columns[index].alias = index as u32;
            if *weight < 1.0 { small.push(index) } else { large.push(index) }
        }
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            columns[poor] = AliasColumn { threshold: threshold(weights[poor]), alias: rich as u32 };
            weights[rich] = (weights[rich] + weights[poor]) - 1.0;
            if weights[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        // The remaining weights equal 1 up to rounding; these columns keep themselves as alias.
        Self { columns }
    }

    /// Draws one outcome.
    #[inline]
    pub(in crate::generate) fn draw(&self, random: &mut impl Rng) -> u32 {
        self.draw_from_bits(random.next_u64())
    }

    /// Maps 64 random bits to an outcome.
    ///
    /// In the product of bits and table length, the high half selects the column. The low half is
    /// uniform within the column and is compared with its threshold.
    #[inline]
    pub(in crate::generate) fn draw_from_bits(&self, bits: u64) -> u32 {
        let product = u128::from(bits) * self.columns.len() as u128;
        let index = (product >> 64) as usize;
        let column = self.columns[index];
        if ((product >> 32) as u32) < column.threshold { index as u32 } else { column.alias }
    }
}

fn threshold(probability: f64) -> u32 {
    // The cast saturates.
    libm::round(probability * 4_294_967_296.0) as u32
}
