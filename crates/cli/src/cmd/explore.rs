//! `bakeoff explore`: the main job, from what was asked to the report.

use anyhow::Context;
use bakeoff_driver::dry_run::dry_run;
use bakeoff_driver::error::ExploreError;
use bakeoff_driver::explore::{Outcome, explore};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_report::Rendered;

use crate::exit::{Exit, UsageError};
use crate::measuring::{Effort, Surroundings};
use crate::rerun_command::rerun_command;
use crate::{output, workspace};

/// Arguments of `explore`. What is not given comes from the saved exploration of that name.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff explore --name mine --variants '{\"dict\":\"a map\",\"lru\":\"bounded\"}'
  bakeoff explore --name mine --trace access.log --profile quick
  bakeoff explore --name rewrite --variants '{\"lru\":\"now\",\"next\":{\"strategy\":\"lru\",\"ref\":\"my-branch\"}}'
  bakeoff explore --name exact --scenarios smoke --meter instructions")]
pub struct Args {
    /// Name of the exploration: lower-case letters, digits and dashes.
    #[arg(long, env = "BAKEOFF_NAME")]
    name: Option<String>,
    /// JSON object from variant name to description, or to {strategy, ref, description, options};
    /// or @FILE.
    #[arg(long, env = "BAKEOFF_VARIANTS", value_name = "JSON|@FILE")]
    variants: Option<String>,
    /// The variant that the others are compared with; else the first bounded one.
    #[arg(long, env = "BAKEOFF_BASELINE", value_name = "VARIANT")]
    baseline: Option<String>,
    /// The git ref of variants that name none; else the working tree as it is.
    #[arg(long, env = "BAKEOFF_BASE_REF", value_name = "REF")]
    base_ref: Option<String>,
    /// Work on these variants alone.
    #[arg(long, value_delimiter = ',', value_name = "VARIANT,…")]
    only: Vec<String>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    surroundings: Surroundings,
    /// Run this command in every variant's worktree before the build, to generate its code.
    /// BAKEOFF_VARIANT, BAKEOFF_DESCRIPTION and BAKEOFF_BRIEF (a file) describe the variant. A
    /// strategy that does not exist yet is created from a bundled one.
    #[arg(long, env = "BAKEOFF_GENERATE_CMD", value_name = "CMD", conflicts_with = "in_place")]
    generate_cmd: Option<String>,
    /// Exit with 5 where the run is unproven or undecided.
    #[arg(long)]
    strict: bool,
    /// Measure the folder as it lies there, without git.
    #[arg(long)]
    in_place: bool,
    /// Move an earlier run of this NAME to its history and start again.
    #[arg(long)]
    restart: bool,
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
pub fn told(error: ExploreError) -> anyhow::Error {
    if error.is_usage() { UsageError(error.to_string()).into() } else { error.into() }
}

/// The worst of what happened decides.
pub fn exit(outcome: &Outcome, rendered: &Rendered, strict: bool) -> Exit {
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

fn request(args: Args) -> anyhow::Result<ExploreOptions> {
    let mut request = ExploreOptions {
        start: workspace::here()?,
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
    args.effort.fill(&mut request);
    args.surroundings.fill(&mut request);
    Ok(request)
}
