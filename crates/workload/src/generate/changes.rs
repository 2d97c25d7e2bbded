//! Popularity that does not stay: drift, churn, bursts.

use rand_chacha::ChaCha8Rng;

use super::uniform::Uniform;
use super::{open_unit, unit};
use crate::scenario::{Bursts, Changes};

/// Turns the keys of a generator into those that are asked for at the moment.
#[derive(Debug)]
pub struct Changing {
    random: ChaCha8Rng,
    keys: Uniform,
    span: u64,
    drift: f64,
    moved: f64,
    churn: f64,
    due: f64,
    /// The key that stands at every place, once the first was born.
    standing: Vec<u64>,
    bursts: Option<Bursting>,
}

#[derive(Debug)]
struct Bursting {
    plan: Bursts,
    until_next: u64,
    left: u64,
    hot: Vec<u64>,
}

impl Changing {
    /// `None` where nothing changes. `span` is the number of keys of the generator.
    #[must_use]
    pub fn new(changes: Changes, span: u64, mut random: ChaCha8Rng) -> Option<Self> {
        if changes == Changes::default() {
            return None;
        }
        let bursts = changes.bursts.map(|plan| Bursting {
            until_next: gap(plan.every, &mut random),
            plan,
            left: 0,
            hot: Vec::new(),
        });
        Some(Self {
            random,
            keys: Uniform::new(span),
            span,
            drift: changes.drift,
            moved: 0.0,
            churn: changes.churn,
            due: 0.0,
            standing: Vec::new(),
            bursts,
        })
    }

    /// The key to ask for; `born` counts the keys that came into being, and numbers the next.
    pub fn apply(&mut self, key: u64, born: &mut u64) -> u64 {
        let mut key = key;
        if self.drift > 0.0 {
            self.moved += self.drift;
            if self.moved >= self.span as f64 {
                self.moved -= self.span as f64;
            }
            key = (key + self.moved as u64) % self.span;
        }
        if self.bursts.is_some() {
            key = self.burst(key);
        }
        if self.churn > 0.0 {
            self.due += self.churn;
            while self.due >= 1.0 {
                self.due -= 1.0;
                self.give_birth(born);
            }
            if let Some(&standing) = self.standing.get(key as usize) {
                key = standing;
            }
        }
        key
    }

    /// Some key dies, and a new one takes its place.
    fn give_birth(&mut self, born: &mut u64) {
        if self.standing.is_empty() {
            self.standing = (0..self.span).collect();
        }
        let place = self.keys.draw(&mut self.random) as usize;
        self.standing[place] = self.span + *born;
        *born += 1;
    }

    fn burst(&mut self, key: u64) -> u64 {
        let Some(bursts) = &mut self.bursts else { return key };
        if bursts.left > 0 {
            bursts.left -= 1;
            if unit(&mut self.random) < bursts.plan.share {
                let which = Uniform::new(bursts.hot.len() as u64).draw(&mut self.random);
                return bursts.hot[which as usize];
            }
            return key;
        }
        bursts.until_next -= 1;
        if bursts.until_next == 0 {
            bursts.until_next = gap(bursts.plan.every, &mut self.random);
            bursts.left = bursts.plan.length;
            bursts.hot.clear();
            bursts.hot.extend((0..bursts.plan.keys).map(|_| self.keys.draw(&mut self.random)));
        }
        key
    }
}

/// Requests to the next burst: at random, `mean` on average, at least 1.
fn gap(mean: u64, random: &mut ChaCha8Rng) -> u64 {
    (libm::ceil(-libm::log(open_unit(random)) * mean as f64) as u64).max(1)
}
