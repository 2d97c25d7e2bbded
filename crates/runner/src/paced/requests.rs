//! Request of a paced replay: sends it, verifies the answer and records the outcome.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_compiled::Op;
use bakeoff_strategy::{Key, Read, Source, Strategy};
use tokio::time::timeout;

use super::origin::PacedOrigin;
use super::recorder::Staleness;
use super::shared_state::SharedState;
use crate::data::body::{self, MAX_BODY_BYTES};

/// Time after which a request without an answer counts as failed.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Request with its scheduled time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledRequest {
    pub(crate) index: usize,
    pub(crate) request: bakeoff_compiled::WorkloadRequest,
    /// Scheduled time, counted from the start of the schedule.
    pub(crate) due: Duration,
}

impl ScheduledRequest {
    /// Sends the request, waits for the answer and records the outcome.
    pub(crate) async fn serve<S: Strategy>(self, strategy: Arc<S>, shared: Arc<SharedState>) {
        let done = match self.request.op {
            Op::Read => timeout(TIMEOUT, self.read(&*strategy, &shared)).await,
            Op::Write => timeout(TIMEOUT, self.write(&*strategy, &shared)).await,
            Op::Delete => timeout(TIMEOUT, self.delete(&*strategy, &shared)).await,
        };
        let outcome = done.unwrap_or_else(|_| Err(format!("no answer within {TIMEOUT:?}")));
        if let Err(error) = &outcome {
            shared.context.record_violation(self.index, || error.clone());
        }
        shared.recorder().record_answer(self.due, shared.elapsed(), outcome.is_err());
    }

    fn id(&self) -> usize {
        self.request.id as usize
    }

    fn key(&self) -> Key {
        Key::from_id(u64::from(self.request.id))
    }

    fn origin(&self, shared: &Arc<SharedState>) -> PacedOrigin {
        PacedOrigin::new(shared, self.request.bytes, shared.put_options(self.request))
    }

    async fn read<S: Strategy>(
        &self,
        strategy: &S,
        shared: &Arc<SharedState>,
    ) -> Result<(), String> {
        // A version that was committed before the read starts must be visible to it.
        let newest = shared.commit_log.newest(self.id());
        let read = strategy.read(self.key(), &self.origin(shared)).await;
        let read = read.map_err(|error| format!("the read failed: {error}"))?;
        self.verify(shared, newest, read);
        Ok(())
    }

    async fn write<S: Strategy>(
        &self,
        strategy: &S,
        shared: &Arc<SharedState>,
    ) -> Result<(), String> {
        shared.recorder().tally.sums.writes += 1;
        let version = shared.commit_log.reserve(self.id());
        let value = shared.value(self.key(), version, self.request.bytes);
        let options = shared.put_options(self.request);
        let written = strategy.write(self.key(), value, options, &self.origin(shared)).await;
        written.map_err(|error| format!("the write failed: {error}"))?;
        shared.commit_log.acknowledge(self.id(), version);
        Ok(())
    }

    /// Changes the row in the origin and then removes the key from the cache.
    async fn delete<S: Strategy>(
        &self,
        strategy: &S,
        shared: &Arc<SharedState>,
    ) -> Result<(), String> {
        shared.recorder().tally.sums.deletes += 1;
        shared.change_row(self.request.id, self.request.bytes).await?;
        let removed = strategy.remove(self.key()).await;
        removed.map_err(|error| format!("the removal failed: {error}"))
    }

    fn verify(&self, shared: &SharedState, newest: u64, read: Read) {
        let wrong = |what: String| {
            shared.recorder().tally.sums.wrong += 1;
            shared.context.record_violation(self.index, || what);
        };
        let (id, key) = (self.request.id, self.key());
        let Some(answer) = read.value else {
            if newest == 0 && shared.config.origin.absent > 0.0 {
                return shared.recorder().record_read(id, self.due, Source::Absent, None);
            }
            return wrong(format!(
                "the read of key {id} returned no value, but the origin has a row"
            ));
        };
        let length = answer.body.len();
        if answer.key != key
            || length > MAX_BODY_BYTES
            || *answer.body != *body::slice(shared.context.block, key, answer.version, length)
            || (length == 0 && self.request.bytes > 0)
        {
            return wrong(format!(
                "the read of key {id} returned {length} bytes of key {}, version {}, which differ \
                 from the origin's",
                answer.key.id(),
                answer.version
            ));
        }
        let newest_reserved = shared.commit_log.newest_reserved(self.id());
        if answer.version > newest_reserved {
            return wrong(format!(
                "the read of key {id} returned version {}, but the newest is {newest_reserved}",
                answer.version
            ));
        }
        let staleness = (answer.version < newest).then(|| Staleness {
            versions: newest - answer.version,
            age_us: shared.commit_log.outdated_ns(self.id(), answer.version, shared.now()) / 1_000,
        });
        shared.recorder().record_read(id, self.due, read.source, staleness);
    }
}
