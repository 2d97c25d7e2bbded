//! Cache patterns as layers: each layer is a strategy that wraps another strategy.
//!
//! A layer is generic over the strategy it wraps, so `SingleFlight<Swr<Tiered<…>>>` is one type
//! without boxes or virtual calls. A layer that changes loads passes the inner strategy a wrapper
//! of the origin. `docs/PATTERNS.md` lists what each layer guarantees and costs, and when not to
//! use it.

#[macro_use]
mod delegate;

mod atomics;
mod expiry;
mod invalidation;
mod loading;
mod lossy_map;
mod open_inner;
mod options;
mod per_runtime;
mod random;
mod tiers;
mod version_counters;
mod writes;

pub use expiry::{RefreshAhead, Sliding, StaleIfError, Swr, Ttl, TtlJitter, XFetch};
pub use invalidation::{
    ChangedKeys, InstanceId, Invalidation, InvalidationTarget, Listener, NoInvalidation,
    Subscriber, Tagged, VersionedKeys, receive_with_pings,
};
pub use loading::{
    DistributedLock, DistributedSingleFlight, FailOpen, NegativeCache, ReadThrough, SingleFlight,
};
pub use lossy_map::LossyMap;
pub use per_runtime::{NoRuntime, PerRuntime, RoundRobin};
pub use tiers::{LocalWithInvalidation, Tiered, TieredError};
pub use version_counters::{CounterSnapshot, VersionCounters, WriteGuard, WriteTracker};
pub use writes::{WriteAround, WriteBehind, WriteBehindError, WriteThrough};
