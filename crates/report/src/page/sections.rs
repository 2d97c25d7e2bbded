//! The charted sections of the page: which charts stand where, and what is said over them.

use minijinja::value::Value;
use serde::Serialize;

use crate::charts::{Chart, Kind, Table};

/// One section.
#[derive(Serialize)]
pub struct Section {
    /// Its anchor.
    pub anchor: &'static str,
    /// Its heading.
    pub heading: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Its charts.
    pub charts: Vec<Figure>,
}

/// One chart as the template takes it.
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

/// Kinds, anchors, headings and what is to be said under them.
const CHARTED: [(Kind, &str, &str, &str); 14] = [
    (
        Kind::Tradeoff,
        "tradeoff",
        "Hit ratio against throughput",
        "Further up, fewer requests reach the origin; further right, each answer costs less. What \
         lies above and to the right of another is better in both.",
    ),
    (
        Kind::Cost,
        "cost",
        "What a miss costs decides",
        "A quick answer and a high hit ratio are worth nothing by themselves. On average a request \
         takes the cache's own time, plus its misses times what a miss costs, plus, for a shared \
         cache, its round trips times how much farther away it is than it was measured.",
    ),
    (
        Kind::Capacity,
        "capacity",
        "Hit ratio against capacity",
        "How much each variant makes of the room it is given. No strategy can leave the grey area \
         (it ends where a cache that knows the future would be); none can pass the dashed line \
         (a cache that never forgets).",
    ),
    (
        Kind::Latency,
        "latency",
        "Latency by percentile",
        "What most requests take, and what the unlucky ones do. At full speed a request waits for \
         none before it; at a share of its own capacity each is due on a schedule, and a pause \
         makes all that were due in it wait.",
    ),
    (
        Kind::Threads,
        "threads",
        "Thread scaling",
        "What more workers add. A lock that all must take lets nobody profit from a second one.",
    ),
    (
        Kind::Tiers,
        "tiers",
        "Who answers",
        "How much the near tier takes off the further one, and both off the origin.",
    ),
    (
        Kind::Trouble,
        "trouble",
        "When something breaks",
        "What users notice when a part of the system goes down, and when it comes back.",
    ),
    (
        Kind::Forest,
        "pairs",
        "Paired differences",
        "Each round times variants one after the other, from the same request on; what differs \
         within rounds is not blurred by a machine that is faster in one minute than in the next. \
         The first row compares the baseline with itself: it should hold zero.",
    ),
    (
        Kind::Throughput,
        "throughput",
        "Throughput, sample by sample",
        "Nothing is averaged away: one dot a trial.",
    ),
    (
        Kind::HitRatio,
        "hit-ratios",
        "Hit ratio by scenario",
        "Counted over whole replays, not sampled.",
    ),
    (Kind::Memory, "memory", "Memory", "What it costs to hold the entries."),
    (
        Kind::Held,
        "held",
        "Memory against entries",
        "Large marks: what process and server hold, every value a copy of its own, at the timed \
         capacity and a smaller one. Lines: the same after the replays that count hits, in which \
         the entries of a process share one value, so that keys and bookkeeping remain (a server keeps its own \
         copies all the same). What lies between a mark and its line is the values. Towards the \
         left, what the process itself grows by drowns what few entries take.",
    ),
    (
        Kind::Timeline,
        "behaviour",
        "The origin's load over time",
        "Requests come when they are due, whatever became of those before.",
    ),
    (
        Kind::Staleness,
        "staleness",
        "How old stale answers were",
        "A line that ends further left stops giving old answers sooner; one that begins lower gives \
         fewer. What never answered with an old value has no line.",
    ),
];

/// Every section that has a chart.
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

/// One chart as the template takes it.
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
