//! What draws the keys of one stream.

use rand_chacha::ChaCha8Rng;

use super::{Cycle, Exponential, Hotspot, Latest, Related, Reuse, ScrambledZipf, Uniform, Zipf};
use crate::scenario::Generator;

/// A generator under way. Keys are numbered from 0.
#[derive(Debug)]
pub(super) enum KeySource {
    Zipf(Zipf),
    ScrambledZipf(ScrambledZipf),
    Uniform(Uniform),
    Hotspot(Hotspot),
    Exponential(Exponential),
    Latest(Latest),
    Cycle { cycle: Cycle, restarts: bool },
    Related(Related),
    Reuse(Box<Reuse>),
}

impl KeySource {
    /// A generator at its beginning, that is to make about `requests` requests.
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
                Self::Related(Related::new(keys, exponent, children))
            }
            Generator::Reuse { ref plan, .. } => Self::Reuse(Box::new(Reuse::new(plan, requests))),
        }
    }

    /// A further visit begins.
    pub(super) fn visit(&mut self) {
        if let Self::Cycle { cycle, restarts: true } = self {
            cycle.restart();
        }
    }

    /// A key was added behind the last.
    pub(super) fn grow(&mut self) {
        if let Self::Latest(latest) = self {
            latest.grow();
        }
    }

    /// The next key.
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
