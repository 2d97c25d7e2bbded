//! Tests of the public interface of `bakeoff-workload`.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod bounds;
mod cases;
mod compiled;
mod corpus;
mod fuzz;
mod generators;
mod ground_truth;
mod long_lines;
mod readers;
mod recorders;
mod sampled;
mod scenario_errors;
mod scenarios;
mod synth;
mod traces;
