//! Processes that end when we end, and the servers that strategies need: private ephemeral ones,
//! or the one that a URL names.

mod address;
mod error;
mod folder;
mod log;
pub mod parity;
pub mod postgres;
pub mod process;
mod programs;
pub mod redis;
mod resp;
mod stream;
mod unprivileged;

pub use address::Address;
pub use error::Error;
pub use postgres::Postgres;
pub use programs::program;
pub use redis::Redis;
