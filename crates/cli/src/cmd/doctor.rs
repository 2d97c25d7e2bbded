//! `bakeoff doctor`: what is installed, what would be skipped, whether to measure here.

use std::process::Command;

use bakeoff_driver::trial::machine::{self, Ticks};
use bakeoff_protocol::exploration::Machine;
use bakeoff_services::{postgres, redis};
use serde::Serialize;

use super::prospects;
use crate::exit::Exit;
use crate::output;

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  bakeoff doctor --json | jq .tools
  bakeoff doctor --simulate mine     # which differences could be found here, in what time?")]
pub struct Args {
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Simulate explorations with this machine's noise, and tell what each profile would see. The
    /// noise is that of the exploration NAME; without one, that of a minute's calibration.
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    simulate: Option<Option<String>>,
}

#[derive(Serialize)]
struct Examination {
    schema: u32,
    tools: Vec<Tool>,
    machine: Machine,
    /// Share of processor time that the hypervisor gave to others while we looked.
    steal_share: f64,
    /// What makes timings here less sure; empty is good.
    doubts: Vec<String>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    needed_for: &'static str,
    found: Option<String>,
    /// How to get it, where it is missing.
    hint: Option<String>,
}

/// Looks, and tells.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(name) = &args.simulate {
        return prospects::run(name.as_deref(), args.json);
    }
    let before = Ticks::now();
    let tools = tools();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let steal_share = Ticks::now().steal_share_since(before);
    let machine = machine::describe();
    let doubts = doubts(&machine, steal_share);
    let examination = Examination {
        schema: bakeoff_protocol::SCHEMA_VERSION,
        tools,
        machine,
        steal_share,
        doubts,
    };
    if args.json {
        output::json(&examination)?;
    } else {
        output::text(&told(&examination))?;
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
            "--meter instructions, which is left out without it",
            "apt-get install valgrind",
        ),
        Tool {
            name: "redis-server",
            needed_for: "variants that name the service redis, which are skipped without it",
            found: server.as_ref().ok().map(|path| path.display().to_string()),
            hint: server.err().map(|error| error.to_string()),
        },
        Tool {
            name: "postgres",
            needed_for: "variants that name the service postgres, which are skipped without it",
            found: database.as_ref().ok().map(|path| path.display().to_string()),
            hint: database.err().map(|error| error.to_string()),
        },
    ]
}

/// What a reader of timings made here should know.
fn doubts(machine: &Machine, steal_share: f64) -> Vec<String> {
    let mut doubts = Vec::new();
    if machine.load_average > 0.5 {
        doubts.push(format!(
            "something else is running here (load {:.2}): timed rounds will be noisier",
            machine.load_average
        ));
    }
    if steal_share > 0.01 {
        doubts.push(format!(
            "the hypervisor gave {:.1} % of the processors to others just now",
            steal_share * 100.0
        ));
    }
    if machine.cores < 2 {
        doubts.push(String::from("one processor: a cache server and its client take turns on it"));
    }
    match machine.governor.as_deref() {
        Some("performance") | None => {}
        Some(other) => doubts.push(format!(
            "the frequency governor is {other:?}; `cpupower frequency-set -g performance` steadies it"
        )),
    }
    doubts
}

fn told(examination: &Examination) -> String {
    let mut lines = Vec::new();
    for tool in &examination.tools {
        match (&tool.found, &tool.hint) {
            (Some(found), _) => lines.push(format!("  ok       {:<14} {found}", tool.name)),
            (None, hint) => {
                lines.push(format!("  missing  {:<14} needed for {}", tool.name, tool.needed_for));
                lines.extend(hint.iter().map(|hint| format!("           {hint}")));
            }
        }
    }
    let machine = &examination.machine;
    lines.push(format!(
        "  machine  {} · {} cores · {:.1} GiB · {} · load {:.2}",
        machine.cpu,
        machine.cores,
        machine.memory_bytes as f64 / f64::from(1 << 30),
        machine.kernel,
        machine.load_average
    ));
    if examination.doubts.is_empty() {
        lines.push(String::from("  fit to measure on, as far as can be seen from here"));
    }
    lines.extend(examination.doubts.iter().map(|doubt| format!("  doubt    {doubt}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_machine_raises_no_doubts_and_a_busy_one_does() {
        let quiet = Machine { cores: 2, load_average: 0.1, ..Machine::default() };
        assert!(doubts(&quiet, 0.0).is_empty());
        let busy = Machine {
            cores: 1,
            load_average: 3.0,
            governor: Some(String::from("powersave")),
            ..Machine::default()
        };
        assert_eq!(doubts(&busy, 0.2).len(), 4);
    }
}
