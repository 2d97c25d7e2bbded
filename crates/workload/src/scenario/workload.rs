//! The part of a scenario that decides which requests are made.

use std::path::PathBuf;

use serde::Serialize;

use crate::anonymize::Secret;
use crate::trace::ColumnChoice;

/// Where the requests come from: `[workload]` and `[mix]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadPlan {
    /// Generators, one after the other.
    Generated(GeneratedPlan),
    /// A recorded trace or log.
    Trace(Box<TraceSource>),
}

/// What generators make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GeneratedPlan {
    /// The phases, at least one.
    pub phases: Vec<Phase>,
    /// Rounds of the list; at least 1. What a generator remembers outlives a round.
    pub repeat: u64,
    /// When requests arrive; `None`: they have no times.
    pub arrivals: Option<Arrivals>,
}

/// Requests that arrive at random, at a rate that may rise and fall.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Arrivals {
    /// Requests per second on average; above 0.
    pub rate: f64,
    /// How far the rate rises and falls, as a share of it: 0 (steady) to 1.
    pub amplitude: f64,
    /// Seconds from one high to the next.
    pub period_seconds: f64,
}

/// A stretch of requests from one stream, or from several in turn at random.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Requests of one visit to the phase; at least 1.
    pub requests: u64,
    /// Who makes them; at least one.
    pub streams: Vec<Stream>,
}

/// A generator, what its requests do, and how its popularity changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stream {
    /// The tenant's name, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its share of the actions, in relation to the other streams of the phase.
    pub weight: f64,
    /// What draws the keys.
    #[serde(flatten)]
    pub generator: Generator,
    /// What the requests do.
    pub mix: Mix,
    /// How popularity changes.
    pub changes: Changes,
}

impl Stream {
    /// A stream of its own, whose popularity stays.
    #[must_use]
    pub fn new(generator: Generator, mix: Mix) -> Self {
        Self { name: None, weight: 1.0, generator, mix, changes: Changes::default() }
    }

    /// The first number that is no key of it, if it makes that many requests.
    #[must_use]
    pub fn key_limit(&self, requests: u64) -> u64 {
        let inserted = if self.mix.inserts > 0.0 { requests } else { 0 };
        let born = libm::ceil(self.changes.churn * requests as f64) as u64;
        self.generator.key_limit().saturating_add(inserted).saturating_add(born)
    }
}

/// How the popularity of keys changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Places that popularity moves on to the next keys with every request.
    pub drift: f64,
    /// Keys that die with every request, a new one born in the place of each.
    pub churn: f64,
    /// Keys that everybody asks for, for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bursts: Option<Bursts>,
}

/// Keys that everybody asks for, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bursts {
    /// Requests from the end of one burst to the next, on average.
    pub every: u64,
    /// Requests that one lasts.
    pub length: u64,
    /// Share of the requests within it that go to its keys.
    pub share: f64,
    /// Keys of one burst, chosen anew for each.
    pub keys: u64,
}

