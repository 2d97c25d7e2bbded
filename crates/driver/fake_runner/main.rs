//! Fake runner for tests: works correctly, or with the defect that its second argument names.

mod replay;

use std::io::{BufRead, Write};
use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use bakeoff_protocol::Meter;
use bakeoff_protocol::message::{CheckCase, DriverMessage, Hello, RunnerMessage};
use bakeoff_protocol::{Bound, PROTOCOL_VERSION, Properties};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, strategy, behaviour] = &arguments[..] else { exit(2) };
    let mut prepared = None;
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Ok(message) = serde_json::from_str(&line) else { exit(3) };
        match message {
            DriverMessage::Hello { .. } => {
                say(&RunnerMessage::Hello(Box::new(hello(strategy, behaviour))))
            }
            DriverMessage::Plan { capacity_entries, .. } => {
                say(&RunnerMessage::Planned { service_entries: capacity_entries });
            }
            DriverMessage::Check { .. } => say(&RunnerMessage::Checked { cases: cases(behaviour) }),
            DriverMessage::Trial(trial) => {
                let timed = trial.spec.meter == Meter::Throughput;
                misbehave(behaviour);
                if timed {
                    misbehave(behaviour.strip_prefix("timed-").unwrap_or(""));
                }
                prepared = Some(trial);
                say(&RunnerMessage::Ready);
            }
            DriverMessage::Go => {
                let Some(trial) = prepared.take() else { exit(4) };
                if behaviour == "replays-slowly" && trial.spec.meter == Meter::HitRatio {
                    loop {
                        say(&RunnerMessage::Progress { done: 1, total: 4000 });
                        sleep(Duration::from_millis(20));
                    }
                }
                say(&RunnerMessage::Sample(Box::new(replay::report(&trial, behaviour))));
            }
            DriverMessage::Probe { .. } => {
                say(&RunnerMessage::Probed { found: 0, wrong: 0, entries_held: 0 })
            }
            DriverMessage::Bye => {
                if behaviour == "deaf-to-bye" {
                    sleep(Duration::from_secs(3600));
                }
                say(&RunnerMessage::Bye);
                return;
            }
        }
    }
}

fn say(reply: &RunnerMessage) {
    let Ok(line) = serde_json::to_string(reply) else { exit(5) };
    println!("{line}");
    // The driver may have hung up; then there is nothing more to do here.
    if std::io::stdout().flush().is_err() {
        exit(6);
    }
}

fn hello(strategy: &str, behaviour: &str) -> Hello {
    if behaviour == "mute" {
        sleep(Duration::from_secs(3600));
    }
    Hello {
        strategy: strategy.to_owned(),
        version: String::from("1"),
        protocol: if behaviour == "futuristic" { [7, 9] } else { [PROTOCOL_VERSION; 2] },
        workload: [1, 1],
        tree: String::from(if behaviour == "other-tree" { "other" } else { "tree" }),
        properties: Properties {
            bound: if behaviour == "unbounded" { Bound::None } else { Bound::Entries },
            thread_safe: false,
            ..Properties::LOCAL
        },
        meters: match behaviour {
            "keeps-pace" => vec![Meter::HitRatio, Meter::Throughput, Meter::Paced],
            "times-requests" => {
                vec![Meter::HitRatio, Meter::Throughput, Meter::Latency, Meter::ResponseTime]
            }
            _ => vec![Meter::HitRatio, Meter::Throughput],
        },
        workers: behaviour == "times-requests",
        in_flight: false,
    }
}

fn cases(behaviour: &str) -> Vec<CheckCase> {
    vec![CheckCase {
        name: String::from("get after put"),
        passed: behaviour != "breaks-a-rule",
        detail: String::from("tried with one key"),
    }]
}

/// Applies a defect that prevents the preparation of a trial, such as a panic or an endless loop.
fn misbehave(behaviour: &str) {
    match behaviour {
        "panics" => panic!("boom"),
        "exits" => exit(7),
        "hangs" => sleep(Duration::from_secs(3600)),
        "prints-garbage" => println!("debug: {:?}", Some(1)),
        "floods-stdout" => loop {
            println!("{}", "flood ".repeat(1000));
        },
        "endless-line" => loop {
            print!("{}", "x".repeat(1 << 16));
        },
        "floods-progress" => loop {
            say(&RunnerMessage::Progress { done: 1, total: 2 });
        },
        "floods-stderr" => {
            for _ in 0..2000 {
                eprintln!("{}", "flood ".repeat(1000));
            }
        }
        "eats-memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![hoard.len() as u8; 4 << 20]);
                say(&RunnerMessage::Progress { done: 1000, total: 4000 });
                sleep(Duration::from_millis(2));
            }
        }
        "gulps-memory" => drop(std::hint::black_box(vec![1_u8; 2 << 30])),
        _ => {}
    }
}
