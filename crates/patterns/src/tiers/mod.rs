//! In-process caches that several instances keep consistent, with or without a shared second tier.

mod capacity_split;
mod error;
mod l1;
mod local_with_invalidation;
mod tiered;
mod write_epochs;

pub use error::TieredError;
pub use local_with_invalidation::LocalWithInvalidation;
pub use tiered::Tiered;
