//! Distributions of value sizes and times to live: `[values]`.

use serde::Serialize;

/// Distribution of value sizes; all values of a key have the same size.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "distribution", rename_all = "kebab-case")]
pub enum SizeDistribution {
    /// The same size for all keys.
    Fixed {
        /// Size in bytes.
        bytes: u32,
    },
    /// Uniform from `min` to `max`.
    Uniform {
        /// Smallest size in bytes.
        min: u32,
        /// Largest size in bytes.
        max: u32,
    },
    /// Log-normal, limited to `max`.
    LogNormal {
        /// Median in bytes.
        median: u32,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
        /// Largest size in bytes.
        max: u32,
    },
    /// Pareto, limited to `max`: a share (min / x)^shape of the sizes exceeds x.
    Pareto {
        /// Smallest size in bytes.
        min: u32,
        /// Shape, above 0; smaller values give a heavier tail.
        shape: f64,
        /// Largest size in bytes.
        max: u32,
    },
    /// Histogram, uniform within each bin.
    Histogram {
        /// Pairs of the largest size of a bin in bytes and its weight, in ascending order.
        bins: Vec<(u32, f64)>,
    },
}

impl Default for SizeDistribution {
    /// Returns 512 bytes for all keys, the size of a small serialized record.
    fn default() -> Self {
        Self::Fixed { bytes: 512 }
    }
}

/// Distribution of times to live (`ttl_seconds`); all values of a key have the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "ttl", rename_all = "kebab-case")]
pub enum TtlDistribution {
    /// Values do not expire.
    #[default]
    None,
    /// The same time to live for all keys.
    Fixed {
        /// Time to live in milliseconds; above 0.
        ttl_ms: u32,
    },
    /// Uniform from `min_ms` to `max_ms`.
    Uniform {
        /// Shortest time to live in milliseconds.
        min_ms: u32,
        /// Longest time to live in milliseconds.
        max_ms: u32,
    },
}
