//! `bakeoff explore`: the main job, from what was asked to the report.

use std::time::Duration;

use anyhow::Context;
use bakeoff_explore::dry_run::dry_run;
use bakeoff_explore::explore::{ExploreError, Outcome, explore};
use bakeoff_explore::interrupt::Interrupt;
use bakeoff_explore::request::Request;
use bakeoff_explore::spec::profile::Profile;
use bakeoff_explore::terminal::Terminal;
use bakeoff_report::Rendered;

use crate::exit::{Exit, UsageError};
use crate::{again, output, workspace};

/// Arguments of `explore`. What is not given comes from the saved exploration of that name.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff explore --name mine --variants '{\"dict\":\"a map\",\"lru\":\"bounded\"}'
  bakeoff explore --name mine --trace access.log --profile quick
  bakeoff explore --name rewrite --variants '{\"lru\":\"now\",\"next\":{\"strategy\":\"lru\",\"ref\":\"my-branch\"}}'")]
pub struct Args {
    /// Name of the exploration: lower-case letters, digits and dashes.
    #[arg(long, env = "BAKEOFF_NAME")]
    name: Option<String>,
    /// JSON object from variant name to description, or to {strategy, ref, description, options};
    /// or @FILE.
    #[arg(long, env = "BAKEOFF_VARIANTS", value_name = "JSON|@FILE")]
    variants: Option<String>,
    /// Scenarios to replay, by name.
    #[arg(long, env = "BAKEOFF_SCENARIOS", value_delimiter = ',', value_name = "A,B")]
    scenarios: Vec<String>,
    /// A trace or access log of yours to replay.
    #[arg(long, env = "BAKEOFF_TRACE", value_name = "[FORMAT:]PATH")]
    trace: Option<String>,
    /// How much to measure: quick, standard or publish.
    #[arg(long, env = "BAKEOFF_PROFILE")]
    profile: Option<Profile>,
    /// Exactly so many rounds of timed trials; at most so many with one of the next two.
    #[arg(long, env = "BAKEOFF_ROUNDS", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Stop when every interval is within this share of throughput, such as 1%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    precision: Option<f64>,
    /// Stop when this much was measured, all scenarios together.
    #[arg(long, value_name = "M", value_parser = minutes)]
    measure_minutes: Option<Duration>,
    /// The variant that the others are compared with; else the first bounded one.
    #[arg(long, env = "BAKEOFF_BASELINE", value_name = "VARIANT")]
    baseline: Option<String>,
    /// The git ref of variants that name none; else the working tree as it is.
    #[arg(long, env = "BAKEOFF_BASE_REF", value_name = "REF")]
    base_ref: Option<String>,
    /// Work on these variants alone.
    #[arg(long, value_delimiter = ',', value_name = "VARIANT,…")]
    only: Vec<String>,
    /// Try failed variants again although nothing changed.
    #[arg(long)]
    retry_failed: bool,
    /// Variants to work on side by side, outside the timed rounds.
    #[arg(long, env = "BAKEOFF_MAX_PARALLEL", value_name = "N")]
    max_parallel: Option<usize>,
    /// Minutes that a variant may take outside the timed rounds, its build left out.
    #[arg(long, env = "BAKEOFF_TIMEOUT_MINUTES", value_name = "M", value_parser = minutes)]
    timeout_minutes: Option<Duration>,
    /// Anonymous memory that a variant's process may hold: bytes, or with a unit (512MiB).
    #[arg(long, value_name = "BYTES", value_parser = crate::bytes::parse)]
    memory_budget: Option<u64>,
    /// Root of all randomness; else it comes from the name.
    #[arg(long, env = "BAKEOFF_SEED")]
    seed: Option<u64>,
    /// A Redis to use in place of a private one.
    #[arg(long, env = "REDIS_URL", value_name = "URL")]
    redis_url: Option<String>,
    /// Let that Redis be on another machine.
    #[arg(long)]
    allow_remote: bool,
    /// Exit with 5 where the run is unproven or undecided.
    #[arg(long)]
    strict: bool,
    /// Measure the folder as it lies there, without git.
    #[arg(long)]
    in_place: bool,
    /// Set an earlier run of this name aside, and begin anew.
    #[arg(long)]
    fresh: bool,
    /// Say what would be done and how long it would take; touch nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Explores, writes the report, tells the answer.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let strict = args.strict;
    if args.dry_run {
        let bill = dry_run(&request(args)?).map_err(told)?;
        output::text(&bill.to_string())?;
        return Ok(Exit::Done);
    }
    let interrupt = Interrupt::on_signals().context("ctrl-C cannot be caught")?;
    let outcome = explore(&request(args)?, &Terminal::on_stderr(), &interrupt).map_err(told)?;
    let rendered = bakeoff_report::render(&outcome.folder)?;
    let folder = outcome.folder.strip_prefix(workspace::here()?).unwrap_or(&outcome.folder);
    output::text(&bakeoff_report::terminal(&rendered.report, folder, output::width()))?;
    Ok(exit(&outcome, &rendered, strict))
}

/// A mistake in what was asked is told from a failure of ours.
fn told(error: ExploreError) -> anyhow::Error {
    if error.is_usage() { UsageError(error.to_string()).into() } else { error.into() }
}

/// The worst of what happened decides.
fn exit(outcome: &Outcome, rendered: &Rendered, strict: bool) -> Exit {
    if outcome.interrupted {
        eprintln!("bakeoff: interrupted; the same command goes on from here");
        return Exit::Interrupted;
    }
    if outcome.all_skipped() || !outcome.failed().is_empty() {
        return Exit::VariantFailed;
    }
    let decided = |scenario: &bakeoff_protocol::results::ScenarioVerdict| {
        scenario.proven && scenario.winner.is_some()
    };
    if strict && !rendered.results().scenarios.iter().all(decided) {
        return Exit::Unproven;
    }
    Exit::Done
}

fn request(args: Args) -> anyhow::Result<Request> {
    Ok(Request {
        start: workspace::here()?,
        command: again::command(),
        name: args.name,
        variants: args.variants,
        scenarios: args.scenarios,
        trace: args.trace,
        profile: args.profile,
        rounds: args.rounds,
        precision: args.precision,
        measure_seconds: args.measure_minutes.map(|limit| limit.as_secs_f64()),
        baseline: args.baseline,
        base_ref: args.base_ref,
        only: args.only,
        retry_failed: args.retry_failed,
        max_parallel: args.max_parallel,
        time_limit: args.timeout_minutes,
        memory_budget: args.memory_budget,
        seed: args.seed,
        silence: None,
        redis_url: args.redis_url,
        allow_remote: args.allow_remote,
        in_place: args.in_place,
        fresh: args.fresh,
    })
}

/// `1%` or `0.01`.
fn share(text: &str) -> Result<f64, String> {
    let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    match number.trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number / divisor < 1.0 => Ok(number / divisor),
        _ => Err(format!("{text:?}: expected a share above 0 and below 1, such as 1% or 0.01")),
    }
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes: f64 = text.parse().map_err(|_| format!("{text:?} is no number of minutes"))?;
    if !(minutes > 0.0 && minutes <= 60.0 * 24.0 * 365.0) {
        return Err(format!("{text} minutes: expected more than 0 and at most a year"));
    }
    Ok(Duration::from_secs_f64(minutes * 60.0))
}
