//! Sections of the page with charts.

use minijinja::value::Value;
use serde::Serialize;

use crate::charts::{Chart, Kind, Table};

/// Section with charts.
#[derive(Serialize)]
pub struct Section {
    /// Anchor.
    pub anchor: &'static str,
    /// Heading.
    pub heading: &'static str,
    /// Introduction.
    pub about: &'static str,
    /// Charts.
    pub charts: Vec<Figure>,
}

/// Chart in the form of the template.
#[derive(Serialize)]
pub struct Figure {
    name: String,
    scenario: Option<String>,
    detail: Option<String>,
    title: String,
    subtitle: String,
    wide: Value,
    narrow: Value,
    table: TableValue,
}

#[derive(Serialize)]
struct TableValue {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Kind, anchor, heading and introduction of each section.
const CHARTED: [(Kind, &str, &str, &str); 14] = [
    (
        Kind::Tradeoff,
        "tradeoff",
        "Hit ratio against throughput",
        "Higher means fewer requests to the origin; further right means less time per answer. A \
         variant above and to the right of another is better in both.",
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
        "The gray area ends at the optimal bound, a cache that knows the future. The dashed line is \
         an infinite cache. No strategy can exceed either.",
    ),
    (
        Kind::Latency,
        "latency",
        "Latency by percentile",
        "At full speed, each request waits for the previous answer. At a share of the variant's \
         maximum throughput, requests arrive on a fixed schedule, so a pause delays all requests due \
         in it.",
    ),
    (
        Kind::Threads,
        "threads",
        "Thread scaling",
        "Throughput by number of workers. A lock that every worker takes prevents any gain from a \
         second one.",
    ),
    (
        Kind::Tiers,
        "tiers",
        "Reads by tier",
        "Share of the reads that the near tier, the further tiers and the origin answer.",
    ),
    (
        Kind::ErrorsOverTime,
        "faults",
        "Effect of faults",
        "Failed, slow and unserved requests while a part of the system is down, and after it is back.",
    ),
    (
        Kind::PairedDifferences,
        "pairs",
        "Paired differences",
        "Each round times the variants one after the other from the same request on, so that \
         differences within a round are not affected by the speed of the machine. The first row is \
         the A/A control, the baseline against itself: it should contain zero.",
    ),
    (
        Kind::Throughput,
        "throughput",
        "Throughput of every trial",
        "One dot per trial; the stroke is the median.",
    ),
    (Kind::HitRatio, "hit-ratios", "Hit ratio by scenario", "Exact counts over whole replays."),
    (Kind::Memory, "memory", "Memory", "Memory per entry."),
    (
        Kind::Footprint,
        "footprint",
        "Memory by number of entries",
        "Large marks: process and server with a separate copy of each value, at the timed capacity \
         and a smaller one. Lines: hit-ratio replays, in which the entries of a process share one \
         value, so that keys and bookkeeping remain (a server always keeps its own copies). The \
         distance between mark and line is the memory of the values. For few entries, the growth of \
         the process itself dominates.",
    ),
    (
        Kind::OriginLoad,
        "origin-load",
        "Origin load over time",
        "Requests arrive when they are due, whatever happened to earlier ones.",
    ),
    (
        Kind::Staleness,
        "staleness",
        "Age of stale reads",
        "A line that ends further left stops giving stale answers sooner; a lower line gives fewer. \
         Variants without a stale answer have no line.",
    ),
];

/// Returns the sections that have a chart.
pub fn charted(charts: &[Chart]) -> Vec<Section> {
    CHARTED
        .into_iter()
        .map(|(kind, anchor, heading, about)| Section {
            anchor,
            heading,
            about,
            charts: charts.iter().filter(|chart| chart.kind == kind).map(figure).collect(),
        })
        .filter(|section| !section.charts.is_empty())
        .collect()
}

/// Converts a chart into the form of the template.
pub fn figure(chart: &Chart) -> Figure {
    let Table { head, rows } = chart.table.clone();
    Figure {
        name: chart.name(),
        scenario: chart.scenario.clone(),
        detail: chart.detail.clone(),
        title: chart.title.clone(),
        subtitle: chart.subtitle.clone(),
        wide: Value::from_safe_string(chart.wide()),
        narrow: Value::from_safe_string(chart.narrow()),
        table: TableValue { head, rows },
    }
}
