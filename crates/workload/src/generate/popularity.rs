//! Popularity that changes over time: drift, churn and bursts.

use rand_chacha::ChaCha8Rng;

use super::distributions::uniform::Uniform;
use super::random_streams::{open_unit, unit};
use crate::scenario::{Bursts, PopularityChanges};

/// Maps the keys of a generator to the keys that are popular at the moment.
#[derive(Debug)]
pub struct PopularityState {
    random: ChaCha8Rng,
    keys: Uniform,
    /// Number of keys of the generator.
    span: u64,
    drift: f64,
    /// Distance, in keys, by which popularity has moved; below `span`.
    drifted: f64,
    churn: f64,
    /// Accumulated fraction of the next key replacement.
    pending_churn: f64,
    /// Current key by generated key; empty before the first replacement.
    current_keys: Vec<u64>,
    bursts: Option<BurstState>,
}

#[derive(Debug)]
struct BurstState {
    plan: Bursts,
    requests_until_next: u64,
    requests_left: u64,
    hot_keys: Vec<u64>,
}

impl PopularityState {
    /// Creates the state for a generator of `span` keys; `None` if popularity does not change.
    #[must_use]
    pub fn new(changes: PopularityChanges, span: u64, mut random: ChaCha8Rng) -> Option<Self> {
        if changes == PopularityChanges::default() {
            return None;
        }
        let bursts = changes.bursts.map(|plan| BurstState {
            requests_until_next: draw_gap(plan.every, &mut random),
            plan,
            requests_left: 0,
            hot_keys: Vec::new(),
        });
        Some(Self {
            random,
            keys: Uniform::new(span),
            span,
            drift: changes.drift,
            drifted: 0.0,
            churn: changes.churn,
            pending_churn: 0.0,
            current_keys: Vec::new(),
            bursts,
        })
    }

    /// Maps a generated key to the key to request.
    ///
    /// `new_keys` is the number of keys added to the generator's own keys so far.
    pub fn map_key(&mut self, key: u64, new_keys: &mut u64) -> u64 {
        let mut key = key;
        if self.drift > 0.0 {
            self.drifted += self.drift;
            if self.drifted >= self.span as f64 {
                self.drifted -= self.span as f64;
            }
            key = (key + self.drifted as u64) % self.span;
        }
        if self.bursts.is_some() {
            key = self.apply_burst(key);
        }
        if self.churn > 0.0 {
            self.pending_churn += self.churn;
            while self.pending_churn >= 1.0 {
                self.pending_churn -= 1.0;
                self.replace_key(new_keys);
            }
            if let Some(&current) = self.current_keys.get(key as usize) {
                key = current;
            }
        }
        key
    }

    /// Replaces a random key by a new one of the same popularity.
    fn replace_key(&mut self, new_keys: &mut u64) {
        if self.current_keys.is_empty() {
            self.current_keys = (0..self.span).collect();
        }
        let index = self.keys.draw(&mut self.random) as usize;
        self.current_keys[index] = self.span + *new_keys;
        *new_keys += 1;
    }

    fn apply_burst(&mut self, key: u64) -> u64 {
        let Some(bursts) = &mut self.bursts else { return key };
        if bursts.requests_left > 0 {
            bursts.requests_left -= 1;
            if unit(&mut self.random) < bursts.plan.share {
                let hot_key = Uniform::new(bursts.hot_keys.len() as u64);
                return bursts.hot_keys[hot_key.draw(&mut self.random) as usize];
            }
            return key;
        }
        bursts.requests_until_next -= 1;
        if bursts.requests_until_next == 0 {
            bursts.requests_until_next = draw_gap(bursts.plan.every, &mut self.random);
            bursts.requests_left = bursts.plan.length;
            bursts.hot_keys.clear();
            bursts.hot_keys.extend((0..bursts.plan.keys).map(|_| self.keys.draw(&mut self.random)));
        }
        key
    }
}

/// Draws the number of requests until the next burst: exponential with the given mean, at least 1.
fn draw_gap(mean: u64, random: &mut ChaCha8Rng) -> u64 {
    (libm::ceil(-libm::log(open_unit(random)) * mean as f64) as u64).max(1)
}
