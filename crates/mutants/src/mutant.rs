//! Strategy with one of the planted defects.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bakeoff_strategy::{
    Bound, Eviction, ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions,
    Read, RequestError, Snapshot, Source, Strategy, Value,
};

use crate::catalogue::{CATALOGUE, find};
use crate::defect::{Defect, RefusedOperation};
use crate::store::Store;

/// Option that names the mutant.
pub const OPTION: &str = "mutant";

/// A strategy with the defect that the option [`OPTION`] names.
///
/// Without that option, the first argument of the process names it.
pub struct Mutant {
    defect: Box<dyn Defect>,
    store: Arc<Store>,
    queue: Mutex<Vec<QueuedWrite>>,
}

/// Write that `settle` stores in the origin.
type QueuedWrite = Pin<Box<dyn Future<Output = ()> + Send>>;

impl fmt::Debug for Mutant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mutant").field("defect", &self.defect).finish_non_exhaustive()
    }
}

impl Strategy for Mutant {
    type Error = RefusedOperation;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    // Chosen so that no rule of the kit passes only because it does not apply.
    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        ttl: true,
        evicts: Eviction::Fifo,
        ..Properties::LOCAL
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let argument = std::env::args().nth(1).unwrap_or_default();
        let name = config.options.get(OPTION, argument)?;
        let entry = find(&name).ok_or_else(|| {
            let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
            OpenError::Failed(format!("unknown mutant {name:?}; available: {}", names.join(", ")))
        })?;
        let mut defect = (entry.create)();
        let store = Arc::new(Store::new(defect.capacity(config.capacity)));
        defect.open(config, &[OPTION], &store)?;
        Ok(Self { defect, store, queue: Mutex::default() })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, RefusedOperation> {
        Ok(self.defect.get(&self.store, key))
    }

    async fn put(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
    ) -> Result<(), RefusedOperation> {
        self.defect.put(&self.store, key, value, options);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), RefusedOperation> {
        self.defect.remove(&self.store, key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), RefusedOperation> {
        self.defect.clear(&self.store);
        Ok(())
    }

    async fn len(&self) -> Result<u64, RefusedOperation> {
        Ok(self.defect.len(&self.store))
    }

    async fn settle(&self) -> Result<(), RefusedOperation> {
        let queued =
            std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        for write in queued {
            write.await;
        }
        Ok(())
    }

    async fn snapshot(&self) -> Result<Snapshot, RefusedOperation> {
        if !self.defect.snapshot_completes() {
            std::future::pending::<()>().await;
        }
        Ok(Snapshot { evictions: Some(self.defect.evictions(&self.store)), ..Snapshot::default() })
    }

    async fn close(&self) -> Result<(), RefusedOperation> {
        self.defect.close()
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, RefusedOperation> {
        let keys = self.defect.lookup_order(keys);
        Ok(keys.into_iter().map(|key| self.defect.get(&self.store, key)).collect())
    }

    async fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<RefusedOperation>> {
        let read = match self.cache_aside(key, origin).await {
            Err(RequestError::Origin(_)) if self.defect.hides_origin_errors() => {
                Read { value: None, source: Source::Absent }
            }
            other => other?,
        };
        Ok(self.defect.alter_read(&self.store, key, read))
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, RequestError<RefusedOperation>> {
        let mut reads = Vec::with_capacity(keys.len());
        for &key in keys {
            reads.push(self.read(key, origin).await?);
        }
        Ok(self.defect.alter_reads(reads))
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<RefusedOperation>> {
        if self.defect.queues_writes() {
            let (origin, value) = (origin.detach(), value.clone());
            let write = Box::pin(async move { drop(origin.store(key, value).await) });
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(write);
        } else if self.defect.writes_reach_origin() {
            origin.store(key, value.clone()).await?;
        }
        if self.defect.writes_reach_cache() {
            self.defect.put(&self.store, key, value, options);
        }
        Ok(())
    }
}

impl Mutant {
    async fn cache_aside<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, RequestError<RefusedOperation>> {
        if let Some(value) = self.defect.get(&self.store, key) {
            return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
        }
        for _ in 1..self.defect.loads_per_miss() {
            origin.load(key).await?;
        }
        if !self.defect.begins_load(key) {
            return Ok(Read { value: None, source: Source::Absent });
        }
        let loaded = origin.load(key).await;
        self.defect.ends_load(key);
        let Some(loaded) = loaded? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let value = Some(loaded.value.clone());
        self.defect.put(&self.store, key, loaded.value, loaded.options);
        Ok(Read { value, source: Source::Loaded })
    }
}
