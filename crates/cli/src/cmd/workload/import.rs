//! `bakeoff workload import`: compile a log and print its characteristics.

use std::env::VarError;
use std::path::PathBuf;

use bakeoff_driver::record::paths::ResultsDir;
use bakeoff_workload::anonymize::Secret;
use bakeoff_workload::profile::{Quantiles, WorkloadProfile, profile};
use bakeoff_workload::trace::Understanding;
use bakeoff_workload::{ScenarioDefinition, Workload, WorkloadStore, compile};
use serde::Serialize;

use crate::args::workload::TraceArgs;
use crate::exit::UsageError;
use crate::{output, portrait_page, workspace};

/// Environment variable with the default secret of a workload that is written to a file.
const SECRET_VARIABLE: &str = "BAKEOFF_SECRET";

/// Arguments of `workload import`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff workload import access.log
  bakeoff workload import access.log --portrait html > portrait.html
  bakeoff workload import 'logs/*.gz' --anonymize --output to-share.bkw")]
pub struct Args {
    /// Traces or logs, - for standard input; several files are read in order.
    #[arg(required = true, value_name = "[FORMAT:]PATH")]
    files: Vec<String>,
    #[command(flatten)]
    reading: TraceArgs,
    /// File for the compiled workload; default: the cache under results/.
    #[arg(long, value_name = "FILE.bkw")]
    output: Option<PathBuf>,
    /// Replace every key by its hash under a random secret that is not stored, so that the
    /// workload can be shared. Equal keys stay equal. A given secret (or the content of @FILE)
    /// makes keys of several files equal, too. Default for --output: the secret in
    /// BAKEOFF_SECRET, if it is set.
    #[arg(long, value_name = "SECRET|@FILE", requires = "output", num_args = 0..=1,
          require_equals = true)]
    anonymize: Option<Option<String>>,
    /// Format of the characteristics.
    #[arg(long, default_value = "text", value_parser = ["text", "json", "html", "none"])]
    portrait: String,
    /// Same as --portrait json.
    #[arg(long)]
    json: bool,
}

/// Compiles the log and prints its characteristics.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut source = args.reading.source(&args.files)?;
    source.anonymize = secret(args)?;
    let scenario = ScenarioDefinition::for_source(source);
    let here = workspace::current_directory()?;
    let usage = |error: &dyn std::fmt::Display| UsageError(error.to_string());
    let (compiled, workload) = match &args.output {
        Some(file) => {
            let compiled =
                compile::compile(&scenario, &here, file).map_err(|error| usage(&error))?;
            (compiled, Workload::open(file).map_err(|error| usage(&error))?)
        }
        None => {
            let cache =
                WorkloadStore::new(ResultsDir::in_workspace(&workspace::root()?).workloads());
            let cached = cache.workload(&scenario, &here).map_err(|error| usage(&error))?;
            (cached.report, cached.workload)
        }
    };
    let mut drawn = profile(&workload);
    drawn.info.format = compiled.read_summary.format.clone();
    drawn.info.format_reason = compiled.read_summary.format_reason.clone();
    let form = if args.json { "json" } else { args.portrait.as_str() };
    match form {
        "json" => output::json(&ImportOutput {
            profile: &drawn,
            understanding: &compiled.read_summary.understanding,
            notes: &compiled.read_summary.notes,
        })?,
        "html" => output::text(&portrait_page::page(&scenario.name, &drawn))?,
        "text" => output::text(&describe(&drawn))?,
        _ => {}
    }
    // The last lines say how the log was understood, because everything above depends on it.
    eprintln!("bakeoff: compiled to {}", compiled.path.display());
    output::print_trace_notes(&compiled.read_summary);
    Ok(())
}

/// Characteristics of the workload, and how its log was understood.
#[derive(Serialize)]
struct ImportOutput<'a> {
    #[serde(flatten)]
    profile: &'a WorkloadProfile,
    understanding: &'a Understanding,
    notes: &'a [String],
}

