//! A strategy with a fault.

use std::sync::Arc;

use bakeoff_strategy::{
    Bound, Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, ReadError,
    Snapshot, Source, Strategy, Value,
};

use crate::fault::{Fault, Refused};
use crate::faults::{fault, names};
use crate::store::Store;

/// The option that names the fault.
pub const OPTION: &str = "fault";

/// A strategy with one of the faults: that of the option [`OPTION`], or else that of the
/// process's first argument, so that a driver which knows of no options can run it.
#[derive(Debug)]
pub struct Broken {
    fault: Box<dyn Fault>,
    store: Arc<Store>,
}

impl Strategy for Broken {
    type Error = Refused;

    const MODE: Mode = Mode::Immediate;

    // All that can be promised, so that no rule passes for want of a promise.
    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        shared: false,
        persistent: false,
        ttl: true,
        thread_safe: true,
        fresh: true,
        lossy: false,
        evicts: "first in, first out",
    };

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let argument = std::env::args().nth(1).unwrap_or_default();
        let name = config.options.get(OPTION, argument)?;
        let mut fault = fault(&name).ok_or_else(|| {
            OpenError::Failed(format!("no fault {name:?}; there are: {}", names().join(", ")))
        })?;
        let store = Arc::new(Store::new(fault.capacity(config.capacity)));
        fault.open(config, &[OPTION], &store)?;
        Ok(Self { fault, store })
    }

    async fn get(&self, key: Key) -> Result<Option<Value>, Refused> {
        Ok(self.fault.get(&self.store, key))
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), Refused> {
        self.fault.put(&self.store, key, value, options);
        Ok(())
    }

    async fn remove(&self, key: Key) -> Result<(), Refused> {
        self.fault.remove(&self.store, key);
        Ok(())
    }

    async fn clear(&self) -> Result<(), Refused> {
        self.fault.clear(&self.store);
        Ok(())
    }

    async fn len(&self) -> Result<u64, Refused> {
        Ok(self.fault.len(&self.store))
    }

    async fn snapshot(&self) -> Result<Snapshot, Refused> {
        if self.fault.pends() {
            std::future::pending::<()>().await;
        }
        Ok(Snapshot { evictions: Some(self.fault.evictions(&self.store)), ..Snapshot::default() })
    }

    async fn close(&self) -> Result<(), Refused> {
        self.fault.close()
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Value>>, Refused> {
        let keys = self.fault.many(keys);
        Ok(keys.into_iter().map(|key| self.fault.get(&self.store, key)).collect())
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, ReadError<Refused>> {
        let read = match self.cache_aside(key, origin).await {
            Err(ReadError::Origin(_)) if self.fault.hides_failures() => {
                Read { value: None, source: Source::Absent }
            }
            other => other?,
        };
        Ok(self.fault.answer(&self.store, key, read))
    }

    async fn read_many<O: Origin>(
        &self,
        keys: &[Key],
        origin: &O,
    ) -> Result<Vec<Read>, ReadError<Refused>> {
        let mut reads = Vec::with_capacity(keys.len());
        for &key in keys {
            reads.push(self.read(key, origin).await?);
        }
        Ok(self.fault.together(reads))
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), ReadError<Refused>> {
        if self.fault.commits() {
            origin.store(key, value.clone()).await?;
        }
        if self.fault.caches() {
            self.fault.put(&self.store, key, value, options);
        }
        Ok(())
    }
}

impl Broken {
    async fn cache_aside<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> Result<Read, ReadError<Refused>> {
        if let Some(value) = self.fault.get(&self.store, key) {
            return Ok(Read { value: Some(value), source: Source::Hit { tier: 0 } });
        }
        for _ in 1..self.fault.loads() {
            origin.load(key).await?;
        }
        let Some(loaded) = origin.load(key).await? else {
            return Ok(Read { value: None, source: Source::Absent });
        };
        let value = Some(loaded.value.clone());
        self.fault.put(&self.store, key, loaded.value, loaded.options);
        Ok(Read { value, source: Source::Loaded })
    }
}
