//! `bakeoff compare`: one strategy at two git refs, measured in the same rounds.

use std::collections::BTreeMap;

use anyhow::Context;
use bakeoff_analysis::gate::{Gate, evaluate};
use bakeoff_driver::explore::explore;
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_protocol::results::gate::{GateFinding, GateVerdict};
use bakeoff_protocol::results::{
    Conclusion, Pair, Results, ScenarioResults, UnconfirmedReason, Verdict,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::explore::usage_or_internal;
use crate::args::measurement::{ExecutionArgs, MeasurementArgs};
use crate::args::strategy;
use crate::early_report::EarlyReport;
use crate::exit::Exit;
use crate::rerun_command::rerun_command;
use crate::{output, report_files, workspace};

/// Variant at the first ref.
const OLD_VARIANT: &str = "old";
/// Variant at the second ref.
const NEW_VARIANT: &str = "new";
/// Prefix of default names.
const NAME_PREFIX: &str = "compare-";
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
    #[arg(long = "option", value_name = "K=V", value_parser = strategy::option)]
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
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Code that measures the strategy at the new ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Harness {
    Own,
    Base,
}

/// Output with `--json`.
#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    name: &'a str,
    /// The worst verdict of the gate.
    verdict: Option<GateVerdict>,
    findings: &'a [GateFinding],
    scenarios: Vec<ScenarioOutput<'a>>,
}

#[derive(Serialize)]
struct ScenarioOutput<'a> {
    scenario: &'a str,
    confirmed: bool,
    unconfirmed_because: &'a [UnconfirmedReason],
    conclusion: &'a Conclusion,
    pairs: &'a [Pair],
}

/// Runs the comparison, writes the report, and prints the findings of the gate.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("cannot handle ctrl-C")?;
    let request = request(&args)?;
    let terminal = Terminal::on_stderr();
    let outcome =
        explore(&request, &EarlyReport::new(&terminal), &interrupt).map_err(usage_or_internal)?;
    let results = report_files::write(&outcome.folder)?;
    let findings = match &args.gate {
        Some(gate) => evaluate(&results, gate, OLD_VARIANT, NEW_VARIANT),
        None => Vec::new(),
    };
    print(&args, &outcome.folder, &outcome.name, &results, &findings)?;
    if outcome.interrupted || outcome.all_skipped() || !outcome.failed().is_empty() {
        return Ok(super::explore::exit(&outcome, &results, false));
    }
    Ok(exit(&results, &findings, args.strict))
}

fn exit(results: &Results, findings: &[GateFinding], strict: bool) -> Exit {
    let worst = findings.iter().map(|finding| finding.verdict).max();
    let undecided = if findings.is_empty() {
        results.pairs().any(|pair| pair.verdict == Verdict::Inconclusive)
            || results.scenarios.iter().any(|of| !of.confirmed)
    } else {
        findings.iter().any(|finding| finding.verdict == GateVerdict::Inconclusive)
    };
    match worst {
        Some(GateVerdict::Regression) => Exit::Regression,
        _ if strict && undecided => Exit::Unconfirmed,
        _ => Exit::Done,
    }
}

fn print(
    args: &Args,
    folder: &std::path::Path,
    name: &str,
    results: &Results,
    findings: &[GateFinding],
) -> anyhow::Result<()> {
    if args.json {
        return output::json(&Output {
            schema: bakeoff_protocol::SCHEMA_VERSION,
            name,
            verdict: findings.iter().map(|finding| finding.verdict).max(),
            findings,
            scenarios: results.scenarios.iter().map(scenario_output).collect(),
        });
    }
    let here = workspace::current_directory()?;
    let folder = folder.strip_prefix(&here).unwrap_or(folder);
    output::text(&bakeoff_report::terminal(results, folder, output::width()))?;
    for finding in findings {
        output::text(&bakeoff_report::gate_finding(finding))?;
    }
    Ok(())
}

fn scenario_output(of: &ScenarioResults) -> ScenarioOutput<'_> {
    ScenarioOutput {
        scenario: &of.scenario.name,
        confirmed: of.confirmed,
        unconfirmed_because: &of.unconfirmed_because,
        conclusion: &of.conclusion,
        pairs: &of.pairs,
    }
}

fn request(args: &Args) -> anyhow::Result<ExploreOptions> {
    let name = args.name.clone().unwrap_or_else(|| {
        format!("{NAME_PREFIX}{}", args.strategy).chars().take(MAX_NAME).collect()
    });
    let mut request = ExploreOptions {
        start: workspace::current_directory()?,
        command: rerun_command(),
        name: Some(name),
        variants: Some(variants(args)),
        baseline: Some(String::from(OLD_VARIANT)),
        restart: args.restart,
        ..ExploreOptions::default()
    };
    args.measurement.clone().fill(&mut request);
    args.execution.clone().fill(&mut request);
    let thresholds = args.gate.iter().flat_map(|gate| &gate.thresholds);
    for meter in thresholds.filter_map(|threshold| threshold.meter()) {
        if !request.meters.contains(&meter) {
            request.meters.push(meter);
        }
    }
    Ok(request)
}

/// Returns both variants in the JSON form of `--variants`.
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
    let base_harness = (args.harness == Harness::Base).then_some(args.old.as_str());
    // Every table lists the variants in this order.
    let (old, new) = (one(Some(&args.old), None), one(args.new.as_deref(), base_harness));
    format!("{{{OLD_VARIANT:?}: {old}, {NEW_VARIANT:?}: {new}}}")
}
