//! Instrumentation of a replay: what is measured besides counts and duration.

/// Measurement of a replay in addition to counts and duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instrumentation {
    /// No additional measurement.
    None,
    /// Service time of single requests in a closed loop.
    Requests {
        /// Mean distance between timed requests; at least 1. Ignored in `ExecutionMode::Async`,
        /// where every request is timed.
        mean_gap: u64,
    },
    /// Response time of every request in an open loop, measured from its scheduled time.
    Schedule {
        /// Requests per second over all workers; greater than 0.
        rate: f64,
    },
    /// Instruction count by a simulator, which counts within [`count_instructions`].
    Instructions,
}

/// Runs the code whose instructions a simulator counts.
///
/// The simulator finds this function by its name; see `docs/PROTOCOL.md`.
#[inline(never)]
pub(crate) fn count_instructions(run: &mut dyn FnMut()) {
    run();
    // Prevents a tail call, after which the simulator would not see this function return.
    std::hint::black_box(());
}
