//! Tests that the conformance kit catches every planted defect.

#![expect(clippy::expect_used, reason = "a failed test panics")]

mod kit;
mod runner;
