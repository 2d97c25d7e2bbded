//! Cache that stores nothing. Every read is a miss, so its replay measures the harness.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use bakeoff_strategy::{
    Bound, ExecutionMode, Key, OpenConfig, OpenError, Properties, PutOptions, Strategy, Value,
};

/// Cache that stores nothing.
#[derive(Debug)]
pub struct Null;

impl Strategy for Null {
    type Error = Infallible;

    const MODE: ExecutionMode = ExecutionMode::Sync;

    const PROPERTIES: Properties = Properties {
        bound: Bound::EntriesOrBytes,
        // Every put is dropped.
        lossy: true,
        ..Properties::LOCAL
    };

    fn open(config: &OpenConfig) -> impl Future<Output = Result<Self, OpenError>> + Send {
        ready(config.options.reject_unknown(&[]).map(|()| Self))
    }

    #[inline]
    fn get(&self, _key: Key) -> Ready<Result<Option<Value>, Infallible>> {
        ready(Ok(None))
    }

    #[inline]
    fn put(&self, _key: Key, _value: Value, _options: PutOptions) -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    #[inline]
    fn remove(&self, _key: Key) -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    fn clear(&self) -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    fn len(&self) -> Ready<Result<u64, Infallible>> {
        ready(Ok(0))
    }
}
