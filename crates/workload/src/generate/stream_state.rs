//! State of one request stream: its keys, operations and popularity changes.

use bakeoff_compiled::Op;
use rand_chacha::ChaCha8Rng;

use super::action_sampler::{Action, ActionSampler};
use super::distributions::uniform::Uniform;
use super::key_generator::KeyGenerator;
use super::popularity::PopularityState;
use super::request_output::RequestOutput;
use crate::scenario::RequestStream;
use crate::source::SinkStop;

/// Purpose of a random stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum RandomPurpose {
    Keys,
    Operations,
    Popularity,
}

/// State of a stream, kept between repetitions of its phase.
#[derive(Debug)]
pub(super) struct StreamState {
    keys: KeyGenerator,
    first_key: u64,
    /// Number of keys of the generator.
    span: u64,
    /// Number of keys added by inserts and churn.
    new_keys: u64,
    tenant: u16,
    actions: ActionSampler,
    scan_length: Uniform,
    popularity: Option<PopularityState>,
    key_random: ChaCha8Rng,
    op_random: ChaCha8Rng,
}

impl StreamState {
    /// Creates the initial state; `random` returns the random stream for each purpose.
    pub(super) fn new(
        stream: &RequestStream,
        tenant: u16,
        requests: u64,
        random: impl Fn(RandomPurpose) -> ChaCha8Rng,
    ) -> Self {
        let span = stream.generator.keys();
        Self {
            keys: KeyGenerator::new(&stream.generator, requests),
            first_key: stream.generator.first_key(),
            span,
            new_keys: 0,
            tenant,
            actions: ActionSampler::new(stream.mix),
            scan_length: Uniform::new(u64::from(stream.mix.scan_length)),
            popularity: PopularityState::new(
                stream.changes,
                span,
                random(RandomPurpose::Popularity),
            ),
            key_random: random(RandomPurpose::Keys),
            op_random: random(RandomPurpose::Operations),
        }
    }

    /// Prepares for another repetition of the phase.
    pub(super) fn start_repetition(&mut self) {
        self.keys.start_repetition();
    }

    /// Draws one action and emits its requests.
    #[inline]
    pub(super) fn run_action(&mut self, output: &mut RequestOutput<'_>) -> Result<(), SinkStop> {
        let action = self.actions.draw(&mut self.op_random);
        if action == Action::Insert {
            let key = self.first_key + self.span + self.new_keys;
            self.new_keys += 1;
            self.keys.grow();
            return output.emit(key, Op::Write, self.tenant, 0);
        }
        let mut key = self.keys.draw(&mut self.key_random);
        if let Some(popularity) = &mut self.popularity {
            key = popularity.map_key(key, &mut self.new_keys);
        }
        let (key, tenant) = (self.first_key + key, self.tenant);
        match action {
            Action::Read | Action::Insert => output.emit(key, Op::Read, tenant, 0),
            Action::Write => output.emit(key, Op::Write, tenant, 0),
            Action::Delete => output.emit(key, Op::Delete, tenant, 0),
            Action::ReadModifyWrite => {
                output.emit(key, Op::Read, tenant, 0)?;
                output.emit(key, Op::Write, tenant, 0)
            }
            Action::Scan => self.scan(key, output),
        }
    }

    /// Reads consecutive keys as one group, up to the last existing key.
    fn scan(&mut self, key: u64, output: &mut RequestOutput<'_>) -> Result<(), SinkStop> {
        let length = 1 + self.scan_length.draw(&mut self.op_random);
        let end = self.first_key + self.span + self.new_keys;
        let group = output.next_group();
        (key..end.min(key + length))
            .try_for_each(|key| output.emit(key, Op::Read, self.tenant, group))
    }
}
