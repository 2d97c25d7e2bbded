//! Tests of the public interface of `bakeoff-report`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

mod charts;
mod checklist;
mod decision;
mod drawbacks;
mod figures;
mod fixture;
mod gate;
mod markup;
mod page;
mod results;
mod said;
mod sample_run;
mod sets;
mod text;
