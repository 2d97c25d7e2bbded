//! Support for tests: private servers, programs, data folders and a counting allocator.
//!
//! A test asks for what it needs with [`require`]. If it is not available, the test is skipped and
//! the skip is reported; in CI it fails instead.

mod allocator;
mod require;
#[cfg(feature = "services")]
mod services;

pub use allocator::{CountingAllocator, live_bytes, peak_growth};
pub use require::{Cases, Missing, Program, Requirement, Traces, is_ci, report_skip, require};
#[cfg(feature = "services")]
pub use services::{PrivatePostgres, PrivateRedis};
