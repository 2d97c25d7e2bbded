//! The origin of a paced replay: it takes its time, fails now and then, and is counted.

use std::sync::Arc;
use std::time::Duration;

use bakeoff_strategy::{Key, Loaded, Mode, Origin, OriginError, PutOptions, Value};
use tokio::time::sleep;

use super::world::World;

/// The origin as one request sees it: it loads values of that request's size.
#[derive(Clone)]
pub(crate) struct PacedOrigin {
    world: Arc<World>,
    bytes: u32,
    options: PutOptions,
}

impl PacedOrigin {
    pub(crate) fn new(world: &Arc<World>, bytes: u32, options: PutOptions) -> Self {
        Self { world: Arc::clone(world), bytes, options }
    }

    async fn try_load(&self, id: u64, half: Duration) -> Result<Option<Value>, OriginError> {
        let world = &*self.world;
        let _turn = world.turn().await;
        sleep(half).await;
        if world.fails() {
            return Err(OriginError(String::from("the load failed, as the scenario says")));
        }
        let value = if world.lacks(id) {
            None
        } else {
            Some(world.database.load(world, id, self.bytes).await?)
        };
        sleep(half).await;
        Ok(value)
    }

    async fn try_store(&self, id: u64, value: Value, half: Duration) -> Result<(), OriginError> {
        let world = &*self.world;
        let _turn = world.turn().await;
        sleep(half).await;
        if world.fails() {
            return Err(OriginError(String::from("the write failed, as the scenario says")));
        }
        let version = value.version;
        world.database.store(id, value).await?;
        world.ledger.commit(id as usize, version, world.now());
        sleep(half).await;
        Ok(())
    }
}

impl Origin for PacedOrigin {
    const MODE: Mode = Mode::Async;
    type Detached = Self;

    fn detach(&self) -> Self {
        self.clone()
    }

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        let (id, world) = (key.id(), &*self.world);
        if !world.ledger.knows(id) {
            return Ok(None);
        }
        let under_way = world.ledger.begin_load(id as usize);
        world.findings().load_begins(world.elapsed(), under_way.others);
        let loaded = self.try_load(id, world.latency() / 2).await;
        if loaded.is_err() {
            world.findings().origin_failed(world.elapsed());
        }
        Ok(loaded?.map(|value| Loaded { value, options: self.options }))
    }

    async fn store(&self, key: Key, value: Value) -> Result<(), OriginError> {
        let (id, world) = (key.id(), &*self.world);
        if value.key != key || !world.ledger.knows(id) {
            return Err(OriginError(format!("asked to store a value of another key under {id}")));
        }
        let _under_way = world.ledger.begin_store();
        world.findings().store_begins(world.elapsed());
        let stored = self.try_store(id, value, world.latency() / 2).await;
        if stored.is_err() {
            world.findings().origin_failed(world.elapsed());
        }
        stored
    }
}
