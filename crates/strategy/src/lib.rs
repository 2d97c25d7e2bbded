//! Trait that every cache strategy implements, with its types and its conformance kit.
//!
//! Start at [`Strategy`]: it has six required methods and a declaration of [`Properties`];
//! everything else has a default. The module `kit` checks that an implementation behaves as it
//! declares.

mod clock;
mod entry;
mod execution_mode;
#[cfg(feature = "kit")]
pub mod kit;
mod multi_get;
mod open;
mod origin;
mod properties;
mod read;
mod snapshot;
mod static_either;
mod strategy_trait;

pub use bytes::Bytes;
pub use clock::{Clock, ManualClock};
pub use entry::{HEADER_BYTES, Key, PutOptions, TruncatedValue, Value};
pub use execution_mode::{ExecutionMode, Pending, poll_once};
pub use multi_get::read_with_multi_get;
pub use open::{Capacity, OpenConfig, OpenError, Options};
pub use origin::{Loaded, Origin, OriginError};
pub use properties::{Bound, Eviction, Properties};
pub use read::{Read, RequestError, Source};
pub use snapshot::Snapshot;
pub use strategy_trait::{Strategy, supports_virtual_clock};
