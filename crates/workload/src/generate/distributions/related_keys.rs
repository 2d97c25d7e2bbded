//! Related keys in a hierarchy, for example a user, one of their orders, and all its items.

use rand_chacha::rand_core::Rng;

use super::uniform::Uniform;
use super::zipf::Zipf;

/// Draws keys in visits; a visit consists of several related keys.
///
/// A visit reads a key of the top level (Zipf's law), one random child on each intermediate level,
/// and all children on the last level.
#[derive(Debug)]
pub struct RelatedKeys {
    parents: Zipf,
    levels: Vec<HierarchyLevel>,
    visit: Vec<u64>,
}

#[derive(Debug)]
struct HierarchyLevel {
    first_key: u64,
    children: u64,
    choice: Uniform,
}

impl RelatedKeys {
    /// Creates a hierarchy of `keys` top-level keys; a key on level i has `children[i]` children.
    #[must_use]
    pub fn new(keys: u64, exponent: f64, children: &[u32]) -> Self {
        let (mut first_key, mut count) = (0_u64, keys);
        let levels = children
            .iter()
            .map(|&children| {
                let children = u64::from(children);
                first_key = first_key.saturating_add(count);
                count = count.saturating_mul(children);
                HierarchyLevel { first_key, children, choice: Uniform::new(children) }
            })
            .collect();
        Self { parents: Zipf::new(keys, exponent), levels, visit: Vec::new() }
    }

    /// Returns the next key of the current visit, or the first key of a new visit.
    pub fn draw(&mut self, random: &mut impl Rng) -> u64 {
        if let Some(key) = self.visit.pop() {
            return key;
        }
        // Index of the current key within its level.
        let mut parent = self.parents.draw(random) - 1;
        let top = parent;
        let last = self.levels.len().saturating_sub(1);
        for (index, level) in self.levels.iter().enumerate() {
            let first_child = parent * level.children;
            if index == last {
                self.visit.extend((0..level.children).map(|c| level.first_key + first_child + c));
            } else {
                parent = first_child + level.choice.draw(random);
                self.visit.push(level.first_key + parent);
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
    fn a_visit_reads_one_path_and_all_children_of_its_end() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut related = RelatedKeys::new(10, 1.0, &[3, 2]);
        for _ in 0..1_000 {
            let [user, order, first, second] = std::array::from_fn(|_| related.draw(&mut random));
            assert!(user < 10 && (10..40).contains(&order));
            assert_eq!((order - 10) / 3, user);
            assert_eq!([first, second], [40 + (order - 10) * 2, 41 + (order - 10) * 2]);
        }
    }
}
