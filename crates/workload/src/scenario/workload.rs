//! The part of a scenario that decides which requests are made.

use std::path::PathBuf;

use serde::Serialize;

use crate::anonymize::Secret;
use crate::trace::ColumnChoice;

/// Where the requests come from: `[workload]` and `[mix]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadPlan {
    /// Generators, one after the other, the whole list `repeat` times.
    Generated {
        /// The phases, at least one.
        phases: Vec<Phase>,
        /// Rounds of the list; at least 1. What a generator remembers outlives a round.
        repeat: u64,
    },
    /// A recorded trace or log.
    Trace(Box<TraceSource>),
}

/// A stretch of requests from one generator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// What draws the keys.
    #[serde(flatten)]
    pub generator: Generator,
    /// Requests of one visit to the phase; at least 1.
    pub requests: u64,
    /// What the requests do.
    pub mix: Mix,
}

/// What draws the keys. Keys are the numbers from `first_key` on, `keys` of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "generator", rename_all = "kebab-case")]
pub enum Generator {
    /// The key of rank k (from 1) with a probability proportional to k^−exponent.
    Zipf {
        /// Keys to draw from.
        keys: u64,
        /// At least 0 (uniform); around 1 for what people ask of caches.
        exponent: f64,
        /// The most popular key.
        first_key: u64,
    },
    /// Every key with the same probability.
    Uniform {
        /// Keys to draw from.
        keys: u64,
        /// The first of them.
        first_key: u64,
    },
    /// All keys in order; a later visit goes on where the last one stopped.
    Scan {
        /// Keys to walk over; after the last comes the first again.
        keys: u64,
        /// The first of them.
        first_key: u64,
    },
    /// Round after round over the same keys, from the first key at every visit.
    Loop {
        /// Keys of a round.
        keys: u64,
        /// The first of them.
        first_key: u64,
    },
}

impl Generator {
    /// The first number that is no key of it.
    #[must_use]
    pub const fn key_limit(&self) -> u64 {
        match *self {
            Self::Zipf { keys, first_key, .. }
            | Self::Uniform { keys, first_key }
            | Self::Scan { keys, first_key }
            | Self::Loop { keys, first_key } => first_key.saturating_add(keys),
        }
    }
}

/// Shares of the operations; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mix {
    /// Reads.
    pub reads: f64,
    /// Writes.
    pub writes: f64,
    /// Deletes, which invalidate.
    pub deletes: f64,
}

impl Mix {
    /// Nothing but reads.
    pub const READS: Self = Self { reads: 1.0, writes: 0.0, deletes: 0.0 };
}

/// A trace and how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraceSource {
    /// Files or patterns, read one after the other; `-` is standard input, and relative paths
    /// count from the workspace's root.
    pub paths: Vec<PathBuf>,
    /// A name of [`crate::trace::FORMATS`]; `None`: guessed from content and name of each file.
    pub format: Option<String>,
    /// Whether stores of block and address traces are writes; otherwise all are reads.
    pub honour_ops: bool,
    /// At most so many requests from the start; `None`: all.
    pub limit: Option<u64>,
    /// Which columns or fields hold what.
    #[serde(skip_serializing_if = "ColumnChoice::is_default")]
    pub columns: ColumnChoice,
    /// Replaces every key by a hash of it under this secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymize: Option<Secret>,
}

impl TraceSource {
    /// One file, its format guessed where none is named.
    #[must_use]
    pub fn file(path: PathBuf, format: Option<String>) -> Self {
        Self { paths: vec![path], format, ..Self::default() }
    }

    /// The files as messages name them.
    #[must_use]
    pub fn name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        names.join(", ")
    }
}

/// Bytes of a value, fixed for a key over its whole life. `[values]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "distribution", rename_all = "kebab-case")]
pub enum Values {
    /// The same for all.
    Fixed {
        /// Bytes.
        bytes: u32,
    },
    /// Every size from `min` to `max` with the same probability.
    Uniform {
        /// Smallest, in bytes.
        min: u32,
        /// Largest, in bytes.
        max: u32,
    },
    /// Log-normal, cut off at `max`.
    LogNormal {
        /// Half of the values are smaller; bytes.
        median: u32,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
        /// Largest, in bytes.
        max: u32,
    },
}

impl Default for Values {
    /// Half a KiB: a small serialised record.
    fn default() -> Self {
        Self::Fixed { bytes: 512 }
    }
}
