//! One stream of requests under way: its keys, what is done to them, and how they change.

use rand_chacha::ChaCha8Rng;

use super::changes::Changing;
use super::keys::KeySource;
use super::mix::{Action, OpMix};
use super::output::Output;
use super::uniform::Uniform;
use crate::compiled::Op;
use crate::scenario::Stream;
use crate::source::Stop;

/// A stream, kept from one visit of its phase to the next.
#[derive(Debug)]
pub(super) struct Running {
    keys: KeySource,
    first_key: u64,
    span: u64,
    born: u64,
    tenant: u16,
    mix: OpMix,
    scan_length: Uniform,
    changes: Option<Changing>,
    key_random: ChaCha8Rng,
    op_random: ChaCha8Rng,
}

impl Running {
    /// A stream at its beginning; `random` makes a generator of random numbers for each purpose.
    pub(super) fn new(
        stream: &Stream,
        tenant: u16,
        requests: u64,
        random: impl Fn(u64) -> ChaCha8Rng,
    ) -> Self {
        let span = stream.generator.keys();
        Self {
            keys: KeySource::new(&stream.generator, requests),
            first_key: stream.generator.first_key(),
            span,
            born: 0,
            tenant,
            mix: OpMix::new(stream.mix),
            scan_length: Uniform::new(u64::from(stream.mix.scan_length)),
            changes: Changing::new(stream.changes, span, random(2)),
            key_random: random(0),
            op_random: random(1),
        }
    }

    /// A further visit begins.
    pub(super) fn visit(&mut self) {
        self.keys.visit();
    }

    /// Makes the request, or the requests, of one action.
    #[inline]
    pub(super) fn act(&mut self, out: &mut Output<'_>) -> Result<(), Stop> {
        let action = self.mix.draw(&mut self.op_random);
        if action == Action::Insert {
            let key = self.first_key + self.span + self.born;
            self.born += 1;
            self.keys.grow();
            return out.emit(key, Op::Write, self.tenant, 0);
        }
        let mut key = self.keys.draw(&mut self.key_random);
        if let Some(changes) = &mut self.changes {
            key = changes.apply(key, &mut self.born);
        }
        let (key, tenant) = (self.first_key + key, self.tenant);
        match action {
            Action::Read | Action::Insert => out.emit(key, Op::Read, tenant, 0),
            Action::Write => out.emit(key, Op::Write, tenant, 0),
            Action::Delete => out.emit(key, Op::Delete, tenant, 0),
            Action::Modify => {
                out.emit(key, Op::Read, tenant, 0)?;
                out.emit(key, Op::Write, tenant, 0)
            }
            Action::Scan => self.scan(key, out),
        }
    }

    /// Reads a key and those behind it, as far as there are any, under one group number.
    fn scan(&mut self, key: u64, out: &mut Output<'_>) -> Result<(), Stop> {
        let length = 1 + self.scan_length.draw(&mut self.op_random);
        let end = self.first_key + self.span + self.born;
        let group = out.next_group();
        (key..end.min(key + length)).try_for_each(|key| out.emit(key, Op::Read, self.tenant, group))
    }
}
