//! Single flight: of all requests that miss a key at once, one asks the origin.

use std::sync::atomic::{AtomicBool, Ordering};

use bakeoff_strategy::{
    Key, Loaded, Mode, OpenConfig, OpenError, Origin, OriginError, Properties, PutOptions, Read,
    RequestError, Source, Strategy, Value,
};

use crate::beneath;
use crate::flights::{Boarding, Flights};

const OPTIONS: &[&str] = &[];

/// Coalesces loads within one process. It has no options.
///
/// A read that begins after a write or removal has returned never joins a load that began before:
/// it would be answered with what the write replaced.
pub struct SingleFlight<S> {
    inner: S,
    flights: Flights,
}

/// An origin whose loads are shared with whoever else loads the same key.
struct Joining<'a, O> {
    origin: &'a O,
    flights: &'a Flights,
    joined: AtomicBool,
}

impl<O: Origin> Origin for Joining<'_, O> {
    // A task of its own loads for itself.
    forward_origin!(detach, store);

    async fn load(&self, key: Key) -> Result<Option<Loaded>, OriginError> {
        loop {
            let flight = match self.flights.board(key) {
                Boarding::Leads(leader) => {
                    let landed = self.origin.load(key).await;
                    leader.land(&landed);
                    return landed;
                }
                Boarding::Follows(flight) => flight,
            };
            // Where nothing pends, the leader is another thread, and done before it gives way.
            let landed =
                if const { O::MODE.is_sync() } { flight.wait() } else { flight.landing().await };
            if let Some(landed) = landed {
                self.joined.store(true, Ordering::Relaxed);
                return landed;
            }
        }
    }
}

impl<S: Strategy> Strategy for SingleFlight<S> {
    type Error = S::Error;

    const MODE: Mode = S::MODE;
    const PROPERTIES: Properties = S::PROPERTIES;
    const SUPPORTS_VIRTUAL_CLOCK: bool = beneath::is_timeless::<S>();
    const DEFERS_WRITES: bool = S::DEFERS_WRITES;
    const SERVES_STALE: bool = S::SERVES_STALE;

    forward!(get, get_many, len, settle, snapshot, close, server_capacity);

    async fn open(config: &OpenConfig) -> Result<Self, OpenError> {
        Ok(Self { inner: beneath::open(config, OPTIONS).await?, flights: Flights::new() })
    }

    async fn put(&self, key: Key, value: Value, options: PutOptions) -> Result<(), S::Error> {
        self.flights.close(key);
        self.inner.put(key, value, options).await
    }

    async fn remove(&self, key: Key) -> Result<(), S::Error> {
        self.flights.close(key);
        self.inner.remove(key).await
    }

    async fn clear(&self) -> Result<(), S::Error> {
        self.flights.close_all();
        self.inner.clear().await
    }

    async fn read<O: Origin>(&self, key: Key, origin: &O) -> Result<Read, RequestError<S::Error>> {
        let origin = Joining { origin, flights: &self.flights, joined: AtomicBool::new(false) };
        let mut read = self.inner.read(key, &origin).await?;
        if read.source == Source::Loaded && origin.joined.into_inner() {
            read.source = Source::Joined;
        }
        Ok(read)
    }

    async fn write<O: Origin>(
        &self,
        key: Key,
        value: Value,
        options: PutOptions,
        origin: &O,
    ) -> Result<(), RequestError<S::Error>> {
        let written = self.inner.write(key, value, options, origin).await;
        // After the commit: a load that began before it may have seen the old version, and nobody
        // who comes from now on may join it.
        self.flights.close(key);
        written
    }
}
