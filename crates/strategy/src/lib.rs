//! The one trait that every cache strategy implements, and all that its author needs to know.
//!
//! Start at [`Strategy`]: six required functions and a declaration of [`Properties`]. Everything
//! else has a default. [`kit`] says whether an implementation keeps the promises it declares.

mod capacity;
mod clock;
mod key;
pub mod kit;
mod mode;
mod open;
mod origin;
mod properties;
mod read;
mod snapshot;
mod strategy;
mod together;
mod value;

pub use bytes::Bytes;
pub use capacity::Capacity;
pub use clock::{Clock, Hand};
pub use key::Key;
pub use mode::{Mode, Pending, poll_once};
pub use open::{OpenConfig, OpenError, Options};
pub use origin::{Loaded, Origin, OriginError};
pub use properties::{Bound, Properties};
pub use read::{Read, ReadError, Source};
pub use snapshot::Snapshot;
pub use strategy::Strategy;
pub use together::read_together;
pub use value::{HEADER_BYTES, PutOptions, Torn, Value};
