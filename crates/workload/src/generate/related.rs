//! Keys that belong together: a user, one of their orders, and all its items.

use rand_chacha::rand_core::Rng;

use super::uniform::Uniform;
use super::zipf::Zipf;

/// Draws whole visits: a key of the first level by Zipf's law, one of its children on every level
/// between, and all children of the last.
#[derive(Debug)]
pub struct Related {
    parents: Zipf,
    levels: Vec<Level>,
    visit: Vec<u64>,
}

#[derive(Debug)]
struct Level {
    first_key: u64,
    children: u64,
    choice: Uniform,
}

impl Related {
    /// `keys` keys at the top, each with `children[0]` on the next level, and so on.
    #[must_use]
    pub fn new(keys: u64, exponent: f64, children: &[u32]) -> Self {
        let (mut first_key, mut count) = (0_u64, keys);
        let levels = children
            .iter()
            .map(|&children| {
                let children = u64::from(children);
                first_key = first_key.saturating_add(count);
                count = count.saturating_mul(children);
                Level { first_key, children, choice: Uniform::new(children) }
            })
            .collect();
        Self { parents: Zipf::new(keys, exponent), levels, visit: Vec::new() }
    }

    /// Keys on all levels together.
    #[must_use]
    pub fn keys(keys: u64, children: &[u32]) -> u64 {
        let mut count = keys;
        children.iter().fold(keys, |sum, &children| {
            count = count.saturating_mul(u64::from(children));
            sum.saturating_add(count)
        })
    }

    /// The next key: of the visit under way, or the first of a new one.
    pub fn draw(&mut self, random: &mut impl Rng) -> u64 {
        if let Some(key) = self.visit.pop() {
            return key;
        }
        let mut place = self.parents.draw(random) - 1;
        let top = place;
        let last = self.levels.len().saturating_sub(1);
        for (index, level) in self.levels.iter().enumerate() {
            let first_child = place * level.children;
            if index == last {
                self.visit.extend((0..level.children).map(|c| level.first_key + first_child + c));
            } else {
                place = first_child + level.choice.draw(random);
                self.visit.push(level.first_key + place);
            }
        }
        self.visit.reverse();
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn a_visit_goes_from_the_top_to_all_of_the_last_level() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut related = Related::new(10, 1.0, &[3, 2]);
        assert_eq!(Related::keys(10, &[3, 2]), 10 + 30 + 60);
        for _ in 0..1_000 {
            let [user, order, first, second] = std::array::from_fn(|_| related.draw(&mut random));
            assert!(user < 10 && (10..40).contains(&order));
            assert_eq!((order - 10) / 3, user);
            assert_eq!([first, second], [40 + (order - 10) * 2, 41 + (order - 10) * 2]);
        }
    }
}
