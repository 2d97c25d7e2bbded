//! Tests of the public interface of `bakeoff-report`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

mod charts;
mod figures_of_sentences;
#[path = "../../../analysis/tests/fixture/mod.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fixture;
mod markup;
mod page;
#[path = "../../../analysis/tests/sample_run/mod.rs"]
mod sample_run;
mod text;
