//! `bakeoff workload curve`: hits of an LRU cache by capacity, from one pass.

use bakeoff_workload::Workload;
use bakeoff_workload::bounds::{LruCurve, SampledCurve};
use bakeoff_workload::profile::log_spaced;
use bakeoff_workload::scenario::CapacitySpec;
use serde::Serialize;

use super::compiled;
use crate::args::workload::WorkloadArgs;
use crate::exit::UsageError;
use crate::output;

/// Arguments of `workload curve`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff workload curve --trace access.log --points 50
  bakeoff workload curve --scenario user-profiles --capacity 1%,5%,10% --json
  bakeoff workload curve --trace long.bkw --sample 0.01")]
pub struct Args {
    #[command(flatten)]
    input: WorkloadArgs,
    /// Capacities in entries or as a share of the keys.
    #[arg(long, value_delimiter = ',', value_name = "N|P%,…", conflicts_with = "points")]
    capacity: Vec<CapacitySpec>,
    /// Number of capacities, from 0.1 % of the keys to all of them.
    #[arg(long, default_value_t = 50, value_name = "N",
          value_parser = clap::value_parser!(u16).range(2..=10_000))]
    points: u16,
    /// Estimate from this share of the keys (SHARDS), but at least 131,072 keys.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    sample: Option<f64>,
    /// Print one JSON array instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Point {
    capacity_entries: u64,
    /// Absent if the curve is estimated.
    #[serde(skip_serializing_if = "Option::is_none")]
    lru_hits: Option<u64>,
    hit_ratio: f64,
    /// Fraction of the keys in the sample.
    sample_rate: f64,
}

/// Prints the curve.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let workload = compiled(&args.input)?.workload;
    let capacities = capacities(args, workload.header().unique_keys)?;
    let points = match args.sample {
        None => exact(&workload, &capacities),
        Some(rate) => sampled(&workload, rate, &capacities),
    };
    if args.json {
        return output::json(&points);
    }
    let mut lines = vec![format!("{:>14} {:>16} {:>12}", "entries", "LRU hits", "hit ratio")];
    lines.extend(points.iter().map(|point| {
        let hits = point.lru_hits.map_or_else(|| String::from("estimated"), |h| h.to_string());
        format!("{:>14} {hits:>16} {:>10.4} %", point.capacity_entries, point.hit_ratio * 100.0)
    }));
    output::text(&lines.join("\n"))
}

fn exact(workload: &Workload, capacities: &[u64]) -> Vec<Point> {
    let curve = LruCurve::compute(workload);
    let reads = workload.header().reads.max(1) as f64;
    let point = |&capacity_entries: &u64| {
        let hits = curve.hits(capacity_entries);
        Point {
            capacity_entries,
            lru_hits: Some(hits),
            hit_ratio: hits as f64 / reads,
            sample_rate: 1.0,
        }
    };
    capacities.iter().map(point).collect()
}

fn sampled(workload: &Workload, rate: f64, capacities: &[u64]) -> Vec<Point> {
    let curve = SampledCurve::estimate(workload, rate);
    eprintln!(
        "bakeoff: estimated from {} keys ({:.2} %) and {} requests",
        curve.sampled_keys,
        curve.rate * 100.0,
        curve.sampled_requests
    );
    let point = |&capacity_entries: &u64| Point {
        capacity_entries,
        lru_hits: None,
        hit_ratio: curve.hit_ratio(capacity_entries),
        sample_rate: curve.rate,
    };
    capacities.iter().map(point).collect()
}

fn capacities(args: &Args, keys: u64) -> anyhow::Result<Vec<u64>> {
    if args.capacity.is_empty() {
        let lowest = ((keys as f64 * 0.001).round() as u64).max(1);
        return Ok(log_spaced(lowest, keys, args.points.into()));
    }
    args.capacity
        .iter()
        .map(|size| {
            size.entries(keys).ok_or_else(|| {
                UsageError(format!(
                    "invalid --capacity {size}; give entries or a share of the keys, not bytes"
                ))
                .into()
            })
        })
        .collect()
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= 1.0 => Ok(rate),
        _ => Err(String::from("expected a share of the keys above 0 and at most 1, such as 0.01")),
    }
}
