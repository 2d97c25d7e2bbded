//! `bakeoff replay`: replays one workload against one strategy, without git.

use anyhow::Context;
use bakeoff_driver::in_place::{ReplayOptions, ReplayReport, replay};
use bakeoff_driver::interrupt::Interrupt;
use bakeoff_driver::ui::terminal::Terminal;
use bakeoff_protocol::Load;
use bakeoff_workload::scenario::CapacitySpec;

use crate::args::strategy::{self, StrategyArgs};
use crate::args::workload::WorkloadArgs;
use crate::exit::Exit;
use crate::output;

/// Arguments of `replay`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff replay lru --trace lirs:multi1.trace.gz --capacity 500
  bakeoff replay moka --scenario user-profiles --capacity 5% --json
  bakeoff replay redis --scenario user-profiles --capacity 5% --requests-per-second 400000")]
pub struct Args {
    #[command(flatten)]
    strategy: StrategyArgs,
    #[command(flatten)]
    input: WorkloadArgs,
    /// Capacity in entries, as a share of the workload's keys, or in bytes.
    #[arg(long, value_name = "N|P%|BYTESb")]
    capacity: CapacitySpec,
    /// Worker threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    workers: u32,
    /// Requests in flight per worker, if the strategy supports it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65536))]
    in_flight: u32,
    /// Connections to a service.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    connections: u32,
    /// Lanes by key: requests of different lanes overlap, requests of one key stay in order. With 1,
    /// all requests stay in order. Default: 64 for a strategy with a service that supports several
    /// requests in flight, otherwise 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    lanes: Option<u32>,
    /// Unit of the capacity: entries, or bytes of values.
    #[arg(long, value_name = "entries|bytes", default_value = "entries", value_parser = ["entries", "bytes"])]
    capacity_unit: String,
    /// Requests per second of the virtual clock, for a workload without timestamps [default: from
    /// the scenario].
    #[arg(long, value_name = "N", value_parser = rate)]
    requests_per_second: Option<f64>,
    /// Let servers and times to live follow the machine's clock instead of a virtual clock.
    #[arg(long, conflicts_with = "requests_per_second")]
    real_time: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Replays and prints the results.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let interrupt = Interrupt::on_signals().context("cannot handle ctrl-C")?;
    let (mut scenario, _) = args.input.scenario()?;
    if let Some(rate) = args.requests_per_second {
        scenario.requests_per_second = rate;
    }
    let request = ReplayOptions {
        subject: args.strategy.into_driver()?,
        scenario,
        capacity: args.capacity,
        load: Load {
            workers: args.workers,
            in_flight: args.in_flight,
            connections: args.connections,
        },
        lanes: args.lanes,
        capacity_in_bytes: args.capacity_unit == "bytes",
        real_time: args.real_time,
    };
    match replay(&request, &interrupt, &Terminal::on_stderr()) {
        Ok(report) => {
            output::print_trace_notes(&report.read_summary);
            if args.json {
                output::json(&report)?;
            } else {
                output::text(&describe(&report))?;
            }
        }
        Err(error) => return strategy::exit(error),
    }
    Ok(Exit::Done)
}

fn rate(text: &str) -> Result<f64, String> {
    match text.replace('_', "").parse() {
        Ok(rate) if (1e-3..=1e7).contains(&rate) => Ok(rate),
        _ => Err(String::from("expected a number of requests per second from 0.001 to 10000000")),
    }
}

fn describe(report: &ReplayReport) -> String {
    format!(
        "{}: {} requests, {} reads, {} hits: hit ratio {:.4} %{}\n\
         {:.0} requests/s in a single pass; to compare strategies use `bakeoff explore`\n\
         {} entries held, peak resident {:.1} MiB",
        report.strategy,
        report.counts.requests,
        report.counts.reads,
        report.counts.hits,
        report.hit_ratio * 100.0,
        report
            .clock
            .and_then(bakeoff_report::text::clock::clock)
            .map(|clock| format!(" (clock: {clock})"))
            .unwrap_or_default(),
        report.requests_per_second,
        report.entries_held,
        report.peak_rss_bytes as f64 / f64::from(1 << 20)
    )
}
