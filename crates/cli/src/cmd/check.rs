//! `bakeoff check`: tests a strategy with the conformance kit.

use anyhow::Context;
use bakeoff_driver::in_place::{CheckReport, check};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::ui::terminal::Terminal;

use crate::args::strategy::{self, StrategyArgs};
use crate::exit::Exit;
use crate::output;

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
    let report =
        match check(&args.strategy.into_driver()?, args.seed, &interrupt, &Terminal::on_stderr()) {
            Ok(report) => report,
            Err(error) => return strategy::exit(error),
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
            let result = match (case.passed, report.known_failures.contains_key(&case.name)) {
                (true, _) => "ok   ",
                (false, true) => "known",
                (false, false) => "FAIL ",
            };
            format!("{result} {:<32} {}", case.name, case.detail)
        })
        .collect();
    let failed: Vec<&str> = report
        .cases
        .iter()
        .filter(|case| !case.passed && !report.known_failures.contains_key(&case.name))
        .map(|case| case.name.as_str())
        .collect();
    let passed = report.cases.iter().filter(|case| case.passed).count();
    let known = report.cases.len() - passed - failed.len();
    let strategy = &report.strategy;
    lines.push(format!(
        "{strategy}: {passed} rules passed, {} failed, {known} known failures",
        failed.len()
    ));
    if !failed.is_empty() {
        lines.push(format!(
            "Failed: {}. Change variants/{strategy}/src/lib.rs, or the properties that it declares, \
             then run `bakeoff check {strategy}` again. docs/STRATEGIES.md explains each rule.",
            failed.join(", ")
        ));
    }
    if !report.unwritten.is_empty() {
        lines.push(format!(
            "Not written yet in variants/{strategy}/variant.toml: {}.",
            report.unwritten.join(", ")
        ));
    }
    lines.join("\n")
}
