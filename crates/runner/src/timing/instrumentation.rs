//! Measurements of a replay beyond its counts and its duration.

/// Measurement of a replay beyond its counts and its duration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instrumentation {
    /// None.
    None,
    /// Service time of single requests in a closed loop.
    Requests {
        /// Mean number of requests per timed one; at least 1. Awaited requests are all timed.
        mean_gap: u64,
    },
    /// Response time of every request, from its scheduled time.
    Schedule {
        /// Requests per second over all workers; positive.
        rate: f64,
    },
    /// Instructions, counted by a simulator that looks for [`count_instructions`].
    Instructions,
}

/// Runs the code whose instructions a simulator counts.
///
/// The simulator finds this function by its name, see `docs/PROTOCOL.md`.
#[inline(never)]
pub(crate) fn count_instructions(run: &mut dyn FnMut()) {
    run();
    // Keeps the call above from becoming a jump, after which this function would never return.
    std::hint::black_box(());
}
