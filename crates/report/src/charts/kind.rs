//! Kinds of charts, with their names and their sections of the page.

/// Kind of a chart, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hit ratio by variant.
    HitRatio,
    /// Throughput by variant.
    Throughput,
    /// Mean access time against miss cost.
    AccessTime,
    /// Hit ratio against capacity.
    Capacity,
    /// Hit ratio against memory.
    MemoryCurve,
    /// Latency by percentile in the closed loop.
    Latency,
    /// Response time by request rate.
    ResponseTime,
    /// Throughput by the number of workers.
    Threads,
    /// Memory by variant.
    Memory,
    /// Bytes held against entries held.
    Footprint,
    /// Share of reads by tier.
    Tiers,
    /// Failed and slow requests over time.
    ErrorsOverTime,
    /// Loads from the origin over time.
    OriginLoad,
    /// Age of stale answers.
    Staleness,
    /// Hit ratio against throughput.
    Tradeoff,
    /// Paired differences.
    PairedDifferences,
    /// Samples of the throughput.
    Samples,
}

impl Kind {
    /// All kinds, in the order of the page.
    pub const ALL: [Self; 17] = [
        Self::HitRatio,
        Self::Throughput,
        Self::AccessTime,
        Self::Capacity,
        Self::MemoryCurve,
        Self::Latency,
        Self::ResponseTime,
        Self::Threads,
        Self::Memory,
        Self::Footprint,
        Self::Tiers,
        Self::ErrorsOverTime,
        Self::OriginLoad,
        Self::Staleness,
        Self::Tradeoff,
        Self::PairedDifferences,
        Self::Samples,
    ];

    /// Returns the name for file names and anchors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HitRatio => "hit-ratio",
            Self::Throughput => "throughput",
            Self::AccessTime => "mean-time-against-miss-cost",
            Self::Capacity => "hit-ratio-against-capacity",
            Self::MemoryCurve => "hit-ratio-against-memory",
            Self::Latency => "latency",
            Self::ResponseTime => "response-time",
            Self::Threads => "thread-scaling",
            Self::Memory => "memory",
            Self::Footprint => "memory-against-entries",
            Self::Tiers => "tier-hits",
            Self::ErrorsOverTime => "errors-over-time",
            Self::OriginLoad => "origin-load-over-time",
            Self::Staleness => "age-of-stale-answers",
            Self::Tradeoff => "hit-ratio-against-throughput",
            Self::PairedDifferences => "paired-differences",
            Self::Samples => "throughput-samples",
        }
    }
}

/// Kind, anchor, heading and introduction of each section of the page that shows charts.
pub const SECTIONS: [(Kind, &str, &str, &str); Kind::ALL.len()] = [
    (
        Kind::HitRatio,
        "hit-ratio",
        "Hit ratio",
        "Hits divided by reads, counted over the whole workload. The solid line is the optimal bound, \
         the dashed line an infinite cache.",
    ),
    (
        Kind::Throughput,
        "throughput",
        "Throughput",
        "Requests per second in a closed loop: each request waits for the previous answer.",
    ),
    (
        Kind::AccessTime,
        "access-time",
        "Mean access time by miss cost",
        "Mean access time per request = service time + misses × miss cost + round trips × added \
         network distance (for a shared cache). It combines throughput and hit ratio.",
    ),
    (
        Kind::Capacity,
        "capacity",
        "Hit ratio by capacity",
        "The gray area ends at the optimal bound, the hit ratio of a cache that knows all future \
         requests. The dashed line is an infinite cache. No strategy can exceed either.",
    ),
    (
        Kind::MemoryCurve,
        "memory-curve",
        "Hit ratio by memory",
        "The capacities of the chart above, placed by the memory that their entries need. It compares \
         variants whose entries differ in size.",
    ),
    (
        Kind::Latency,
        "latency",
        "Latency by percentile",
        "At full speed, each request waits for the previous answer.",
    ),
    (
        Kind::ResponseTime,
        "response-time",
        "Response time by request rate",
        "Requests arrive on a fixed schedule, at the same rates for every variant. The response \
         time is measured from the scheduled arrival, so a pause delays all requests due in it. A \
         variant that cannot sustain a rate is saturated and is not measured at higher rates.",
    ),
    (
        Kind::Threads,
        "threads",
        "Thread scaling",
        "Throughput by number of workers. If every request takes the same lock, more workers add \
         little.",
    ),
    (
        Kind::Tiers,
        "tiers",
        "Reads by tier",
        "Share of the reads answered by the near tier, by the further tiers and by the origin.",
    ),
    (
        Kind::ErrorsOverTime,
        "faults",
        "Effect of faults",
        "Failed, slow and unserved requests while a part of the system is down, and after it is back.",
    ),
    (Kind::Memory, "memory", "Memory", "Memory per entry."),
    (
        Kind::Footprint,
        "footprint",
        "Memory by number of entries",
        "Large marks: memory of process and server if each entry has its own copy of the value, at \
         the timed capacity and at a smaller one. Lines: hit-ratio replays, in which all entries of a \
         process share one value, so that only keys and bookkeeping count (a server always keeps its \
         own copies). The distance between a mark and its line is the memory of the values. With few \
         entries, most of the memory is that of the process itself.",
    ),
    (
        Kind::OriginLoad,
        "origin-load",
        "Origin load over time",
        "Requests arrive on schedule, even if earlier requests still wait for an answer.",
    ),
    (
        Kind::Staleness,
        "staleness",
        "Age of stale reads",
        "The further left a line ends, the shorter its longest staleness; the lower the line, the \
         fewer stale answers. Variants without a stale answer have no line.",
    ),
    (
        Kind::Tradeoff,
        "tradeoff",
        "Hit ratio against throughput",
        "Higher means fewer requests to the origin; further right means less time per answer. A \
         variant above and to the right of another is better in both.",
    ),
    (
        Kind::PairedDifferences,
        "pairs",
        "Paired differences",
        "Each round times all variants one after the other, starting at the same request. So slow \
         changes in the speed of the machine do not affect differences within a round. The first row \
         is the A/A control, the baseline against itself: its interval should contain zero.",
    ),
    (
        Kind::Samples,
        "samples",
        "Throughput of every trial",
        "One dot per trial; the vertical line is the median.",
    ),
];
