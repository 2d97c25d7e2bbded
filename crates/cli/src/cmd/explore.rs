//! `bakeoff explore`: measures variants and writes the report.

use anyhow::Context;
use bakeoff_driver::dry_run::dry_run;
use bakeoff_driver::error::ExploreError;
use bakeoff_driver::explore::{ExploreOutcome, explore};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_protocol::results::{Results, ScenarioResults};

use crate::args::measurement::{ExecutionArgs, MeasurementArgs};
use crate::early_report::EarlyReport;
use crate::exit::{Exit, UsageError};
use crate::rerun_command::rerun_command;
use crate::{output, workspace};

/// Arguments of `explore`; missing ones are taken from the saved exploration of the NAME.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff explore --name mine --variants '{\"dict\":\"a map\",\"lru\":\"bounded\"}'
  bakeoff explore --name mine --trace access.log --profile quick
  bakeoff explore --name rewrite --variants '{\"lru\":\"now\",\"next\":{\"strategy\":\"lru\",\"ref\":\"my-branch\"}}'
  bakeoff explore --name exact --scenarios smoke --meter instructions")]
pub struct Args {
    /// NAME of the exploration: lower-case letters, digits and dashes.
    #[arg(long, env = "BAKEOFF_NAME")]
    name: Option<String>,
    /// JSON object from variant name to description, or to {strategy, ref, description, options};
    /// or @FILE.
    #[arg(long, env = "BAKEOFF_VARIANTS", value_name = "JSON|@FILE")]
    variants: Option<String>,
    /// Variant to compare the others with; default: the first bounded one.
    #[arg(long, env = "BAKEOFF_BASELINE", value_name = "VARIANT")]
    baseline: Option<String>,
    /// Git ref of variants without one; default: the working tree.
    #[arg(long, env = "BAKEOFF_BASE_REF", value_name = "REF")]
    base_ref: Option<String>,
    /// Process only these variants and the baseline.
    #[arg(long, value_delimiter = ',', value_name = "VARIANT,…")]
    only: Vec<String>,
    #[command(flatten)]
    measurement: MeasurementArgs,
    #[command(flatten)]
    execution: ExecutionArgs,
    /// Run this command in every variant's worktree before the build, to generate its code.
    /// BAKEOFF_VARIANT, BAKEOFF_DESCRIPTION and BAKEOFF_BRIEF (a file) describe the variant. A
    /// strategy that does not exist yet is created from a bundled one.
    #[arg(long, env = "BAKEOFF_GENERATE_CMD", value_name = "CMD", conflicts_with = "in_place")]
    generate_cmd: Option<String>,
    /// Exit with 5 if the result is unconfirmed or undecided.
    #[arg(long)]
    strict: bool,
    /// Measure the directory as it is, without git.
    #[arg(long)]
    in_place: bool,
    /// Move an earlier run of this NAME to its history and start again.
    #[arg(long)]
    restart: bool,
    /// Print the plan and its duration; change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Explores, writes the report and prints the recommendation.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let strict = args.strict;
    if args.dry_run {
        let plan = dry_run(&request(args)?).map_err(usage_or_internal)?;
        output::text(&plan.to_string())?;
        return Ok(Exit::Done);
    }
    let interrupt = Interrupt::on_signals().context("cannot handle ctrl-C")?;
    let terminal = Terminal::on_stderr();
    let outcome = explore(&request(args)?, &EarlyReport::new(&terminal), &interrupt)
        .map_err(usage_or_internal)?;
    let results = crate::report_files::write(&outcome.folder)?;
    let folder =
        outcome.folder.strip_prefix(workspace::current_directory()?).unwrap_or(&outcome.folder);
    output::text(&bakeoff_report::terminal(&results, folder, output::width()))?;
    Ok(exit(&outcome, &results, strict))
}

/// Separates errors of the request from internal errors.
pub fn usage_or_internal(error: ExploreError) -> anyhow::Error {
    if error.is_usage() { UsageError(error.to_string()).into() } else { error.into() }
}

/// Returns the exit code of the most severe outcome.
pub fn exit(outcome: &ExploreOutcome, results: &Results, strict: bool) -> Exit {
    if outcome.interrupted {
        eprintln!("bakeoff: interrupted; the same command continues the exploration");
        return Exit::Interrupted;
    }
    if outcome.all_skipped() || !outcome.failed().is_empty() {
        return Exit::VariantFailed;
    }
    let decided = |of: &ScenarioResults| of.conclusion.is_decided();
    if strict && !results.scenarios.iter().all(decided) {
        return Exit::Unconfirmed;
    }
    Exit::Done
}

fn request(args: Args) -> anyhow::Result<ExploreOptions> {
    let mut request = ExploreOptions {
        start: workspace::current_directory()?,
        command: rerun_command(),
        name: args.name,
        variants: args.variants,
        baseline: args.baseline,
        base_ref: args.base_ref,
        only: args.only,
        generate_cmd: args.generate_cmd,
        in_place: args.in_place,
        restart: args.restart,
        ..ExploreOptions::default()
    };
    args.measurement.fill(&mut request);
    args.execution.fill(&mut request);
    Ok(request)
}
