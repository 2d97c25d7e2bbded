//! Generator of the keys of one request stream.

use rand_chacha::ChaCha8Rng;

use super::distributions::cycle::Cycle;
use super::distributions::exponential::Exponential;
use super::distributions::hotspot::Hotspot;
use super::distributions::latest::Latest;
use super::distributions::related_keys::RelatedKeys;
use super::distributions::reuse::ReuseGenerator;
use super::distributions::scrambled_zipf::ScrambledZipf;
use super::distributions::uniform::Uniform;
use super::distributions::zipf::Zipf;
use crate::scenario::Generator;

/// Key generator of a stream with its state; the keys start at 0.
#[derive(Debug)]
pub(super) enum KeyGenerator {
    Zipf(Zipf),
    ScrambledZipf(ScrambledZipf),
    Uniform(Uniform),
    Hotspot(Hotspot),
    Exponential(Exponential),
    Latest(Latest),
    Cycle { cycle: Cycle, restarts: bool },
    Related(RelatedKeys),
    Reuse(Box<ReuseGenerator>),
}

impl KeyGenerator {
    /// Creates a generator; `requests` is the expected total number of requests.
    pub(super) fn new(generator: &Generator, requests: u64) -> Self {
        match *generator {
            Generator::Zipf { keys, exponent, .. } => Self::Zipf(Zipf::new(keys, exponent)),
            Generator::ScrambledZipf { keys, exponent, .. } => {
                Self::ScrambledZipf(ScrambledZipf::new(keys, exponent))
            }
            Generator::Uniform { keys, .. } => Self::Uniform(Uniform::new(keys)),
            Generator::Hotspot { keys, hot_keys, hot_requests, .. } => {
                Self::Hotspot(Hotspot::new(keys, hot_keys, hot_requests))
            }
            Generator::Exponential { keys, percentile, share, .. } => {
                Self::Exponential(Exponential::new(keys, percentile, share))
            }
            Generator::Latest { keys, exponent, .. } => Self::Latest(Latest::new(keys, exponent)),
            Generator::Scan { keys, .. } => {
                Self::Cycle { cycle: Cycle::new(keys), restarts: false }
            }
            Generator::Loop { keys, .. } => Self::Cycle { cycle: Cycle::new(keys), restarts: true },
            Generator::Related { keys, exponent, ref children, .. } => {
                Self::Related(RelatedKeys::new(keys, exponent, children))
            }
            Generator::Reuse { ref plan, .. } => {
                Self::Reuse(Box::new(ReuseGenerator::new(plan, requests)))
            }
        }
    }

    /// Prepares for another repetition of the phase: a loop restarts at its first key.
    pub(super) fn start_repetition(&mut self) {
        if let Self::Cycle { cycle, restarts: true } = self {
            cycle.restart();
        }
    }

    /// Notifies the generator that a key was inserted after the last key.
    pub(super) fn grow(&mut self) {
        if let Self::Latest(latest) = self {
            latest.grow();
        }
    }

    /// Draws the next key.
    #[inline]
    pub(super) fn draw(&mut self, random: &mut ChaCha8Rng) -> u64 {
        match self {
            Self::Zipf(zipf) => zipf.draw(random) - 1,
            Self::ScrambledZipf(zipf) => zipf.draw(random),
            Self::Uniform(uniform) => uniform.draw(random),
            Self::Hotspot(hotspot) => hotspot.draw(random),
            Self::Exponential(exponential) => exponential.draw(random),
            Self::Latest(latest) => latest.draw(random),
            Self::Cycle { cycle, .. } => cycle.draw(),
            Self::Related(related) => related.draw(random),
            Self::Reuse(reuse) => reuse.draw(random),
        }
    }
}
