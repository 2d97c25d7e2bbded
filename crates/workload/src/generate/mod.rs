//! Generates the requests of a workload from a seed, identically on every machine.
//!
//! Each request stream draws its keys and its operations from two separate ChaCha8 streams, so that
//! changing the mix of operations does not change the keys. Popularity changes, arrivals and the
//! choice between tenants have separate ChaCha8 streams, too. Logarithms and powers come from
//! `libm`, because the last digits of the system's functions differ between machines.

mod action_sampler;
mod arrival_clock;
mod distributions;
mod key_generator;
mod popularity;
mod random_streams;
mod request_output;
mod stream_state;
mod value_samplers;

use rand_chacha::ChaCha8Rng;

pub use action_sampler::{Action, ActionSampler};
pub use arrival_clock::ArrivalClock;
pub use distributions::cycle::Cycle;
pub use distributions::exponential::Exponential;
pub use distributions::hotspot::Hotspot;
pub use distributions::latest::Latest;
pub use distributions::related_keys::RelatedKeys;
pub use distributions::reuse::ReuseGenerator;
pub use distributions::scrambled_zipf::ScrambledZipf;
pub use distributions::uniform::Uniform;
pub use distributions::zipf::{GrowingZipf, Zipf};
pub use value_samplers::{SizeSampler, TtlSampler};

use crate::scenario::{GeneratedPlan, SizeDistribution, TtlDistribution, WorkloadPhase};
use crate::source::{Sink, SinkStop};
use distributions::alias_table::AliasTable;
use random_streams::random_stream;
use request_output::RequestOutput;
use stream_state::{RandomPurpose, StreamState};

/// Version of the generators, raised when a change makes a scenario produce other requests.
pub const VERSION: u32 = 2;

// Numbers of ChaCha8 streams. Request stream n uses 2n for its keys and 2n + 1 for its operations.
const FIRST_POPULARITY_STREAM: u64 = 1 << 32;
const FIRST_CHOICE_STREAM: u64 = 2 << 32;
const ARRIVAL_STREAM: u64 = 3 << 32;

/// State of a phase, kept between its repetitions.
struct PhaseState {
    requests: u64,
    streams: Vec<StreamState>,
    /// Weights and random numbers for the choice of a stream; `None` for a single stream.
    weights: Option<(AliasTable, ChaCha8Rng)>,
}

impl PhaseState {
    fn new(phase: &WorkloadPhase, repeat: u64, seed: u64, index: u64, first_stream: u64) -> Self {
        let stream = |(number, stream): (u64, &crate::scenario::RequestStream)| {
            let tenant = (number - first_stream).min(u64::from(u16::MAX)) as u16;
            let random = |usage: RandomPurpose| match usage {
                RandomPurpose::Keys => random_stream(seed, 2 * number),
                RandomPurpose::Operations => random_stream(seed, 2 * number + 1),
                RandomPurpose::Popularity => random_stream(seed, FIRST_POPULARITY_STREAM + number),
            };
            let requests = phase.requests.saturating_mul(repeat);
            StreamState::new(stream, tenant, requests, random)
        };
        let weights: Vec<f64> = phase.streams.iter().map(|stream| stream.weight).collect();
        Self {
            requests: phase.requests,
            streams: (first_stream..).zip(&phase.streams).map(stream).collect(),
            weights: (weights.len() > 1).then(|| {
                (AliasTable::new(weights), random_stream(seed, FIRST_CHOICE_STREAM + index))
            }),
        }
    }

    /// Generates the requests of one repetition.
    fn run(&mut self, output: &mut RequestOutput<'_>) -> Result<(), SinkStop> {
        output.remaining = self.requests;
        for stream in &mut self.streams {
            stream.start_repetition();
        }
        match &mut self.weights {
            None => {
                let stream = &mut self.streams[0];
                while output.remaining > 0 {
                    stream.run_action(output)?;
                }
            }
            Some((weights, random)) => {
                while output.remaining > 0 {
                    self.streams[weights.draw(random) as usize].run_action(output)?;
                }
            }
        }
        Ok(())
    }
}

/// Generates the requests of a plan and sends them to `sink`.
///
/// # Errors
/// [`SinkStop`] as soon as the sink accepts no more requests.
pub fn generate(
    plan: &GeneratedPlan,
    sizes: &SizeDistribution,
    ttls: TtlDistribution,
    seed: u64,
    sink: &mut dyn Sink,
) -> Result<(), SinkStop> {
    let mut output = RequestOutput {
        sink,
        sizes: SizeSampler::new(sizes.clone(), seed, key_limit(plan)),
        ttls: TtlSampler::new(ttls, seed),
        clock: plan
            .arrivals
            .map(|arrivals| ArrivalClock::new(arrivals, random_stream(seed, ARRIVAL_STREAM))),
        remaining: 0,
        groups: 0,
    };
    let mut first_stream = 0;
    let mut phases = Vec::new();
    for (index, phase) in (0..).zip(&plan.phases) {
        phases.push(PhaseState::new(phase, plan.repeat, seed, index, first_stream));
        first_stream += phase.streams.len() as u64;
    }
    for _ in 0..plan.repeat {
        for phase in &mut phases {
            phase.run(&mut output)?;
        }
    }
    Ok(())
}

/// Returns a number above all keys that a plan can produce.
#[must_use]
pub fn key_limit(plan: &GeneratedPlan) -> u64 {
    let limits = plan.phases.iter().flat_map(|phase| {
        let requests = phase.requests.saturating_mul(plan.repeat);
        phase.streams.iter().map(move |stream| stream.key_limit(requests))
    });
    limits.max().unwrap_or(0)
}
