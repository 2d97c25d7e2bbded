//! Layers that expire entries and reload them.

mod expiry_table;
mod refresh_ahead;
mod refresher;
mod stale_if_error;
mod swr;
mod ttl;
mod ttl_jitter;
mod xfetch;

pub use refresh_ahead::RefreshAhead;
pub use stale_if_error::StaleIfError;
pub use swr::Swr;
pub use ttl::{Sliding, Ttl};
pub use ttl_jitter::TtlJitter;
pub use xfetch::XFetch;
