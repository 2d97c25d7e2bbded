//! `bakeoff check`: tests a strategy with the conformance kit.

use anyhow::Context;
use bakeoff_driver::in_place::{CheckReport, check};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::ui::terminal::Terminal;

use crate::exit::Exit;
use crate::output;
use crate::strategy_args::{self, StrategyArgs};

/// Arguments of `check`.
#[derive(clap::Args)]
#[command(after_help = "Example: bakeoff check lru")]
pub struct Args {
    #[command(flatten)]
    strategy: StrategyArgs,
    /// Seed of the random cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Prints every case; the exit code is 3 if one fails.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("cannot handle ctrl-C")?;
    let report = match check(&args.strategy.into_driver()?, args.seed, &interrupt, &Terminal::on_stderr()) {
        Ok(report) => report,
        Err(error) => return strategy_args::exit(error),
    };
    if args.json {
        output::json(&report)?;
    } else {
        output::text(&describe(&report))?;
    }
    Ok(if report.passed { Exit::Done } else { Exit::VariantFailed })
}

fn describe(report: &CheckReport) -> String {
    let mut lines: Vec<String> = report
        .cases
        .iter()
        .map(|case| {
            let result = if case.passed { "ok  " } else { "FAIL" };
            format!("{result}  {:<32} {}", case.name, case.detail)
        })
        .collect();
    let failed = report.cases.iter().filter(|case| !case.passed).count();
    lines.push(format!("{}: {} cases, {failed} failed", report.strategy, report.cases.len()));
    lines.join("\n")
}
