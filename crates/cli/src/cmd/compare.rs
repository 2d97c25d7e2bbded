//! `bakeoff compare`: one strategy at two refs, paired in the same rounds.

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

use super::explore::told;
use crate::exit::Exit;
use crate::measuring::{Effort, Surroundings};
use crate::rerun_command::rerun_command;
use crate::{output, subject, workspace};

/// Names of the two in the comparison.
const OLD: &str = "old";
/// See [`OLD`].
const NEW: &str = "new";
/// What the name of a comparison begins with.
const PREFIX: &str = "compare-";
/// Characters that a name may have.
const LONGEST_NAME: usize = 40;

/// Arguments of `compare`.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 4 where an interval proves a regression beyond the gate; 0 \
otherwise, with the word that applies; 5 where it cannot be told and --strict is given.

Examples:
  bakeoff compare main my-branch --strategy lru --gate \"throughput -2%, hit-ratio -0.1pp\"
  bakeoff compare HEAD --strategy lru              # what is committed against what lies here
  bakeoff compare main my-branch --strategy lru --harness base")]
pub struct Args {
    /// The ref to compare with.
    old: String,
    /// The ref that is judged; else the working tree as it is.
    new: Option<String>,
    /// The strategy: a folder under variants/ at both refs.
    #[arg(long)]
    strategy: String,
    /// How much worse it may be: terms with commas between them.
    #[arg(long, value_name = "TERMS")]
    gate: Option<Gate>,
    /// `own`: each ref is measured by its own harness. `base`: the strategy's folder alone is
    /// taken from the new ref, and put upon the tree of the old one.
    #[arg(long, value_enum, default_value_t = Harness::Own)]
    harness: Harness,
    /// Name of the comparison; else compare-STRATEGY.
    #[arg(long)]
    name: Option<String>,
    /// An option of the strategy, for both; may be given several times.
    #[arg(long = "option", value_name = "K=V", value_parser = subject::option)]
    options: Vec<(String, String)>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    surroundings: Surroundings,
    /// Exit with 5 where it cannot be told.
    #[arg(long)]
    strict: bool,
    /// Move an earlier run of this NAME to its history and start again.
    #[arg(long)]
    restart: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Whose code measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Harness {
    Own,
    Base,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Said<'a> {
    schema: u32,
    name: &'a str,
    word: Option<Word>,
    findings: &'a [Finding],
    scenarios: Vec<Value>,
}

/// Compares, writes the report, tells what the gate says.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("ctrl-C cannot be caught")?;
    let request = request(&args)?;
    let outcome = explore(&request, &Terminal::on_stderr(), &interrupt).map_err(told)?;
    let rendered = bakeoff_report::render(&outcome.folder)?;
    let findings = match &args.gate {
        Some(gate) => judge(rendered.results(), gate, OLD, NEW),
        None => Vec::new(),
    };
    tell(&args, &outcome.folder, &outcome.name, &rendered, &findings)?;
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
        _ if strict && undecided => Exit::Unproven,
        _ => Exit::Done,
    }
}

fn tell(
    args: &Args,
    folder: &std::path::Path,
    name: &str,
    rendered: &Rendered,
    findings: &[Finding],
) -> anyhow::Result<()> {
    if args.json {
        let scenarios = &rendered.results().scenarios;
        return output::json(&Said {
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
    let name = args.name.clone().unwrap_or_else(|| {
        format!("{PREFIX}{}", args.strategy).chars().take(LONGEST_NAME).collect()
    });
    let mut request = ExploreOptions {
        start: workspace::here()?,
        command: rerun_command(),
        name: Some(name),
        variants: Some(variants(args)),
        baseline: Some(String::from(OLD)),
        restart: args.restart,
        ..ExploreOptions::default()
    };
    args.effort.clone().fill(&mut request);
    args.surroundings.clone().fill(&mut request);
    let judged = args.gate.iter().flat_map(|gate| &gate.terms);
    for meter in judged.filter_map(|term| term.figure.meter()) {
        if !request.meters.contains(&meter) {
            request.meters.push(meter);
        }
    }
    Ok(request)
}

/// Both of them, as `VARIANTS` has them.
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
    // In this order, which is that of every table.
    let (old, new) = (one(Some(&args.old), None), one(args.new.as_deref(), upon));
    format!("{{{OLD:?}: {old}, {NEW:?}: {new}}}")
}
