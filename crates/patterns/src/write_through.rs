//! Write-through with writers in turn: the cache ends with the version that the origin ended with.

use bakeoff_strategy::{
    Key, Mode, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError, Strategy,
    Value,
};
use tokio::sync::Mutex;

use crate::beneath;

const OPTIONS: &[&str] = &[];

/// Locks that all keys share; a power of two.
const STRIPES: usize = 256;

/// The origin commits, then the cache takes the value: what the trait does by default. But two
/// writers of one key may commit in one order and put in the other, which leaves the older value
/// in the cache; so here writers of a key take turns within the process. It has no options.
pub struct WriteThrough<S> {
    inner: S,
    turns: Box<[Mutex<()>]>,
}

impl<S: Strategy> Strategy for WriteThrough<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, put, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let turns = (0..STRIPES).map(|_| Mutex::default()).collect();
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, turns })
    }

    fn read<O: Origin>(
        &self,
        key: Key,
        origin: &O,
    ) -> impl Future<Output = Result<Read, RequestError<S::Error>>> + Send {
        self.inner.read(key, origin)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let turn = &self.turns[key.0 as usize % STRIPES];
        let _turn = if const { S::MODE.join(O::MODE).is_sync() } {
            // Another thread holds it for as long as a write takes that never waits.
            loop {
                match turn.try_lock() {
                    Ok(turn) => break turn,
                    Err(_) => std::thread::yield_now(),
                }
            }
        } else {
            turn.lock().await
        };
        self.inner.write(key, value, options, origin).await
    }
}