/// What draws the keys. Keys are the numbers from `first_key` on, `keys` of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Zipf's law with popular keys spread over the whole range, as YCSB has it.
    ScrambledZipf {
        /// Keys to draw from.
        keys: u64,
        /// Of the ranks that are hashed to keys.
        exponent: f64,
        /// The first of them.
        first_key: u64,
    },
    /// Every key with the same probability.
    Uniform {
        /// Keys to draw from.
        keys: u64,
        /// The first of them.
        first_key: u64,
    },
    /// Few keys with most requests, both groups uniform within.
    Hotspot {
        /// Keys to draw from.
        keys: u64,
        /// Share of the keys that is hot.
        hot_keys: f64,
        /// Share of the requests that goes there.
        hot_requests: f64,
        /// The first hot key.
        first_key: u64,
    },
    /// Popularity that falls by the same factor from key to key.
    Exponential {
        /// Keys to draw from.
        keys: u64,
        /// Percent of the requests that go to the first `share` of the keys.
        percentile: f64,
        /// Share of the keys that gets them.
        share: f64,
        /// The most popular key.
        first_key: u64,
    },
    /// What was inserted last is the most popular; Zipf's law from there back.
    Latest {
        /// Keys at the beginning.
        keys: u64,
        /// Of Zipf's law over ages.
        exponent: f64,
        /// The oldest key.
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
    /// Visits to keys that belong together: one of the first level, one of its children, …, all
    /// children of the last.
    Related {
        /// Keys of the first level, by Zipf's law.
        keys: u64,
        /// Of Zipf's law.
        exponent: f64,
        /// Children of each key, level by level.
        children: Vec<u32>,
        /// The first key of the first level.
        first_key: u64,
    },
    /// Given reuse distances and numbers of requests a key, as fitted to a trace.
    Reuse {
        /// Keys that there will be, about.
        keys: u64,
        /// The first of them.
        first_key: u64,
        /// The distributions.
        #[serde(flatten)]
        plan: Box<ReusePlan>,
    },
}

/// Distributions that make requests like those of a trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReusePlan {
    /// Share of requests for new keys, over equal stretches of the workload.
    pub births: Vec<f64>,
    /// Of requests for known keys: the share whose key lies at most so deep in the order of last
    /// requests (from 1) and deeper than the entry before.
    pub distances: Vec<(u64, f64)>,
    /// Requests that a key gets in all, and the share of such keys.
    pub counts: Vec<(u64, f64)>,
}

impl Generator {
    /// How many keys there are at the beginning.
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
            Self::Related { keys, children, .. } => crate::generate::Related::keys(*keys, children),
        }
    }

    /// The first key.
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

    /// The first number that is no key of it at the beginning. What is drawn by reuse distances
    /// may need more than it says.
    #[must_use]
    pub fn key_limit(&self) -> u64 {
        self.first_key().saturating_add(match self {
            Self::Reuse { keys, .. } => keys.saturating_mul(2).saturating_add(64),
            other => other.keys(),
        })
    }
}

/// Shares of the actions; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mix {
    /// Reads.
    pub reads: f64,
    /// Writes.
    pub writes: f64,
    /// Deletes, which invalidate.
    pub deletes: f64,
    /// Writes of keys that were not there before.
    pub inserts: f64,
    /// Reads of a key and of those behind it, which belong together.
    pub scans: f64,
    /// Reads with a write of the same key behind each.
    pub modifies: f64,
    /// The most keys of a scan; every length from 1 has the same probability.
    pub scan_length: u32,
}

impl Mix {
    /// Nothing but reads.
    pub const READS: Self = Self {
        reads: 1.0,
        writes: 0.0,
        deletes: 0.0,
        inserts: 0.0,
        scans: 0.0,
        modifies: 0.0,
        scan_length: 100,
    };
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Pareto: the share of sizes above x is (min / x)^shape; cut off at `max`.
    Pareto {
        /// Smallest, in bytes.
        min: u32,
        /// Above 0; the smaller, the heavier the tail.
        shape: f64,
        /// Largest, in bytes.
        max: u32,
    },
    /// Given shares, uniform within a bin.
    Histogram {
        /// The largest size of a bin in bytes, and the share of values in it.
        bins: Vec<(u32, f64)>,
    },
}

/// Time to live of values, fixed for a key. `[values]`, `ttl_seconds`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "ttl", rename_all = "kebab-case")]
pub enum Lifetime {
    /// They have none.
    #[default]
    Endless,
    /// The same for all.
    Fixed {
        /// Above 0.
        milliseconds: u32,
    },
    /// Every time between two with the same probability.
    Uniform {
        /// Shortest.
        min_ms: u32,
        /// Longest.
        max_ms: u32,
    },
}

impl Default for Values {
    /// Half a KiB: a small serialised record.
    fn default() -> Self {
        Self::Fixed { bytes: 512 }
    }
}
