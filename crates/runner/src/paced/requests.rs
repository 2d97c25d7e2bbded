//! One request of a paced replay, from the moment it is due to the verified answer.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_compiled::Op;
use bakeoff_strategy::{Key, Read, Source, Strategy, Value};
use bytes::Bytes;
use tokio::time::timeout;

use super::findings::Lag;
use super::origin::PacedOrigin;
use super::world::World;
use crate::body::{self, MAX_BODY_BYTES};

/// How long a user waits for an answer before giving up.
const GIVE_UP: Duration = Duration::from_secs(5);

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) index: usize,
    pub(crate) request: bakeoff_compiled::Request,
    /// When, from the schedule's beginning.
    pub(crate) at: Duration,
}

impl Due {
    /// Serves it, and writes down what came of it.
    pub(crate) async fn serve<S: Strategy>(self, strategy: Arc<S>, world: Arc<World>) {
        let done = match self.request.op {
            Op::Read => timeout(GIVE_UP, self.read(&*strategy, &world)).await,
            Op::Write => timeout(GIVE_UP, self.write(&*strategy, &world)).await,
            Op::Delete => timeout(GIVE_UP, self.delete(&*strategy, &world)).await,
        };
        let outcome = done.unwrap_or_else(|_| Err(format!("no answer within {GIVE_UP:?}")));
        if let Err(error) = &outcome {
            world.context.offend(self.index, || error.clone());
        }
        world.findings().answered(self.at, world.elapsed(), outcome.is_err());
    }

    fn id(&self) -> usize {
        self.request.id as usize
    }

    fn key(&self) -> Key {
        Key::from_id(u64::from(self.request.id))
    }

    fn origin(&self, world: &Arc<World>) -> PacedOrigin {
        PacedOrigin::new(world, self.request.bytes, world.options(self.request))
    }

    async fn read<S: Strategy>(&self, strategy: &S, world: &Arc<World>) -> Result<(), String> {
        // What is newest when the request is taken up: a version that came before must be seen.
        let newest = world.ledger.newest(self.id());
        let read = strategy.read(self.key(), &self.origin(world)).await;
        let read = read.map_err(|error| format!("the read failed: {error}"))?;
        self.judge(world, newest, read);
        Ok(())
    }

    async fn write<S: Strategy>(&self, strategy: &S, world: &Arc<World>) -> Result<(), String> {
        world.findings().tally.sums.writes += 1;
        let version = world.ledger.reserve(self.id());
        let value = value(world, self.key(), version, self.request.bytes);
        let options = world.options(self.request);
        let written = strategy.write(self.key(), value, options, &self.origin(world)).await;
        written.map_err(|error| format!("the write failed: {error}"))?;
        world.ledger.acknowledge(self.id(), version);
        Ok(())
    }

    /// Another part of the program changes the row, and removes the key.
    async fn delete<S: Strategy>(&self, strategy: &S, world: &Arc<World>) -> Result<(), String> {
        world.findings().tally.sums.deletes += 1;
        world.change(self.request.id, self.request.bytes).await?;
        let removed = strategy.remove(self.key()).await;
        removed.map_err(|error| format!("the removal failed: {error}"))
    }

    fn judge(&self, world: &World, newest: u64, read: Read) {
        let wrong = |what: String| {
            world.findings().tally.sums.wrong += 1;
            world.context.offend(self.index, || what);
        };
        let (id, key) = (self.request.id, self.key());
        let Some(answer) = read.value else {
            if newest == 0 && world.setting.origin.absent > 0.0 {
                return world.findings().read(id, self.at, Source::Absent, None);
            }
            return wrong(format!("the read of key {id} found nothing, and the origin has a row"));
        };
        let length = answer.body.len();
        if answer.key != key
            || length > MAX_BODY_BYTES
            || *answer.body != *body::slice(world.context.block, key, answer.version, length)
            || (length == 0 && self.request.bytes > 0)
        {
            return wrong(format!(
                "the read of key {id} was answered with {length} bytes of key {}, version {}, \
                 which are not what the origin has",
                answer.key.id(),
                answer.version
            ));
        }
        let made = world.ledger.made(self.id());
        if answer.version > made {
            return wrong(format!(
                "key {id} was answered with version {}, and the newest ever made is {made}",
                answer.version
            ));
        }
        let lag = (answer.version < newest).then(|| Lag {
            versions: newest - answer.version,
            age_us: world.ledger.out_of_date_for(self.id(), answer.version, world.now()) / 1_000,
        });
        world.findings().read(id, self.at, read.source, lag);
    }
}

/// The value of a key at a version.
pub(crate) fn value(world: &World, key: Key, version: u64, bytes: u32) -> Value {
    let slice = body::slice(world.context.block, key, version, bytes as usize);
    Value { key, version, body: Bytes::from_static(slice) }
}