/// Returns the secret of the flag, or of the environment if there is an output file.
fn secret(args: &Args) -> anyhow::Result<Option<Secret>> {
    match &args.anonymize {
        Some(None) => return Ok(Some(Secret::random()?)),
        Some(Some(given)) => return derived(given, "--anonymize").map(Some),
        None if args.output.is_none() => return Ok(None),
        None => {}
    }
    match std::env::var(SECRET_VARIABLE) {
        Ok(given) => derived(&given, SECRET_VARIABLE).map(Some),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            let advice = "set it to a text, or to @FILE";
            Err(UsageError(format!("cannot use {SECRET_VARIABLE}: it is not UTF-8; {advice}"))
                .into())
        }
    }
}

/// Derives the secret from a passphrase, or from the content of @FILE.
fn derived(given: &str, origin: &str) -> anyhow::Result<Secret> {
    let words = match given.strip_prefix('@') {
        Some(file) => std::fs::read(file).map_err(|error| {
            UsageError(format!("cannot read {file}, the secret of {origin}: {error}"))
        })?,
        None => given.as_bytes().to_vec(),
    };
    let words = words.trim_ascii();
    if words.is_empty() {
        let advice = "give a secret, or --anonymize without a value for a random one";
        return Err(UsageError(format!("cannot use {origin}: it is empty; {advice}")).into());
    }
    Ok(Secret::new(words))
}

/// Formats the characteristics as text.
fn describe(portrait: &WorkloadProfile) -> String {
    let info = &portrait.info;
    let mut lines = vec![
        format!("requests        {} ({} keys)", info.requests, info.unique_keys),
        format!(
            "operations      {:.2} % reads, {} writes, {} deletes",
            portrait.read_share * 100.0,
            info.writes,
            info.deletes
        ),
        format!("requested once  {:.2} % of the keys", portrait.one_hit_share * 100.0),
    ];
    match &portrait.skew {
        Some(skew) => lines.push(format!(
            "popularity      Zipf exponent {:.3} (R² {:.3}); the top 1 % of the keys get {:.1} % of the requests",
            skew.exponent,
            skew.r_squared,
            skew.top_percent_share * 100.0
        )),
        None => lines.push(String::from("popularity      every key has one request")),
    }
    if let Some(distances) = &portrait.reuse_distances {
        lines.push(format!("reuse distance  {}", quantiles(distances, "keys")));
    }
    let last = portrait.working_set.iter().map(|stretch| stretch.unique_keys);
    let (least, most) = last.fold((u64::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
    lines.push(format!(
        "working set     {least} to {most} keys in each of {} equal parts",
        portrait.working_set.len()
    ));
    lines.push(format!("sizes           {}", sizes(portrait)));
    if let Some(ttl) = &portrait.ttl_seconds {
        lines.push(format!("time to live    {}", quantiles(ttl, "s")));
    }
    if let Some(arrivals) = &portrait.arrivals {
        let dispersion = arrivals.dispersion.map_or_else(
            || String::from("too short to detect bursts"),
            |dispersion| format!("dispersion {dispersion:.2} (1: random)"),
        );
        lines.push(format!(
            "arrivals        {:.1}/s, peak {:.1} times the mean over {} s, {dispersion}",
            arrivals.mean_rate, arrivals.peak_to_mean, arrivals.span_seconds
        ));
    }
    let at = |share: f64| {
        let entries = share * info.unique_keys as f64;
        let point = portrait.lru_curve.iter().find(|p| p.capacity_entries as f64 >= entries);
        point.map_or(0.0, |point| point.hit_ratio * 100.0)
    };
    lines.push(format!(
        "LRU hit ratio   {:.2} % at 1 % of the keys, {:.2} % at 10 %, {:.2} % at 100 %",
        at(0.01),
        at(0.1),
        at(1.0)
    ));
    lines.join("\n")
}

/// Formats the known sizes.
fn sizes(portrait: &WorkloadProfile) -> String {
    let Some(found) = &portrait.sizes else { return portrait.size_coverage() };
    match portrait.info.unsized_requests {
        0 => quantiles(found, "bytes"),
        _ => format!("{}; {}", portrait.size_coverage(), quantiles(found, "bytes")),
    }
}

fn quantiles(quantiles: &Quantiles, unit: &str) -> String {
    let Quantiles { min, p10, p50, p90, p99, max, mean, .. } = quantiles;
    format!(
        "median {p50} {unit}, mean {mean:.1}, p10 {p10}, p90 {p90}, p99 {p99}, from {min} to {max}"
    )
}
