//! Origin of a paced replay, with delays, failures and counters of loads and writes.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{ExecutionMode, Key, Loaded, Origin, OriginError, PutOptions, Value};
use tokio::time::sleep;

use super::shared_state::SharedState;

/// Origin of one request. Every loaded value has the size given in the request.
#[derive(Clone)]
pub(crate) struct PacedOrigin {
    shared: Arc<SharedState>,
    bytes: u32,
    options: PutOptions,
}

impl PacedOrigin {
    pub(crate) fn new(shared: &Arc<SharedState>, bytes: u32, options: PutOptions) -> Self {
        Self { shared: Arc::clone(shared), bytes, options }
    }

    async fn try_load(
        &self,
        id: u64,
        half_latency: Duration,
    ) -> Result<Option<Value>, OriginError> {
        let shared = &*self.shared;
        let _permit = shared.acquire_origin().await;
        sleep(half_latency).await;
        if shared.fails() {
            return Err(OriginError(String::from(
                "the load failed, as configured in the scenario",
            )));
        }
        let value = if shared.is_absent(id) {
            None
        } else {
            Some(shared.database.load(&shared.commit_log, id, self.bytes).await?)
        };
        sleep(half_latency).await;
        Ok(value)
    }

    async fn try_store(
        &self,
        id: u64,
        value: Value,
        half_latency: Duration,
    ) -> Result<(), OriginError> {
        let shared = &*self.shared;
        let _permit = shared.acquire_origin().await;
        sleep(half_latency).await;
        if shared.fails() {
            return Err(OriginError(String::from(
                "the write failed, as configured in the scenario",
            )));
        }
        let version = value.version;
        shared.database.store(id, value).await?;
        shared.commit_log.commit(id as usize, version, shared.now());
        sleep(half_latency).await;
        Ok(())
    }
}

impl Origin for PacedOrigin {
    const MODE: ExecutionMode = ExecutionMode::Async;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (id, shared) = (key.id(), &*self.shared);
        if !shared.commit_log.contains(id) {
            return Ok(None);
        }
        let in_flight = shared.commit_log.begin_load(id as usize);
        shared.recorder().record_load(shared.elapsed(), in_flight.concurrent_loads);
        let loaded = self.try_load(id, shared.latency() / 2).await;
        if loaded.is_err() {
            shared.recorder().record_origin_failure(shared.elapsed());
        }
        Ok(loaded?.map(|value| Loaded { value, options: self.options }))
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        let (id, shared) = (key.id(), &*self.shared);
        if value.key != key || !shared.commit_log.contains(id) {
            return Err(OriginError(format!(
                "cannot store the value of another key under key {id}"
            )));
        }
        let _in_flight = shared.commit_log.begin_write();
        shared.recorder().record_write(shared.elapsed());
        let stored = self.try_store(id, value, shared.latency() / 2).await;
        if stored.is_err() {
            shared.recorder().record_origin_failure(shared.elapsed());
        }
        stored
    }
}
