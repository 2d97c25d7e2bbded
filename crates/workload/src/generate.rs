//! Generators: requests out of a seed, the same bytes on every machine.
//!
//! Every stream draws its keys and its operations from two streams of ChaCha8 of its own, so that
//! another mix leaves the keys as they are; changes of popularity, arrivals and the choice between
//! tenants have streams of their own too. Logarithms and powers come from `libm`, not from the
//! system, whose last digits differ from one machine to the next.

mod alias;
mod arrivals;
mod changes;
mod cycle;
mod exponential;
mod hotspot;
mod keys;
mod latest;
mod mix;
mod output;
mod related;
mod reuse;
mod scrambled;
mod stream;
mod uniform;
mod values;
mod zipf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub use arrivals::Clock;
pub use cycle::Cycle;
pub use exponential::Exponential;
pub use hotspot::Hotspot;
pub use latest::Latest;
pub use mix::{Action, OpMix};
pub use related::Related;
pub use reuse::Reuse;
pub use scrambled::ScrambledZipf;
pub use uniform::Uniform;
pub use values::{Lifetimes, ValueSizes};
pub use zipf::{GrowingZipf, Zipf};

use crate::scenario::{GeneratedPlan, Lifetime, Phase, Values};
use crate::source::{Sink, Stop};
use alias::AliasTable;
use output::Output;
use stream::Running;

/// Raised whenever the same scenario comes to give other requests.
pub const VERSION: u32 = 2;

/// Purposes of randomness, far from the numbers of streams.
const FIRST_CHANGE: u64 = 1 << 32;
const FIRST_CHOICE: u64 = 2 << 32;
const ARRIVALS: u64 = 3 << 32;

/// A phase under way.
struct RunningPhase {
    requests: u64,
    streams: Vec<Running>,
    weights: Option<(AliasTable, ChaCha8Rng)>,
}

impl RunningPhase {
    fn new(phase: &Phase, repeat: u64, seed: u64, index: u64, first_stream: u64) -> Self {
        let stream = |(number, stream): (u64, &crate::scenario::Stream)| {
            let tenant = (number - first_stream).min(u64::from(u16::MAX)) as u16;
            let random = |purpose: u64| match purpose {
                2 => random(seed, FIRST_CHANGE + number),
                purpose => random(seed, 2 * number + purpose),
            };
            let requests = phase.requests.saturating_mul(repeat);
            Running::new(stream, tenant, requests, random)
        };
        let weights: Vec<f64> = phase.streams.iter().map(|stream| stream.weight).collect();
        Self {
            requests: phase.requests,
            streams: (first_stream..).zip(&phase.streams).map(stream).collect(),
            weights: (weights.len() > 1)
                .then(|| (AliasTable::new(weights), random(seed, FIRST_CHOICE + index))),
        }
    }

    fn visit(&mut self, out: &mut Output<'_>) -> Result<(), Stop> {
        out.left = self.requests;
        for stream in &mut self.streams {
            stream.visit();
        }
        match &mut self.weights {
            None => {
                let stream = &mut self.streams[0];
                while out.left > 0 {
                    stream.act(out)?;
                }
            }
            Some((weights, random)) => {
                while out.left > 0 {
                    self.streams[weights.draw(random) as usize].act(out)?;
                }
            }
        }
        Ok(())
    }
}

/// Makes the requests of a plan.
///
/// # Errors
/// [`Stop`] as soon as the sink takes no more.
pub fn generate(
    plan: &GeneratedPlan,
    values: &Values,
    lifetime: Lifetime,
    seed: u64,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut out = Output {
        sink,
        sizes: ValueSizes::new(values.clone(), seed, key_limit(plan)),
        lifetimes: Lifetimes::new(lifetime, seed),
        clock: plan.arrivals.map(|arrivals| Clock::new(arrivals, random(seed, ARRIVALS))),
        left: 0,
        groups: 0,
    };
    let mut first_stream = 0;
    let mut running = Vec::new();
    for (index, phase) in (0..).zip(&plan.phases) {
        running.push(RunningPhase::new(phase, plan.repeat, seed, index, first_stream));
        first_stream += phase.streams.len() as u64;
    }
    for _ in 0..plan.repeat {
        for phase in &mut running {
            phase.visit(&mut out)?;
        }
    }
    Ok(())
}

/// The first number that is no key of any stream.
#[must_use]
pub fn key_limit(plan: &GeneratedPlan) -> u64 {
    let limits = plan.phases.iter().flat_map(|phase| {
        let requests = phase.requests.saturating_mul(plan.repeat);
        phase.streams.iter().map(move |stream| stream.key_limit(requests))
    });
    limits.max().unwrap_or(0)
}

fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// A number from 0 to below 1.
#[inline]
fn unit(random: &mut impl Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A number above 0 and below 1.
#[inline]
fn open_unit(random: &mut impl Rng) -> f64 {
    open_unit_of(random.next_u64())
}

/// A number above 0 and below 1, out of 64 bits.
#[inline]
fn open_unit_of(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
}
