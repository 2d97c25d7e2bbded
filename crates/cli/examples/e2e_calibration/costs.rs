//! Overhead of the driver and time of the statistics.

use std::fs;
use std::time::Instant;

use anyhow::Context;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::Progress;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::sample::Record;

use crate::Settings;

/// Minimum number of timed cells for which the statistics are timed.
const CELLS: usize = 200;

/// Prints the driver's overhead and the time of the statistics for an exploration.
pub fn print(name: &str, settings: &Settings) -> anyhow::Result<()> {
    let folder = settings.workspace.join("results").join(name);
    let exploration: Exploration =
        serde_json::from_slice(&fs::read(folder.join("exploration.json"))?)?;
    let samples = fs::read_to_string(folder.join("samples.jsonl"))?;
    let records: Vec<Record> =
        samples.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    print_driver_overhead(&folder.join("results"), &records)?;
    print_statistics_time(&exploration, &records);
    Ok(())
}

/// Prints the wall time of the rounds relative to the sum of their trials.
fn print_driver_overhead(progress: &std::path::Path, records: &[Record]) -> anyhow::Result<()> {
    let trials: f64 = records
        .iter()
        .filter_map(|record| match record {
            Record::Trial(trial) if trial.timed_slot().is_some() => Some(trial.observed.process_ns),
            _ => None,
        })
        .map(|ns| ns as f64 / 1e9)
        .sum();
    let file = fs::read_dir(progress)?.next().context("no progress file")??.path();
    let progress: Progress = serde_json::from_slice(&fs::read(file)?)?;
    let wall = progress.durations_seconds.get("measuring").copied().unwrap_or(0.0);
    println!(
        "rounds: {wall:.1} s; their trials: {trials:.1} s; the driver adds {:.1} %",
        (wall / trials - 1.0) * 100.0
    );
    Ok(())
}

/// Prints the time of the statistics for many cells: the samples, repeated under other scenario
/// names.
fn print_statistics_time(exploration: &Exploration, records: &[Record]) {
    let timed =
        |results: &Results| results.cells().filter(|cell| cell.throughput().is_some()).count();
    let once = timed(&analyze(exploration, records)).max(1);
    let (mut many, mut lines) = (exploration.clone(), Vec::new());
    many.scenarios.clear();
    for copy in 0..CELLS.div_ceil(once) {
        let renamed = |name: &str| format!("{name}-{copy}");
        for scenario in &exploration.scenarios {
            let mut scenario = scenario.clone();
            scenario.name = renamed(&scenario.name);
            many.scenarios.push(scenario);
        }
        lines.extend(records.iter().cloned().map(|mut record| {
            match &mut record {
                Record::Trial(trial) => trial.spec.scenario = renamed(&trial.spec.scenario),
                Record::Round { scenario, .. } => *scenario = renamed(scenario),
                Record::Bounds(bounds) => bounds.scenario = renamed(&bounds.scenario),
                _ => {}
            }
            record
        }));
    }
    let begun = Instant::now();
    let results = analyze(&many, &lines);
    let seconds = begun.elapsed().as_secs_f64();
    let rounds = results.scenarios.iter().map(|of| of.rounds).max().unwrap_or(0);
    println!(
        "statistics of {} timed cells, {} pairs, {rounds} rounds: {seconds:.2} s",
        timed(&results),
        results.pairs().count()
    );
}

fn analyze(exploration: &Exploration, records: &[Record]) -> Results {
    let input = bakeoff_analysis::Input {
        exploration: exploration.clone(),
        records: records.to_vec(),
        incomplete_last_line: false,
        progress: std::collections::BTreeMap::new(),
    };
    bakeoff_analysis::analyze(&input, None)
}
