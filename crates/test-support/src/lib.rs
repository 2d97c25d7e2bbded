//! Support for tests: private servers, programs, data folders and a counting allocator.
//!
//! A test gets the resources that it needs from [`require`]. If a resource is missing, the test is
//! skipped and the skip is reported; in CI the test fails instead.

mod allocator;
mod require;
#[cfg(feature = "services")]
mod services;

pub use allocator::{CountingAllocator, live_bytes, peak_growth};
pub use require::{
    CaseFolder, MissingResource, Program, Requirement, TraceFolder, is_ci, report_skip, require,
};
#[cfg(feature = "services")]
pub use services::{PrivatePostgres, PrivateRedis};
