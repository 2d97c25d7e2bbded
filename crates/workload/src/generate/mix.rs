//! Which operation a request is.

use rand_chacha::rand_core::Rng;

use crate::compiled::Op;
use crate::scenario::Mix;

/// Draws operations in given shares.
#[derive(Clone, Copy, Debug)]
pub struct OpMix {
    all_reads: bool,
    writes_below: u64,
    deletes_below: u64,
}

impl OpMix {
    /// Shares that add up to 1.
    #[must_use]
    pub fn new(mix: Mix) -> Self {
        // 2^64 as a float; the casts saturate.
        const ALL: f64 = 18_446_744_073_709_551_616.0;
        Self {
            all_reads: mix.writes == 0.0 && mix.deletes == 0.0,
            writes_below: (mix.writes * ALL) as u64,
            deletes_below: ((mix.writes + mix.deletes) * ALL) as u64,
        }
    }

    /// One operation; nothing is drawn where all are reads.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> Op {
        if self.all_reads {
            return Op::Read;
        }
        let drawn = random.next_u64();
        if drawn < self.writes_below {
            Op::Write
        } else if drawn < self.deletes_below {
            Op::Delete
        } else {
            Op::Read
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn operations_come_in_their_shares() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mix = OpMix::new(Mix { reads: 0.7, writes: 0.2, deletes: 0.1 });
        let mut counts = [0_f64; 3];
        for _ in 0..100_000 {
            counts[mix.draw(&mut random) as usize] += 1.0;
        }
        for (count, share) in counts.iter().zip([0.7, 0.2, 0.1]) {
            // Five standard deviations of a share of 100,000.
            assert!((count / 100_000.0 - share).abs() < 5.0 * 0.0015, "{counts:?}");
        }
    }
}
