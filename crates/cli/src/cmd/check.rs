//! `bakeoff check`: does a strategy keep what it declares?

use anyhow::Context;
use bakeoff_driver::in_place::{CheckReport, check};
use bakeoff_driver::interrupt::Interrupt;

use crate::exit::Exit;
use crate::output;
use crate::subject::{self, Who};

/// Arguments of `check`.
#[derive(clap::Args)]
#[command(after_help = "Example: bakeoff check lru")]
pub struct Args {
    #[command(flatten)]
    who: Who,
    /// Seed of the random cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Checks, and prints every case; exit code 3 where one fails.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("ctrl-C cannot be caught")?;
    let report = match check(&args.who.subject()?, args.seed, &interrupt) {
        Ok(report) => report,
        Err(error) => return subject::exit(error),
    };
    if args.json {
        output::json(&report)?;
    } else {
        output::text(&told(&report))?;
    }
    Ok(if report.passed { Exit::Done } else { Exit::VariantFailed })
}

fn told(report: &CheckReport) -> String {
    let mut lines: Vec<String> = report
        .cases
        .iter()
        .map(|case| {
            let word = if case.passed { "ok  " } else { "FAIL" };
            format!("{word}  {:<32} {}", case.name, case.detail)
        })
        .collect();
    let failed = report.cases.iter().filter(|case| !case.passed).count();
    lines.push(format!("{}: {} cases, {failed} failed", report.strategy, report.cases.len()));
    lines.join("\n")
}
