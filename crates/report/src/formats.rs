//! Converts results to CSV, JSON, Markdown or a plain table.

use std::str::FromStr;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::results::{
    Cell, Estimate, LatencyPercentiles, RateFigures, Results, ScenarioResults,
};
use bakeoff_protocol::trial::Meter;
use serde::Serialize;

use crate::error::RenderError;
use crate::text::phrases::{not_comparable, verdict};
use crate::{summary, terminal};

/// Output format of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// JSON of all results, as in `results.json`.
    Json,
    /// CSV with one line per cell and rate, as in `results.csv`.
    Csv,
    /// Summary in Markdown, as in `summary.md`.
    Markdown,
    /// Tables of paced replays, in Markdown.
    Paced,
}

/// Name that is not an output format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {0:?}; available: table, json, csv, markdown, paced")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "markdown" => Ok(Self::Markdown),
            "paced" => Ok(Self::Paced),
            other => Err(UnknownFormat(other.to_owned())),
        }
    }
}

/// Returns the results as text in one of the formats.
///
/// # Errors
/// [`RenderError`] if the results cannot be written in that format.
pub fn format(results: &Results, format: Format) -> Result<String, RenderError> {
    match format {
        Format::Table => Ok(terminal::table(results)),
        Format::Json => Ok(serde_json::to_string_pretty(results)? + "\n"),
        Format::Csv => csv(results),
        Format::Markdown => Ok(summary::summary(results)),
        Format::Paced => Ok(summary::paced_summary(results)),
    }
}

/// One line of `results.csv`: a cell and its comparison with the baseline.
#[derive(Clone, Serialize)]
struct Line<'a> {
    scenario: &'a str,
    confirmed: bool,
    variant: &'a str,
    meter: Meter,
    capacity: String,
    capacity_entries: Option<u64>,
    entries_held: Option<u64>,
    workers: u32,
    in_flight: u32,
    connections: u32,
    rate: Option<u32>,
    requests: Option<u64>,
    hit_ratio: Option<f64>,
    optimal_hit_ratio: Option<f64>,
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
    completed_share: Option<f64>,
    saturated: Option<bool>,
    highest_rate: Option<f64>,
    highest_rate_low: Option<f64>,
    highest_rate_high: Option<f64>,
    scaling_efficiency: Option<f64>,
    instructions_per_request: Option<f64>,
    samples: usize,
    baseline: &'a str,
    ratio_to_baseline: Option<f64>,
    ratio_low: Option<f64>,
    ratio_high: Option<f64>,
    verdict: &'a str,
    not_comparable: String,
}

