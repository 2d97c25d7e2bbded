//! Reasons to reject a message of a runner, with their kind and hint.

/// Reason why a message of a runner is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReport {
    /// The runner was built from another tree.
    #[error("the runner reports tree {reported:?}, expected {expected:?}")]
    OtherTree {
        /// Reported value.
        reported: String,
        /// Expected value.
        expected: String,
    },
    /// The runner contains another strategy.
    #[error("the runner reports strategy {reported:?}, expected {expected:?}")]
    OtherStrategy {
        /// Reported value.
        reported: String,
        /// Expected value.
        expected: String,
    },
    /// The runner supports other versions of the protocol or of compiled workloads.
    #[error("the runner supports versions {from} to {to} of the {what}; this driver needs {ours}")]
    Version {
        /// Name of the versioned format: `runner protocol` or `compiled workload`.
        what: &'static str,
        /// First supported version.
        from: u32,
        /// Last supported version.
        to: u32,
        /// Version of this driver.
        ours: u32,
    },
    /// Requests failed.
    #[error("{errors} of {requests} requests failed{}", first(violation))]
    Errors {
        /// Number of failed requests.
        errors: u64,
        /// Number of all requests.
        requests: u64,
        /// Description of the first failed request.
        violation: Option<String>,
    },
    /// The runner counted wrong answers.
    #[error("{wrong} of {reads} answers were wrong{}", first(violation))]
    Wrong {
        /// Number of wrong answers.
        wrong: u64,
        /// Number of reads.
        reads: u64,
        /// Description of the first wrong answer.
        violation: Option<String>,
    },
    /// A strategy that declares fresh answers returned stale ones.
    #[error(
        "{stale} of {reads} answers were stale, but the strategy declares that answers are fresh{}",
        first(violation)
    )]
    Stale {
        /// Number of stale answers.
        stale: u64,
        /// Number of reads.
        reads: u64,
        /// Description of the first stale answer.
        violation: Option<String>,
    },
    /// The checksum of the answers is wrong.
    #[error("the checksum of the answers is {reported}, expected {expected}")]
    Checksum {
        /// Reported value.
        reported: String,
        /// Expected value.
        expected: String,
    },
    /// The counts are inconsistent, or impossible for any cache.
    #[error("{0}")]
    Impossible(String),
    /// The cache holds more entries than its capacity.
    #[error(
        "the cache holds {held} entries, {} above its capacity of {capacity} (declared overshoot: \
         {overshoot})",
        held - capacity
    )]
    OverCapacity {
        /// Entries at the end, after housekeeping.
        held: u64,
        /// Capacity in entries.
        capacity: u64,
        /// Number of entries above the capacity that the strategy declares.
        overshoot: u64,
    },
}

fn first(violation: &Option<String>) -> String {
    violation.as_ref().map(|violation| format!("; the first: {violation}")).unwrap_or_default()
}

impl InvalidReport {
    /// Returns the kind of failure under which the error is recorded.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OtherTree { .. } | Self::OtherStrategy { .. } | Self::Version { .. } => {
                "protocol"
            }
            Self::Errors { .. } => "strategy",
            Self::Wrong { .. }
            | Self::Stale { .. }
            | Self::Checksum { .. }
            | Self::Impossible(_) => "wrong-answers",
            Self::OverCapacity { .. } => "over-capacity",
        }
    }

    /// Returns advice for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OtherTree { .. } | Self::OtherStrategy { .. } => {
                "delete the built runners with `bakeoff cleanup --cache`, then run again"
            }
            Self::Version { .. } => "build the runner from a git ref that supports this version",
            Self::Errors { .. } => "see the error in the log",
            Self::OverCapacity { .. } => {
                "evict before the capacity is exceeded, at the latest in settle(), or declare \
                 capacity_overshoot"
            }
            _ => "run `bakeoff check STRATEGY` to find the broken rule",
        }
    }
}
