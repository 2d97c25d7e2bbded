//! Tests of runners as child processes, driven through the protocol.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has to fail")]

mod child;
mod counts;
mod faults;
mod instructions;
mod lanes;
mod latency;
mod loads;
mod memory;
mod messages;
mod multi_get;
mod paced;
mod python;
mod virtual_clock;
mod workloads;
