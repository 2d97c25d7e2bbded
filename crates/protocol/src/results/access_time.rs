//! Mean access time per request as a function of miss cost and network distance.
//!
//! t(m, d) = t₀ + trips · d + misses · m, with service time t₀, round trips to a shared cache per
//! request, and misses per request.

use serde::{Deserialize, Serialize};

/// Mean access times of the variants in one scenario, and their ranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessTime {
    /// One line per variant whose hit ratio and throughput are known, in the user's order.
    pub lines: Vec<AccessTimeLine>,
    /// One ranking per network distance, the measured distance first.
    pub by_distance: Vec<DistanceRanking>,
}

/// Mean access time of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccessTimeLine {
    /// Index of the variant in the user's order.
    pub index: usize,
    /// Name of the variant.
    pub variant: String,
    /// Service time per request in nanoseconds: median, then lower and upper end of its interval.
    pub time_ns: [f64; 3],
    /// Lowest and highest number of misses per request.
    pub misses: [f64; 2],
    /// Round trips to a shared cache per request.
    pub round_trips: f64,
    /// True if the variant may be recommended.
    pub eligible: bool,
}

/// Network distance to a shared cache, as added time per round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NetworkDistance {
    /// No added time.
    AsMeasured,
    /// TCP on the same machine: adds 0.05 ms per round trip.
    SameMachine,
    /// The same availability zone: adds 0.5 ms per round trip.
    SameZone,
    /// Another availability zone: adds 1.5 ms per round trip.
    OtherZone,
    /// Another region: adds 50 ms per round trip.
    OtherRegion,
}

/// Ranking by mean access time at one network distance, over miss costs from 1 µs to 1 s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DistanceRanking {
    /// Network distance of this ranking.
    pub distance: NetworkDistance,
    /// Added time per round trip at this distance, in nanoseconds.
    pub distance_ns: f64,
    /// Eligible variant with the lowest mean access time at a miss cost of 1 µs.
    pub lowest_first: Option<String>,
    /// Miss costs at which another eligible variant becomes the one with the lowest mean access
    /// time, ascending.
    pub crossovers: Vec<RankingCrossover>,
    /// Leading variants, each with a rival from which it does not differ significantly.
    pub unseparated: Vec<UnseparatedRival>,
    /// Consecutive ranges of miss cost with a constant ranking, ascending.
    pub segments: Vec<RankingSegment>,
}

/// Miss cost at which another variant becomes the one with the lowest mean access time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RankingCrossover {
    /// Variant with the lowest mean access time below the crossover.
    pub better_below: String,
    /// Variant with the lowest mean access time above the crossover.
    pub better_above: String,
    /// Estimated miss cost, in nanoseconds.
    pub miss_cost_ns: f64,
    /// Interval of the miss cost; absent if the crossover is not significant.
    pub interval_ns: Option<[f64; 2]>,
}

/// Rival whose mean access time does not differ significantly from that of the leading variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnseparatedRival {
    /// Leading variant: the one with the lowest estimated mean access time.
    pub leader: String,
    /// Name of the rival.
    pub rival: String,
    /// Miss cost, in nanoseconds, above which the difference is significant. Absent if it is not
    /// significant anywhere in the range in which the leader has the lowest estimate.
    pub up_to_miss_ns: Option<f64>,
}

/// Range of miss cost in which neither the ranking nor any significance changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RankingSegment {
    /// Lower end of the range, in nanoseconds.
    pub from_miss_ns: f64,
    /// Upper end of the range, in nanoseconds.
    pub to_miss_ns: f64,
    /// Indexes of all variants, sorted by mean access time, the lowest first.
    pub ranking: Vec<usize>,
    /// Index of the eligible variant with the lowest mean access time.
    pub lowest: Option<usize>,
    /// Indexes of eligible variants whose mean access time is significantly higher than the lowest.
    pub higher: Vec<usize>,
    /// Indexes of eligible variants whose difference from the lowest is not significant.
    pub not_separated: Vec<usize>,
    /// Indexes of eligible variants that were never paired with the lowest.
    pub not_paired: Vec<usize>,
}

impl AccessTimeLine {
    /// Returns the mean access time in nanoseconds: estimate, then lower and upper end of its
    /// interval.
    #[must_use]
    pub fn at(&self, miss_ns: f64, distance_ns: f64) -> [f64; 3] {
        let [time, low, high] = self.time_ns;
        let [least, most] = self.misses;
        let far = self.round_trips * distance_ns;
        [
            time + far + self.mean_misses() * miss_ns,
            low + far + least * miss_ns,
            high + far + most * miss_ns,
        ]
    }

    /// Returns the midpoint between the lowest and highest misses per request.
    #[must_use]
    pub const fn mean_misses(&self) -> f64 {
        f64::midpoint(self.misses[0], self.misses[1])
    }
}

impl AccessTime {
    /// Lowest and highest miss cost that is examined, in nanoseconds: 1 µs and 1 s.
    pub const MISS_COST_RANGE_NS: [f64; 2] = [1e3, 1e9];

    /// Returns the ranking at the measured distance.
    #[must_use]
    pub fn as_measured(&self) -> Option<&DistanceRanking> {
        self.by_distance.first()
    }

    /// Returns the line of the variant with the given index.
    #[must_use]
    pub fn line(&self, index: usize) -> Option<&AccessTimeLine> {
        self.lines.iter().find(|line| line.index == index)
    }
}

impl DistanceRanking {
    /// Returns the segment that contains a miss cost, or the last one for a higher miss cost.
    #[must_use]
    pub fn segment(&self, miss_ns: f64) -> Option<&RankingSegment> {
        let contains = |segment: &&RankingSegment| miss_ns <= segment.to_miss_ns;
        self.segments.iter().find(contains).or(self.segments.last())
    }
}

impl NetworkDistance {
    /// Every distance, the measured one first.
    pub const ALL: [Self; 5] =
        [Self::AsMeasured, Self::SameMachine, Self::SameZone, Self::OtherZone, Self::OtherRegion];

    /// Returns the added time per round trip, in nanoseconds.
    #[must_use]
    pub const fn nanoseconds(self) -> f64 {
        match self {
            Self::AsMeasured => 0.0,
            Self::SameMachine => 50_000.0,
            Self::SameZone => 500_000.0,
            Self::OtherZone => 1_500_000.0,
            Self::OtherRegion => 50_000_000.0,
        }
    }
}
