//! Every layer against a model, with a manual clock and an origin that fails on request.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cluster;
mod coalescing;
mod distributed_single_flight;
mod expiry;
mod fail_open;
mod fixture;
mod invalidation;
mod kit;
mod versioned_keys;
mod write_behind;
mod write_paths;
mod xfetch;
