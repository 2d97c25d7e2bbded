//! Results for other programs and other documents: CSV, JSON, Markdown, a plain table.

use std::str::FromStr;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::Cell;
use bakeoff_protocol::trial::Meter;
use serde::Serialize;

use crate::{ReportError, summary, terminal};
use bakeoff_analysis::figures::Report;

/// A form of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// `results.json`.
    Json,
    /// `results.csv`.
    Csv,
    /// `summary.md`.
    Markdown,
    /// What users and the origin saw of paced replays, as Markdown for a page of one's own.
    Behaviour,
}

/// A form that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format; there are table, json, csv, markdown and behaviour")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "markdown" => Ok(Self::Markdown),
            "behaviour" => Ok(Self::Behaviour),
            other => Err(UnknownFormat(other.to_owned())),
        }
    }
}

/// The results in a form.
///
/// # Errors
/// [`ReportError`] if they cannot be written in it.
pub fn format(report: &Report, format: Format) -> Result<String, ReportError> {
    match format {
        Format::Table => Ok(terminal::table(report)),
        Format::Json => json(report),
        Format::Csv => csv(report),
        Format::Markdown => Ok(summary::summary(report)),
        Format::Behaviour => Ok(summary::behaviour(report)),
    }
}

/// `results.json`.
pub(crate) fn json(report: &Report) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&report.results).map_err(ReportError::Json)?;
    text.push('\n');
    Ok(text)
}

/// One line of `results.csv`: a cell, and what it is against the baseline.
#[derive(Serialize)]
struct Line<'a> {
    scenario: &'a str,
    proven: bool,
    variant: &'a str,
    meter: Meter,
    capacity: String,
    capacity_entries: Option<u64>,
    entries_held: Option<u64>,
    workers: u32,
    in_flight: u32,
    connections: u32,
    open_loop_percent: Option<u32>,
    requests: Option<u64>,
    hit_ratio: Option<f64>,
    clairvoyant_hit_ratio: Option<f64>,
    infinite_hit_ratio: Option<f64>,
    requests_per_second: Option<f64>,
    requests_per_second_low: Option<f64>,
    requests_per_second_high: Option<f64>,
    bytes_per_entry: Option<f64>,
    bytes_per_entry_low: Option<f64>,
    bytes_per_entry_high: Option<f64>,
    service_bytes_per_entry: Option<f64>,
    peak_rss_bytes: Option<u64>,
    service_peak_bytes: Option<u64>,
    p50_ns: Option<f64>,
    p90_ns: Option<f64>,
    p99_ns: Option<f64>,
    p99_low_ns: Option<f64>,
    p99_high_ns: Option<f64>,
    p99_9_ns: Option<f64>,
    max_ns: Option<f64>,
    missed_share: Option<f64>,
    scaling_efficiency: Option<f64>,
    instructions_per_request: Option<f64>,
    samples: usize,
    baseline: &'a str,
    ratio_to_baseline: Option<f64>,
    ratio_low: Option<f64>,
    ratio_high: Option<f64>,
    verdict: &'a str,
    not_comparable: &'a str,
}

/// The fields of [`Line`], in its order.
const HEAD: [&str; 41] = [
    "scenario",
    "proven",
    "variant",
    "meter",
    "capacity",
    "capacity_entries",
    "entries_held",
    "workers",
    "in_flight",
    "connections",
    "open_loop_percent",
    "requests",
    "hit_ratio",
    "clairvoyant_hit_ratio",
    "infinite_hit_ratio",
    "requests_per_second",
    "requests_per_second_low",
    "requests_per_second_high",
    "bytes_per_entry",
    "bytes_per_entry_low",
    "bytes_per_entry_high",
    "service_bytes_per_entry",
    "peak_rss_bytes",
    "service_peak_bytes",
    "p50_ns",
    "p90_ns",
    "p99_ns",
    "p99_low_ns",
    "p99_high_ns",
    "p99_9_ns",
    "max_ns",
    "missed_share",
    "scaling_efficiency",
    "instructions_per_request",
    "samples",
    "baseline",
    "ratio_to_baseline",
    "ratio_low",
    "ratio_high",
    "verdict",
    "not_comparable",
];

/// `results.csv`: one line a cell.
pub(crate) fn csv(report: &Report) -> Result<String, ReportError> {
    // The head is written even where no cell follows it.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(HEAD)?;
    for cell in &report.results.cells {
        writer.serialize(line(report, cell))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn line<'a>(report: &'a Report, cell: &'a Cell) -> Line<'a> {
    let pair = report
        .scenarios
        .iter()
        .filter(|of| cell.meter == Meter::Throughput && of.scenario.name == cell.scenario)
        .flat_map(|of| &of.rows)
        .find(|row| row.variant == cell.variant)
        .and_then(|row| row.against_baseline.as_ref());
    let rate = cell.requests_per_second;
    let memory = cell.bytes_per_entry;
    let latency = cell.latency.as_ref();
    Line {
        scenario: &cell.scenario,
        proven: report.results.scenarios.iter().any(|of| of.scenario == cell.scenario && of.proven),
        variant: &cell.variant,
        meter: cell.meter,
        capacity: match cell.capacity {
            Capacity::Unbounded => String::from("unbounded"),
            Capacity::Entries(entries) => entries.to_string(),
            Capacity::Bytes(size) => format!("{size}b"),
        },
        capacity_entries: cell.capacity_entries,
        entries_held: cell.entries_held,
        workers: cell.load.workers,
        in_flight: cell.load.in_flight,
        connections: cell.load.connections,
        open_loop_percent: cell.load.open_loop_percent,
        requests: cell.requests,
        hit_ratio: cell.hit_ratio,
        clairvoyant_hit_ratio: cell.clairvoyant_hit_ratio,
        infinite_hit_ratio: cell.infinite_hit_ratio,
        requests_per_second: rate.map(|estimate| estimate.median),
        requests_per_second_low: rate.map(|estimate| estimate.low),
        requests_per_second_high: rate.map(|estimate| estimate.high),
        bytes_per_entry: memory.map(|estimate| estimate.median),
        bytes_per_entry_low: memory.map(|estimate| estimate.low),
        bytes_per_entry_high: memory.map(|estimate| estimate.high),
        service_bytes_per_entry: cell.service_bytes_per_entry,
        peak_rss_bytes: cell.peak_rss_bytes,
        service_peak_bytes: cell.service_peak_bytes,
        p50_ns: latency.map(|latency| latency.p50.value),
        p90_ns: latency.map(|latency| latency.p90.value),
        p99_ns: latency.map(|latency| latency.p99.value),
        p99_low_ns: latency.map(|latency| latency.p99.low),
        p99_high_ns: latency.map(|latency| latency.p99.high),
        p99_9_ns: latency.map(|latency| latency.p99_9.value),
        max_ns: latency.map(|latency| latency.max.value),
        missed_share: latency.map(|latency| latency.missed_share),
        scaling_efficiency: cell.scaling_efficiency.map(|estimate| estimate.median),
        instructions_per_request: cell.instructions_per_request.map(|estimate| estimate.median),
        samples: cell.samples.len(),
        baseline: &report.exploration.baseline,
        ratio_to_baseline: pair.map(|pair| pair.ratio),
        ratio_low: pair.map(|pair| pair.low),
        ratio_high: pair.map(|pair| pair.high),
        verdict: pair.map_or("", bakeoff_analysis::words::of_pair),
        not_comparable: cell.not_comparable.as_deref().unwrap_or_default(),
    }
}
