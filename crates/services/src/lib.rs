//! Child processes that end with this process, and the servers that strategies need.
//!
//! A server is either private and temporary, or given by a URL.

mod address;
mod error;
mod find_program;
mod log;
pub mod parity;
pub mod postgres;
pub mod process;
pub mod redis;
mod resp;
mod service_dir;
mod stream;
mod unprivileged;
mod virtual_clock;

pub use address::Address;
pub use error::Error;
pub use find_program::program;
pub use postgres::PostgresServer;
pub use redis::RedisServer;
pub use virtual_clock::ServerTime;
