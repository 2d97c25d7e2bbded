//! Writes the files of the largest run whose rendering is promised to be quick (8 variants, 6
//! scenarios, 30 rounds, latency at full speed and at four shares of it), so that it can be timed:
//!
//! ```text
//! cargo run -p bakeoff-report --example invent -- results/invented
//! time bakeoff report invented
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "whoever calls it reads the panic")]

#[path = "../tests/report/fixture/mod.rs"]
#[allow(dead_code, reason = "a part of the fixture")]
mod fixture;

use std::fs;
use std::path::PathBuf;

use bakeoff_protocol::sample::Record;
use bakeoff_protocol::trial::{Load, Meter, MeterReport, Timing};
use bakeoff_stats::histogram::{Histogram, encode};
use fixture::Fixture;

/// Shares of the closed loop's capacity; none is the closed loop.
const LOADS: [Option<u32>; 5] = [None, Some(25), Some(50), Some(75), Some(90)];

fn main() {
    let folder: PathBuf = std::env::args_os().nth(1).expect("the folder to write into").into();
    let name = folder.file_name().expect("a folder with a name").to_string_lossy().into_owned();
    let fixture = Fixture { name, ..Fixture::large() };
    fixture.write(&folder);

    let families = LOADS.map(|load| format!("latency-{}", load.unwrap_or(100)));
    let mut exploration = fixture.exploration();
    for scenario in &mut exploration.scenarios {
        scenario.secondary_groups = families.to_vec();
    }
    let written = serde_json::to_string_pretty(&exploration).unwrap();
    fs::write(folder.join("exploration.json"), written).unwrap();

    let mut records = fixture.records();
    let timed = |load, family: &str| latencies(&records, load, family);
    let more: Vec<Record> =
        LOADS.iter().zip(&families).flat_map(|(&load, family)| timed(load, family)).collect();
    records.extend(more);
    let lines = records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n");
    fs::write(folder.join("samples.jsonl"), lines.collect::<String>()).unwrap();
    println!("{}", folder.display());
}

/// A latency trial beside every timed one, and the round that both are of.
fn latencies(records: &[Record], load: Option<u32>, round_group: &str) -> Vec<Record> {
    let of = |record: &Record| {
        let mut record = record.clone();
        match &mut record {
            Record::Trial(trial) if trial.timed_slot().is_some_and(|slot| !slot.aa_control) => {
                if trial.spec.meter != Meter::Throughput {
                    return None;
                }
                let slot = fixture::slot(trial);
                slot.round_group = round_group.to_owned();
                let round = u64::from(slot.round);
                trial.spec.meter = Meter::Latency;
                trial.spec.load = Load { open_loop_percent: load, ..Load::ONE };
                let report = trial.report_mut()?;
                let ns = 1e9 * report.elapsed_ns as f64 / 1e9 / report.counts.requests as f64;
                report.meter = MeterReport::Latency {
                    histogram: spread_out(ns, round),
                    timing: Timing { mean_gap: 1, clock_ns: 25.0, overhead_share: 0.01 },
                    missed_deadlines: 0,
                };
                trial.spec.rate = load.map(|percent| f64::from(percent) * 1e7 / ns);
            }
            Record::Round { round_group: of, .. } => round_group.clone_into(of),
            _ => return None,
        }
        Some(record)
    };
    records.iter().filter_map(of).collect()
}

/// Times around a middle, with a long tail: as many steps as a real one has.
fn spread_out(middle: f64, round: u64) -> String {
    let mut histogram = Histogram::new_with_bounds(1, 600_000_000_000, 3).unwrap();
    for step in 0..3_000_u64 {
        let tail = 2_f64.powf((step as f64 / 400.0) - 2.0);
        histogram.record_n((middle * tail) as u64 + 1, 1 + (3_000 - step + round) / 7).unwrap();
    }
    encode(&histogram).unwrap()
}
