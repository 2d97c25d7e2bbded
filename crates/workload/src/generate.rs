//! Generators: requests out of a seed, the same bytes on every machine.
//!
//! Every phase draws its keys and its operations from two streams of ChaCha8 of its own, so that
//! another mix leaves the keys as they are. Logarithms and powers come from `libm`, not from the
//! system, whose last digits differ from one machine to the next.

mod alias;
mod cycle;
mod mix;
mod uniform;
mod values;
mod zipf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use cycle::Cycle;
pub use mix::OpMix;
pub use uniform::Uniform;
pub use values::ValueSizes;
pub use zipf::Zipf;

use crate::scenario::{Generator, Phase, Values};
use crate::source::{Sink, SourceKey, SourceRequest, Stop};

/// Raised whenever the same scenario comes to give other requests.
pub const VERSION: u32 = 1;

/// What draws the keys of one phase.
enum KeySource {
    Zipf(Zipf),
    Uniform(Uniform),
    Cycle(Cycle),
}

/// A phase under way, kept from one visit to the next.
struct Running {
    keys: KeySource,
    first_key: u64,
    requests: u64,
    mix: OpMix,
    key_random: ChaCha8Rng,
    op_random: ChaCha8Rng,
    restarts: bool,
}

impl Running {
    fn new(phase: &Phase, seed: u64, index: u64) -> Self {
        let (keys, first_key, restarts) = match phase.generator {
            Generator::Zipf { keys, exponent, first_key } => {
                (KeySource::Zipf(Zipf::new(keys, exponent)), first_key, false)
            }
            Generator::Uniform { keys, first_key } => {
                (KeySource::Uniform(Uniform::new(keys)), first_key, false)
            }
            Generator::Scan { keys, first_key } => {
                (KeySource::Cycle(Cycle::new(keys)), first_key, false)
            }
            Generator::Loop { keys, first_key } => {
                (KeySource::Cycle(Cycle::new(keys)), first_key, true)
            }
        };
        let stream = |number| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(number);
            random
        };
        Self {
            keys,
            first_key,
            requests: phase.requests,
            mix: OpMix::new(phase.mix),
            key_random: stream(2 * index),
            op_random: stream(2 * index + 1),
            restarts,
        }
    }

    fn visit(&mut self, sizes: &mut ValueSizes, sink: &mut dyn Sink) -> Result<(), Stop> {
        let Self { keys, first_key, requests, mix, key_random, op_random, restarts } = self;
        let mut emit = |key: u64| {
            let key = *first_key + key;
            sink.accept(&SourceRequest {
                op: mix.draw(op_random),
                bytes: Some(sizes.of(key)),
                ..SourceRequest::read(SourceKey::Number(key))
            })
        };
        // One loop a generator, so that the choice is made once and not for every request.
        match keys {
            KeySource::Zipf(zipf) => {
                (0..*requests).try_for_each(|_| emit(zipf.draw(key_random) - 1))
            }
            KeySource::Uniform(uniform) => {
                (0..*requests).try_for_each(|_| emit(uniform.draw(key_random)))
            }
            KeySource::Cycle(cycle) => {
                if *restarts {
                    cycle.restart();
                }
                (0..*requests).try_for_each(|_| emit(cycle.draw()))
            }
        }
    }
}

/// Makes the requests of a list of phases, `repeat` times over.
///
/// # Errors
/// [`Stop`] as soon as the sink takes no more.
pub fn generate(
    phases: &[Phase],
    repeat: u64,
    values: Values,
    seed: u64,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut sizes = ValueSizes::new(values, seed, key_limit(phases));
    let mut running: Vec<Running> =
        (0..).zip(phases).map(|(index, phase)| Running::new(phase, seed, index)).collect();
    for _ in 0..repeat {
        for phase in &mut running {
            phase.visit(&mut sizes, sink)?;
        }
    }
    Ok(())
}

/// The first number that is no key of any phase.
#[must_use]
pub fn key_limit(phases: &[Phase]) -> u64 {
    phases.iter().map(|phase| phase.generator.key_limit()).max().unwrap_or(0)
}
