//! What a request of a stream does.

use rand_chacha::rand_core::Rng;

use crate::scenario::Mix;

/// What is done to a key that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is read.
    Read,
    /// It is written.
    Write,
    /// It is deleted.
    Delete,
    /// A new key is written instead.
    Insert,
    /// It is read, and those behind it.
    Scan,
    /// It is read and then written.
    Modify,
}

const ACTIONS: [Action; 5] =
    [Action::Write, Action::Delete, Action::Insert, Action::Scan, Action::Modify];

/// Draws actions in given shares.
#[derive(Clone, Copy, Debug)]
pub struct OpMix {
    all_reads: bool,
    /// Draws below the bound of an action, and not of one before, are that action.
    below: [u64; 5],
}

impl OpMix {
    /// Shares that add up to 1.
    #[must_use]
    pub fn new(mix: Mix) -> Self {
        // 2^64 as a float; the casts saturate.
        const ALL: f64 = 18_446_744_073_709_551_616.0;
        let mut sum = 0.0;
        let below = [mix.writes, mix.deletes, mix.inserts, mix.scans, mix.modifies].map(|share| {
            sum += share;
            (sum * ALL) as u64
        });
        Self { all_reads: sum == 0.0, below }
    }

    /// One action; nothing is drawn where all are reads.
    #[inline]
    pub fn draw(&self, random: &mut impl Rng) -> Action {
        if self.all_reads {
            return Action::Read;
        }
        let drawn = random.next_u64();
        let place = self.below.iter().position(|&below| drawn < below);
        place.map_or(Action::Read, |place| ACTIONS[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn actions_come_in_their_shares() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let shares = [0.4, 0.2, 0.1, 0.15, 0.1, 0.05];
        let [reads, writes, deletes, inserts, scans, modifies] = shares;
        let mix = Mix { reads, writes, deletes, inserts, scans, modifies, scan_length: 1 };
        let mix = OpMix::new(mix);
        let mut counts = [0_f64; 6];
        for _ in 0..100_000 {
            counts[mix.draw(&mut random) as usize] += 1.0;
        }
        for (count, share) in counts.iter().zip(shares) {
            // Five standard deviations of a share of 100,000.
            assert!((count / 100_000.0 - share).abs() < 5.0 * 0.0016, "{counts:?}");
        }
    }
}
