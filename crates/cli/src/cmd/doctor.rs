//! `bakeoff doctor`: installed programs, and suitability of this machine for measurements.

use std::process::Command;

use bakeoff_driver::trial::machine::{self, CpuTicks};
use bakeoff_protocol::exploration::Machine;
use bakeoff_services::{postgres, redis};
use serde::Serialize;

use super::power;
use crate::exit::Exit;
use crate::output;

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff doctor --json | jq .tools
  bakeoff doctor --power mine        # detectable differences, and the time needed")]
pub struct Args {
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Simulate explorations with this machine's noise and print which differences each profile
    /// can detect. The noise is that of the exploration NAME, or measured for a minute.
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    power: Option<Option<String>>,
}

#[derive(Serialize)]
struct DoctorReport {
    schema: u32,
    tools: Vec<Tool>,
    machine: Machine,
    /// Fraction of processor time that the hypervisor gave to other virtual machines.
    steal_share: f64,
    /// Reasons why measurements here are less reliable.
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    needed_for: &'static str,
    found: Option<String>,
    /// Command that installs a missing program.
    hint: Option<String>,
}

/// Prints the report.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(name) = &args.power {
        return power::run(name.as_deref(), args.json);
    }
    let before = CpuTicks::now();
    let tools = tools();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let steal_share = CpuTicks::now().steal_share_since(before);
    let machine = machine::describe();
    let warnings = warnings(&machine, steal_share);
    let report = DoctorReport {
        schema: bakeoff_protocol::SCHEMA_VERSION,
        tools,
        machine,
        steal_share,
        warnings,
    };
    if args.json {
        output::json(&report)?;
    } else {
        output::text(&describe(&report))?;
    }
    Ok(Exit::Done)
}

fn tools() -> Vec<Tool> {
    let first_line = |program: &str| {
        let answer = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        answer.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
    };
    let by_version = |name: &'static str, needed_for, hint: &str| {
        let found = first_line(name);
        let hint = found.is_none().then(|| hint.to_owned());
        Tool { name, needed_for, found, hint }
    };
    let (server, database) = (redis::program(), postgres::program());
    vec![
        by_version("cargo", "building runners", "install Rust: https://rustup.rs"),
        by_version("cc", "building runners", "apt-get install gcc libc6-dev"),
        by_version(
            "valgrind",
            "--meter instructions (skipped without it)",
            "apt-get install valgrind",
        ),
        Tool {
            name: "redis-server",
            needed_for: "variants with the service redis (skipped without it)",
            found: server.as_ref().ok().map(|path| path.display().to_string()),
            hint: server.err().map(|error| error.to_string()),
        },
        Tool {
            name: "postgres",
            needed_for: "variants with the service postgres (skipped without it)",
            found: database.as_ref().ok().map(|path| path.display().to_string()),
            hint: database.err().map(|error| error.to_string()),
        },
    ]
}

/// Returns reasons why measurements here are less reliable.
fn warnings(machine: &Machine, steal_share: f64) -> Vec<String> {
    let mut warnings = Vec::new();
    if machine.load_average > 0.5 {
        warnings.push(format!(
            "other processes are running (load {:.2}): timed rounds will be noisier",
            machine.load_average
        ));
    }
    if steal_share > 0.01 {
        warnings.push(format!(
            "the hypervisor gives {:.1} % of the processor time to other virtual machines",
            steal_share * 100.0
        ));
    }
    if machine.cores < 2 {
        warnings.push(String::from(
            "there is only one processor, so a cache server and its client share it",
        ));
    }
    match machine.governor.as_deref() {
        Some("performance") | None => {}
        Some(other) => warnings.push(format!(
            "the frequency governor is {other:?}; set it with `cpupower frequency-set -g performance`"
        )),
    }
    warnings
}

fn describe(report: &DoctorReport) -> String {
    let mut lines = Vec::new();
    for tool in &report.tools {
        match (&tool.found, &tool.hint) {
            (Some(found), _) => lines.push(format!("  ok       {:<14} {found}", tool.name)),
            (None, hint) => {
                lines.push(format!("  missing  {:<14} needed for {}", tool.name, tool.needed_for));
                lines.extend(hint.iter().map(|hint| format!("           {hint}")));
            }
        }
    }
    let machine = &report.machine;
    lines.push(format!(
        "  machine  {} · {} cores · {:.1} GiB · {} · load {:.2}",
        machine.cpu,
        machine.cores,
        machine.memory_bytes as f64 / f64::from(1 << 30),
        machine.kernel,
        machine.load_average
    ));
    if report.warnings.is_empty() {
        lines.push(String::from("  suitable for measurements"));
    }
    lines.extend(report.warnings.iter().map(|warning| format!("  warning  {warning}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_machine_has_warnings() {
        let quiet = Machine { cores: 2, load_average: 0.1, ..Machine::default() };
        assert!(warnings(&quiet, 0.0).is_empty());
        let busy = Machine {
            cores: 1,
            load_average: 3.0,
            governor: Some(String::from("powersave")),
            ..Machine::default()
        };
        assert_eq!(warnings(&busy, 0.2).len(), 4);
    }
}
