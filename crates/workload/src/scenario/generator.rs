//! Generators of keys, as a scenario describes them.

use serde::Serialize;

/// Key generator; its keys are `keys` consecutive numbers from `first_key`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "generator", rename_all = "kebab-case")]
pub enum Generator {
    /// Zipf's law: the probability of the key of rank k (from 1) is proportional to k^−exponent.
    Zipf {
        /// Number of keys.
        keys: u64,
        /// Exponent, at least 0; 0 is uniform, web traffic is near 1.
        exponent: f64,
        /// Most popular key.
        first_key: u64,
    },
    /// Zipf's law with popular keys scattered over the range, as in YCSB.
    ScrambledZipf {
        /// Number of keys.
        keys: u64,
        /// Exponent of the ranks that are hashed to keys.
        exponent: f64,
        /// Lowest key.
        first_key: u64,
    },
    /// Uniform: all keys are equally popular.
    Uniform {
        /// Number of keys.
        keys: u64,
        /// Lowest key.
        first_key: u64,
    },
    /// A share of the keys is hot and gets most requests; hot and cold keys are each uniform.
    Hotspot {
        /// Number of keys.
        keys: u64,
        /// Share of the keys that are hot, 0 to 1.
        hot_keys: f64,
        /// Share of the requests for hot keys, 0 to 1.
        hot_requests: f64,
        /// Lowest hot key.
        first_key: u64,
    },
    /// Popularity that falls by a constant factor per key.
    Exponential {
        /// Number of keys.
        keys: u64,
        /// Percentage of the requests that go to the first `share` of the keys.
        percentile: f64,
        /// Share of the keys that gets `percentile` percent of the requests.
        share: f64,
        /// Most popular key.
        first_key: u64,
    },
    /// Zipf's law over age: the newest keys are the most popular.
    Latest {
        /// Initial number of keys.
        keys: u64,
        /// Exponent of Zipf's law.
        exponent: f64,
        /// Oldest key.
        first_key: u64,
    },
    /// All keys in ascending order; each repetition continues where the previous one stopped.
    Scan {
        /// Number of keys; the first key follows the last one.
        keys: u64,
        /// Lowest key.
        first_key: u64,
    },
    /// All keys in ascending order, repeatedly; each repetition starts at the first key.
    Loop {
        /// Number of keys.
        keys: u64,
        /// Lowest key.
        first_key: u64,
    },
    /// Visits to related keys: one key per level, but all children on the last level.
    Related {
        /// Number of keys on the top level.
        keys: u64,
        /// Exponent of Zipf's law over the top level.
        exponent: f64,
        /// Number of children of each key, by level.
        children: Vec<u32>,
        /// Lowest key of the top level.
        first_key: u64,
    },
    /// Given reuse distances and requests per key, as fitted to a trace.
    Reuse {
        /// Expected number of keys.
        keys: u64,
        /// Lowest key.
        first_key: u64,
        /// Distributions to reproduce.
        #[serde(flatten)]
        plan: Box<ReusePlan>,
    },
}

/// Distributions that reproduce the reuse of a trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReusePlan {
    /// Share of requests for new keys in each of several intervals of equal length.
    pub new_key_shares: Vec<f64>,
    /// Histogram of reuse distances: pairs of the largest distance of a bin (from 1) and its
    /// weight.
    pub reuse_distances: Vec<(u64, f64)>,
    /// Histogram of the number of requests per key: pairs of a number and the weight of such keys.
    pub requests_per_key: Vec<(u64, f64)>,
}

impl Generator {
    /// Returns the initial number of keys.
    #[must_use]
    pub fn keys(&self) -> u64 {
        match self {
            Self::Zipf { keys, .. }
            | Self::ScrambledZipf { keys, .. }
            | Self::Uniform { keys, .. }
            | Self::Hotspot { keys, .. }
            | Self::Exponential { keys, .. }
            | Self::Latest { keys, .. }
            | Self::Scan { keys, .. }
            | Self::Loop { keys, .. }
            | Self::Reuse { keys, .. } => *keys,
            Self::Related { keys, children, .. } => keys_of_all_levels(*keys, children),
        }
    }

    /// Returns the lowest key.
    #[must_use]
    pub fn first_key(&self) -> u64 {
        match *self {
            Self::Zipf { first_key, .. }
            | Self::ScrambledZipf { first_key, .. }
            | Self::Uniform { first_key, .. }
            | Self::Hotspot { first_key, .. }
            | Self::Exponential { first_key, .. }
            | Self::Latest { first_key, .. }
            | Self::Scan { first_key, .. }
            | Self::Loop { first_key, .. }
            | Self::Related { first_key, .. }
            | Self::Reuse { first_key, .. } => first_key,
        }
    }

    /// Returns a number above all initial keys.
    ///
    /// A reuse generator can need more keys than expected, so its limit includes a reserve.
    #[must_use]
    pub fn key_limit(&self) -> u64 {
        self.first_key().saturating_add(match self {
            Self::Reuse { keys, .. } => keys.saturating_mul(2).saturating_add(64),
            other => other.keys(),
        })
    }
}

fn keys_of_all_levels(top_level: u64, children: &[u32]) -> u64 {
    let mut level = top_level;
    children.iter().fold(top_level, |sum, &children| {
        level = level.saturating_mul(u64::from(children));
        sum.saturating_add(level)
    })
}

#[cfg(test)]
mod tests {
    use super::keys_of_all_levels;

    #[test]
    fn keys_of_all_levels_are_added_up() {
        assert_eq!(keys_of_all_levels(10, &[3, 2]), 10 + 30 + 60);
        assert_eq!(keys_of_all_levels(u64::MAX, &[2]), u64::MAX);
    }
}