/// Head of `results.csv`: the names of the fields of [`Line`], in order.
const HEAD: [&str; 46] = [
    "scenario",
    "confirmed",
    "variant",
    "meter",
    "capacity",
    "capacity_entries",
    "entries_held",
    "workers",
    "in_flight",
    "connections",
    "rate",
    "requests",
    "hit_ratio",
    "optimal_hit_ratio",
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
    "completed_share",
    "saturated",
    "highest_rate",
    "highest_rate_low",
    "highest_rate_high",
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

/// Returns `results.csv`: one line per cell; a response-time cell has one line per rate.
pub fn csv(results: &Results) -> Result<String, RenderError> {
    // The head is written even without cells.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(HEAD)?;
    for of in &results.scenarios {
        for cell in &of.cells {
            for line in lines(&results.exploration.baseline, of, cell) {
                writer.serialize(line)?;
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the lower end of an interval; `None` for a single sample.
fn low(of: Estimate) -> Option<f64> {
    (of.samples > 1).then_some(of.low)
}

/// Returns the upper end of an interval; `None` for a single sample.
fn high(of: Estimate) -> Option<f64> {
    (of.samples > 1).then_some(of.high)
}

fn lines<'a>(baseline: &'a str, of: &'a ScenarioResults, cell: &'a Cell) -> Vec<Line<'a>> {
    let line = line(baseline, of, cell);
    let Some(figures) = cell.response_time().filter(|figures| !figures.rates.is_empty()) else {
        let latency = cell.latency().and_then(|found| found.percentiles.as_ref());
        return vec![latency.map_or_else(|| line.clone(), |found| with_times(line.clone(), found))];
    };
    let highest = figures.highest_rate.map(|found| found.requests_per_second);
    let at_rate = |at: &RateFigures| {
        let line = Line {
            rate: Some(at.requests_per_second),
            missed_share: Some(at.missed_share),
            completed_share: Some(at.completed_share),
            saturated: Some(at.saturated),
            highest_rate: highest.map(|estimate| estimate.median),
            highest_rate_low: highest.and_then(low),
            highest_rate_high: highest.and_then(high),
            samples: at.samples.len(),
            ..line.clone()
        };
        match &at.percentiles {
            Some(found) => with_times(line, found),
            None => line,
        }
    };
    figures.rates.iter().map(at_rate).collect()
}

/// Adds the percentiles of the time per request to a line.
fn with_times<'a>(line: Line<'a>, found: &LatencyPercentiles) -> Line<'a> {
    let spread = |value: f64| (found.p99.samples > 1).then_some(value);
    Line {
        p50_ns: Some(found.p50.value),
        p90_ns: Some(found.p90.value),
        p99_ns: Some(found.p99.value),
        p99_low_ns: spread(found.p99.low),
        p99_high_ns: spread(found.p99.high),
        p99_9_ns: Some(found.p99_9.value),
        max_ns: Some(found.max.value),
        ..line
    }
}

fn line<'a>(baseline: &'a str, of: &'a ScenarioResults, cell: &'a Cell) -> Line<'a> {
    let pair = cell.throughput().and_then(|_| of.pair(&cell.variant, baseline));
    let hit_ratio = cell.hit_ratio();
    let throughput = cell.throughput();
    let rate = throughput.map(|found| found.requests_per_second);
    let memory = cell.memory();
    let bytes = memory.and_then(|found| found.bytes_per_entry);
    let instructions = cell.instructions().and_then(|found| found.instructions_per_request);
    Line {
        scenario: &cell.scenario,
        confirmed: of.confirmed,
        variant: &cell.variant,
        meter: cell.meter(),
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
        rate: None,
        requests: hit_ratio.map(|found| found.requests),
        hit_ratio: hit_ratio.and_then(|found| found.hit_ratio),
        optimal_hit_ratio: hit_ratio.and_then(|found| found.optimal_hit_ratio),
        infinite_hit_ratio: hit_ratio.and_then(|found| found.infinite_hit_ratio),
        requests_per_second: rate.map(|estimate| estimate.median),
        requests_per_second_low: rate.and_then(low),
        requests_per_second_high: rate.and_then(high),
        bytes_per_entry: bytes.map(|estimate| estimate.median),
        bytes_per_entry_low: bytes.and_then(low),
        bytes_per_entry_high: bytes.and_then(high),
        service_bytes_per_entry: memory.and_then(|found| found.service_bytes_per_entry),
        peak_rss_bytes: cell.peak_rss_bytes,
        service_peak_bytes: memory.and_then(|found| found.service_peak_bytes),
        p50_ns: None,
        p90_ns: None,
        p99_ns: None,
        p99_low_ns: None,
        p99_high_ns: None,
        p99_9_ns: None,
        max_ns: None,
        missed_share: None,
        completed_share: None,
        saturated: None,
        highest_rate: None,
        highest_rate_low: None,
        highest_rate_high: None,
        scaling_efficiency: throughput
            .and_then(|found| found.scaling_efficiency)
            .map(|estimate| estimate.median),
        instructions_per_request: instructions.map(|estimate| estimate.median),
        samples: cell.samples().len(),
        baseline,
        ratio_to_baseline: pair.as_ref().map(|pair| pair.ratio),
        ratio_low: pair.as_ref().filter(|pair| pair.rounds > 1).map(|pair| pair.low),
        ratio_high: pair.as_ref().filter(|pair| pair.rounds > 1).map(|pair| pair.high),
        verdict: pair.as_ref().map_or("", |pair| verdict(pair.verdict)),
        not_comparable: cell.not_comparable.as_ref().map(not_comparable).unwrap_or_default(),
    }
}
