//! Processes that end when we end, and the servers that strategies need: private ephemeral ones,
//! or the one that a URL names.

mod address;
mod error;
mod folder;
pub mod parity;
pub mod process;
mod programs;
pub mod redis;
mod resp;

pub use address::Address;
pub use error::Error;
pub use programs::program;
pub use redis::Redis;
