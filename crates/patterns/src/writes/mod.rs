//! Layers that change how writes reach the origin and the cache.

mod write_around;
mod write_behind;
mod write_through;

pub use write_around::WriteAround;
pub use write_behind::{WriteBehind, WriteBehindError};
pub use write_through::WriteThrough;
