//! Every layer against a model, with a clock moved by hand and an origin that fails on request.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod coalescing;
mod expiry;
mod groups;
mod instances;
mod kit;
mod locks;
mod outages;
mod town;
mod world;
mod write_behind;
mod write_paths;
mod xfetch;
