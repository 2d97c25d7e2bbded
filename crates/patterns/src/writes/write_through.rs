//! Write-through with serialized writers: the cache ends with the version that the origin has.

use bakeoff_strategy::{
    ExecutionMode, Key, OpenConfig, OpenError, Origin, Properties, PutOptions, Read, RequestError,
    Strategy, Value,
};
use tokio::sync::Mutex;

use crate::open_inner::{open_inner, supports_virtual_clock};

const OPTIONS: &[&str] = &[];

/// Number of locks, each shared by many keys; a power of two.
const STRIPES: usize = 256;

/// Write-through layer: the writers of a key take turns within the process.
///
/// The default [`Strategy::write`] already commits to the origin and then updates the cache. But
/// two concurrent writers may commit in one order and update the cache in the other, which leaves
/// the older value cached. This layer prevents that. It has no options.
pub struct WriteThrough<S> {
    inner: S,
    locks: Box<[Mutex<()>]>,
}

impl<S: Strategy> Strategy for WriteThrough<S> {
    type Error = S::Error;

    const MODE: ExecutionMode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = supports_virtual_clock::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    delegate!(get, get_many, put, remove, clear, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        let locks = (0..STRIPES).map(|_| Mutex::default()).collect();
        Ok(Self { inner: open_inner(config, OPTIONS).await?, locks })
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
        let lock = &self.locks[key.0 as usize % STRIPES];
        let _guard = if const { S::MODE.join(O::MODE).is_sync() } {
            // The lock belongs to another thread, whose write does not wait for anything.
            loop {
                match lock.try_lock() {
                    Ok(guard) => break guard,
                    Err(_) => std::thread::yield_now(),
                }
            }
        } else {
            lock.lock().await
        };
        self.inner.write(key, value, options, origin).await
    }
}
