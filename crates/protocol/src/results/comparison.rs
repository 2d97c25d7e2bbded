//! Comparison of several runs.

/// Change of one variant from the first run that has it to the last.
#[derive(Clone, Debug, PartialEq)]
pub enum VariantChange {
    /// Fewer than two runs have the variant.
    OnlyOneRun,
    /// The runs are not comparable.
    NotComparable(RunDifference),
    /// Changes from the first run to the last.
    Changed {
        /// Hit ratio of the last run minus that of the first, if it differs.
        hit_ratio: Option<f64>,
        /// Change of the throughput relative to the baseline.
        throughput: ThroughputChange,
    },
}

/// Difference between two runs that prevents a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunDifference {
    /// The workloads differ.
    Workload,
    /// The timed capacities or loads differ.
    CapacityOrLoad,
}

/// Change of a throughput relative to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThroughputChange {
    /// No change is known.
    Unknown,
    /// The intervals do not overlap, and the ratio is higher.
    Faster,
    /// The intervals do not overlap, and the ratio is lower.
    Slower,
    /// The baselines differ.
    OtherBaseline,
    /// A run is unconfirmed.
    Unconfirmed,
    /// A run has too few rounds.
    TooFewRounds,
    /// The throughput is not comparable with the baseline's.
    NotComparable,
}
