//! Comparison of one variant across several runs of explorations.

/// Change of one variant between the first and the last run that contain it.
#[derive(Clone, Debug, PartialEq)]
pub enum VariantChange {
    /// Fewer than two runs contain the variant.
    OnlyOneRun,
    /// The first and the last run cannot be compared.
    NotComparable(RunDifference),
    /// Changes between the first and the last run.
    Changed {
        /// Hit ratio of the last run minus that of the first, if it differs.
        hit_ratio: Option<f64>,
        /// Change of the throughput ratio to the run's baseline.
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

/// Change of the throughput ratio to the run's baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThroughputChange {
    /// No change is shown: the intervals overlap, or a throughput is missing.
    Unknown,
    /// The intervals do not overlap, and the ratio is higher.
    Faster,
    /// The intervals do not overlap, and the ratio is lower.
    Slower,
    /// The two runs have different baselines.
    OtherBaseline,
    /// One of the runs is unconfirmed.
    Unconfirmed,
    /// One of the runs has too few rounds.
    TooFewRounds,
}
