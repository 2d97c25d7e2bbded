//! Choice of the operation of each generated request.

use rand_chacha::rand_core::Rng;

use crate::scenario::OperationMix;

/// Action on a drawn key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read the key.
    Read,
    /// Write the key.
    Write,
    /// Delete the key.
    Delete,
    /// Write a new key instead of the drawn one.
    Insert,
    /// Read the key and several keys after it.
    Scan,
    /// Read the key, then write it.
    ReadModifyWrite,
}

const ACTIONS: [Action; 5] =
    [Action::Write, Action::Delete, Action::Insert, Action::Scan, Action::ReadModifyWrite];

/// Draws actions with the shares of an [`OperationMix`].
#[derive(Clone, Copy, Debug)]
pub struct ActionSampler {
    all_reads: bool,
    /// Cumulative shares of [`ACTIONS`], scaled to 2^64; the rest are reads.
    thresholds: [u64; 5],
}

impl ActionSampler {
    /// Creates a sampler; the shares of `mix` must add up to 1.
    #[must_use]
    pub fn new(mix: OperationMix) -> Self {
        // 2^64 as a float; the casts saturate.
        const SCALE: f64 = 18_446_744_073_709_551_616.0;
        let mut sum = 0.0;
        let shares = [mix.writes, mix.deletes, mix.inserts, mix.scans, mix.read_modify_writes];
        let thresholds = shares.map(|share| {
            sum += share;
            (sum * SCALE) as u64
        });
        Self { all_reads: sum == 0.0, thresholds }
    }

    /// Draws one action; uses no random number if all actions are reads.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> Action {
        if self.all_reads {
            return Action::Read;
        }
        let bits = random.next_u64();
        let index = self.thresholds.iter().position(|&threshold| bits < threshold);
        index.map_or(Action::Read, |index| ACTIONS[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn actions_are_drawn_with_their_shares() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let shares = [0.4, 0.2, 0.1, 0.15, 0.1, 0.05];
        let [reads, writes, deletes, inserts, scans, read_modify_writes] = shares;
        let sampler = ActionSampler::new(OperationMix {
            reads,
            writes,
            deletes,
            inserts,
            scans,
            read_modify_writes,
            scan_length: 1,
        });
        let mut counts = [0_f64; 6];
        for _ in 0..100_000 {
            counts[sampler.draw(&mut random) as usize] += 1.0;
        }
        for (count, share) in counts.iter().zip(shares) {
            // Five standard deviations of a share estimated from 100,000 draws.
            assert!((count / 100_000.0 - share).abs() < 5.0 * 0.0016, "{counts:?}");
        }
    }
}
