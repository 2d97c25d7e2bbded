//! Layers that change how missing keys are loaded.

mod distributed_single_flight;
mod fail_open;
mod in_flight;
mod negative_cache;
mod read_through;
mod single_flight;

pub use distributed_single_flight::{DistributedLock, DistributedSingleFlight};
pub use fail_open::FailOpen;
pub use negative_cache::NegativeCache;
pub use read_through::ReadThrough;
pub use single_flight::SingleFlight;
