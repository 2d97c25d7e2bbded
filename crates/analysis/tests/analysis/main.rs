//! Tests of the public interface of `bakeoff-analysis`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

mod checklist;
mod clear_cases;
mod compare;
mod decision;
mod figures;
#[path = "../fixture/mod.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fixture;
mod gate;
mod memory;
mod properties;
mod ranking;
mod results;
#[path = "../sample_run/mod.rs"]
mod sample_run;
mod secondary;
mod support;
mod trade_offs;
