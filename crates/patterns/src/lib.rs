//! The patterns round a cache, as layers: each is a strategy made of another strategy.
//!
//! A layer is generic over what it wraps, so that `SingleFlight<Swr<Tiered<…>>>` is one type, and a
//! hit passes through it without a box or a virtual call. Layers that change what is loaded give
//! the strategy beneath an origin of their own, so that its tiers and sources stay what they are.
//! `docs/PATTERNS.md` says what each of them promises, costs, and when not to use it.

#[macro_use]
mod forward;

mod beneath;
mod changes;
mod deadlines;
mod fail_open;
mod flights;
mod generations;
mod jitter;
mod lifetimes;
mod listener;
mod locked;
mod negative;
mod read_through;
mod refresh_ahead;
mod refresher;
mod single_flight;
mod stale_if_error;
mod stamping;
mod stripes;
mod swr;
mod sync;
mod tags;
mod tiered;
mod told;
mod ttl;
mod version_keys;
mod write_around;
mod write_behind;
mod write_through;
mod xfetch;

pub use changes::{Changes, Changing, Looked};
pub use deadlines::Deadlines;
pub use fail_open::FailOpen;
pub use generations::Generations;
pub use jitter::Jitter;
pub use listener::{Ear, Listener};
pub use locked::{Lock, Locked};
pub use negative::Negative;
pub use read_through::ReadThrough;
pub use refresh_ahead::RefreshAhead;
pub use single_flight::SingleFlight;
pub use stale_if_error::StaleIfError;
pub use swr::Swr;
pub use tags::Tagged;
pub use tiered::{Change, Instance, Invalidation, Nearby, Tiered, TieredError, Unheard};
pub use told::Told;
pub use ttl::{Sliding, Ttl};
pub use version_keys::VersionKeys;
pub use write_around::WriteAround;
pub use write_behind::{WriteBehind, WriteBehindError};
pub use write_through::WriteThrough;
pub use xfetch::XFetch;
