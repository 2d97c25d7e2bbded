//! What is watched of a replay beside its counts and its length.

/// What is watched beside counts and length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Watch {
    /// Nothing.
    Nothing,
    /// The time of single requests, one after the other as fast as they are answered.
    Requests {
        /// Mean distance of two timed ones; at least 1. Awaited requests are all timed.
        mean_gap: u64,
    },
    /// The time of every request, counted from when it was due.
    Schedule {
        /// Requests per second over all workers; positive.
        rate: f64,
    },
    /// Instructions, by a simulator that looks for [`count_instructions`].
    Instructions,
}

/// Runs what a simulator is to count. It knows the place by this function's name: see
/// `docs/PROTOCOL.md`.
#[inline(never)]
pub(super) fn count_instructions(run: &mut dyn FnMut()) {
    run();
    // Keeps the call above from becoming a jump, after which this function would never return.
    std::hint::black_box(());
}
