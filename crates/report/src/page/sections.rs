//! Sections of the page that show charts, with their headings and introductions.

use bakeoff_protocol::results::Results;
use serde::Serialize;

use super::figure::{Figure, figure};
use super::first_screen::first_charts;
use crate::charts::{Chart, Kind};

/// One section with its charts.
#[derive(Serialize)]
pub struct Section {
    /// Id of the section in the page's address.
    pub anchor: &'static str,
    pub heading: &'static str,
    /// Introduction below the heading.
    pub about: &'static str,
    /// True for details that are folded until the reader opens them.
    pub fold: bool,
    pub charts: Vec<Figure>,
}

/// Kind, anchor, heading and introduction of each section.
const CHARTED: [(Kind, &str, &str, &str); Kind::ALL.len()] = [
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

/// Returns the sections that have a chart, without the charts of the first screen.
pub fn sections_with_charts(results: &Results, charts: &[Chart]) -> Vec<Section> {
    let is_first = |chart: &Chart| {
        let of = chart.scenario.as_ref().and_then(|name| results.scenario(name));
        of.is_some_and(|of| first_charts(of).contains(&chart.kind))
    };
    let further: Vec<&Chart> = charts.iter().filter(|chart| !is_first(chart)).collect();
    CHARTED
        .into_iter()
        .map(|(kind, anchor, heading, about)| Section {
            anchor,
            heading,
            about,
            fold: matches!(kind, Kind::Tradeoff | Kind::PairedDifferences | Kind::Samples),
            charts: further
                .iter()
                .copied()
                .filter(|chart| chart.kind == kind)
                .map(figure)
                .collect(),
        })
        .filter(|section| !section.charts.is_empty())
        .collect()
}
