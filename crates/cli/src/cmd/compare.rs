//! `bakeoff compare`: one strategy at two git refs, measured in the same rounds.

use std::collections::BTreeMap;

use anyhow::Context;
use bakeoff_analysis::gate::{Finding, Gate, Word, judge};
use bakeoff_driver::explore::explore;
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_protocol::results::Verdict;
use bakeoff_report::Rendered;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::explore::usage_or_internal;
use crate::exit::Exit;
use crate::measurement_args::{ExecutionArgs, MeasurementArgs};
use crate::rerun_command::rerun_command;
use crate::{output, strategy_args, workspace};

/// Variant at the first ref.
const OLD: &str = "old";
/// Variant at the second ref.
const NEW: &str = "new";
/// Prefix of default names.
const PREFIX: &str = "compare-";
/// Maximum length of a NAME.
const MAX_NAME: usize = 40;

/// Arguments of `compare`.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 4 if a regression beyond the gate is confirmed; 5 if the result \
is inconclusive and --strict is given; otherwise 0.

Examples:
  bakeoff compare main my-branch --strategy lru --gate \"throughput -2%, hit-ratio -0.1pp\"
  bakeoff compare HEAD --strategy lru              # the last commit against the working tree
  bakeoff compare main my-branch --strategy lru --harness base"
)]
pub struct Args {
    /// Git ref to compare with.
    old: String,
    /// Git ref to judge; default: the working tree.
    new: Option<String>,
    /// Strategy: a directory under variants/ at both refs.
    #[arg(long)]
    strategy: String,
    /// Tolerated changes, separated by commas.
    #[arg(long, value_name = "TERMS")]
    gate: Option<Gate>,
    /// `own`: measure each ref with its own harness. `base`: copy only the strategy's directory of
    /// the new ref into the tree of the old one.
    #[arg(long, value_enum, default_value_t = Harness::Own)]
    harness: Harness,
    /// NAME of the comparison; default: compare-STRATEGY.
    #[arg(long)]
    name: Option<String>,
    /// Option of the strategy at both refs; can be repeated.
    #[arg(long = "option", value_name = "K=V", value_parser = strategy_args::option)]
    options: Vec<(String, String)>,
    #[command(flatten)]
    measurement: MeasurementArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Exit with 5 if the result is inconclusive.
    #[arg(long)]
    strict: bool,
    /// Move an earlier run of this NAME to its history and start again.
    #[arg(long)]
    restart: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Code that measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Harness {
    Own,
    Base,
}

/// Output of `--json`.
#[derive(Serialize)]
struct CompareReport<'a> {
    schema: u32,
    name: &'a str,
    word: Option<Word>,
    findings: &'a [Finding],
    scenarios: Vec<Value>,
}

/// Compares, writes the report and prints the result of the gate.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("cannot handle ctrl-C")?;
    let request = request(&args)?;
    let outcome =
        explore(&request, &Terminal::on_stderr(), &interrupt).map_err(usage_or_internal)?;
    let rendered = bakeoff_report::render(&outcome.folder)?;
    let findings = match &args.gate {
        Some(gate) => judge(rendered.results(), gate, OLD, NEW),
        None => Vec::new(),
    };
    print_result(&args, &outcome.folder, &outcome.name, &rendered, &findings)?;
    if outcome.interrupted || outcome.all_skipped() || !outcome.failed().is_empty() {
        return Ok(super::explore::exit(&outcome, &rendered, false));
    }
    Ok(exit(&rendered, &findings, args.strict))
}

fn exit(rendered: &Rendered, findings: &[Finding], strict: bool) -> Exit {
    let results = rendered.results();
    let undecided = if findings.is_empty() {
        let open = |pair: &bakeoff_protocol::results::Pair| {
            !pair.twin && pair.verdict == Verdict::Inconclusive
        };
        results.pairs.iter().any(open) || results.scenarios.iter().any(|scenario| !scenario.proven)
    } else {
        findings.iter().any(|finding| finding.word == Word::Inconclusive)
    };
    match findings.iter().map(|finding| finding.word).max() {
        Some(Word::Regression) => Exit::Regression,
        _ if strict && undecided => Exit::Unconfirmed,
        _ => Exit::Done,
    }
}

fn print_result(
    args: &Args,
    folder: &std::path::Path,
    name: &str,
    rendered: &Rendered,
    findings: &[Finding],
) -> anyhow::Result<()> {
    if args.json {
        let scenarios = &rendered.results().scenarios;
        return output::json(&CompareReport {
            schema: bakeoff_protocol::SCHEMA_VERSION,
            name,
            word: findings.iter().map(|finding| finding.word).max(),
            findings,
            scenarios: scenarios.iter().map(serde_json::to_value).collect::<Result<_, _>>()?,
        });
    }
    let here = workspace::here()?;
    let folder = folder.strip_prefix(&here).unwrap_or(folder);
    output::text(&bakeoff_report::terminal(&rendered.report, folder, output::width()))?;
    for finding in findings {
        output::text(&finding.to_string())?;
    }
    Ok(())
}

fn request(args: &Args) -> anyhow::Result<ExploreOptions> {
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| format!("{PREFIX}{}", args.strategy).chars().take(MAX_NAME).collect());
    let mut request = ExploreOptions {
        start: workspace::here()?,
        command: rerun_command(),
        name: Some(name),
        variants: Some(variants(args)),
        baseline: Some(String::from(OLD)),
        restart: args.restart,
        ..ExploreOptions::default()
    };
    args.measurement.clone().fill(&mut request);
    args.execution.clone().fill(&mut request);
    let judged = args.gate.iter().flat_map(|gate| &gate.terms);
    for meter in judged.filter_map(|term| term.figure.meter()) {
        if !request.meters.contains(&meter) {
            request.meters.push(meter);
        }
    }
    Ok(request)
}

/// Both variants in the form of `VARIANTS`.
fn variants(args: &Args) -> String {
    let options: BTreeMap<&str, &str> =
        args.options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let one = |git_ref: Option<&str>, harness: Option<&str>| {
        let at = git_ref.unwrap_or("the working tree");
        let mut entry = Map::new();
        entry.insert(String::from("strategy"), json!(args.strategy));
        entry.insert(String::from("description"), json!(format!("{} at {at}", args.strategy)));
        entry.insert(String::from("options"), json!(options));
        if let Some(git_ref) = git_ref {
            entry.insert(String::from("ref"), json!(git_ref));
        }
        if let Some(harness) = harness {
            entry.insert(String::from("harness"), json!(harness));
        }
        Value::Object(entry)
    };
    let upon = (args.harness == Harness::Base).then_some(args.old.as_str());
    // The order of all tables.
    let (old, new) = (one(Some(&args.old), None), one(args.new.as_deref(), upon));
    format!("{{{OLD:?}: {old}, {NEW:?}: {new}}}")
}
