//! Runners as a driver sees them: real child processes, one conversation each.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has to fail")]

mod bkw;
mod child;
mod conversation;
mod counts;
mod faults;
mod instructions;
mod latency;
mod loads;
mod memory;
mod paced;
mod python;
mod together;
