//! Tests of a runner in Python, written from `docs/PROTOCOL.md`, against the runner in Rust.

use std::path::Path;
use std::process::Command;

use bakeoff_protocol::message::{DriverMessage, ProbeAction, RunnerErrorKind, RunnerMessage};
use bakeoff_protocol::trial::Meter;
use bakeoff_runner::InProcessReplay;
use bakeoff_strategy::{Capacity, OpenConfig, Strategy, poll_once};
use bakeoff_test_support::{Program, require};
use bakeoff_variant_lru::Lru;
use bakeoff_workload::Workload;
use bakeoff_workload::expected_answers::{ReplayRange, answers_checksum};
use tempfile::TempDir;

use crate::child::{Runner, hit_ratio, measure};
use crate::workloads::Requests;

/// Starts the runner in Python; returns `None` if Python is missing.
fn python() -> Option<Runner> {
    let mut command = Command::new(require(Program("python3"))?);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/runner.py"));
    Some(Runner::start(command))
}

fn lru(entries: u64) -> Lru {
    poll_once(Lru::open(&OpenConfig::with_capacity(Capacity::Entries(entries))))
        .expect("the strategy is synchronous")
        .expect("the strategy opens")
}

#[test]
fn hello_identifies_the_python_runner() {
    let Some(mut runner) = python() else { return };
    let RunnerMessage::Hello(hello) = runner.ask(&DriverMessage::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert_eq!((hello.strategy.as_str(), hello.workers), ("py-lru", false));
    assert_eq!(runner.ask(&DriverMessage::Bye), RunnerMessage::Bye);
    assert!(runner.hang_up().success());
}

#[test]
fn hits_and_answers_equal_those_of_the_lru_in_rust() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    let mut requests = Requests::jumble(8_000, 400);
    requests.sizes = Some((0..8_000).map(|place| place * 7 % 300).collect());
    let path = requests.write(folder.path(), "w.bkw");
    let workload = Workload::open(&path).expect("the workload is well-formed");
    let expected = |replayed| format!("{:016x}", answers_checksum(&workload, replayed));

    let mut request = hit_ratio(&path, 60);
    request.spec.warmup_requests = 1_000;
    let rust = InProcessReplay::prepare(&path, &request.spec).expect("the workload is there");
    let rust = rust.pass(&lru(60)).expect("the strategy is synchronous");
    let report = runner.trial(request).expect("a sample");
    assert_eq!(report.counts, rust);
    assert_eq!(report.answers_checksum, expected(ReplayRange::whole(8_000)));
    assert_eq!(report.meter.after_warmup().map(|counts| counts.requests), Some(7_000));
    assert_eq!(report.entries_held, 60);

    let mut request = hit_ratio(&path, 60);
    request.spec.meter = Meter::Throughput;
    measure(&mut request, (7_000, 3_000), 7_500, 1);
    let rust = InProcessReplay::prepare(&path, &request.spec).expect("the workload is there");
    let cache = lru(60);
    rust.warm_up(&cache).expect("the strategy is synchronous");
    let rust = rust.pass(&cache).expect("the strategy is synchronous");
    let report = runner.trial(request).expect("a sample");
    assert_eq!((report.passes, report.counts), (1, rust));
    let replayed = ReplayRange { start: 7_000, length: 3_000, warmup: 7_500 };
    assert_eq!(report.answers_checksum, expected(replayed));
}

#[test]
fn every_pass_starts_with_a_new_cache() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    // No key occurs twice in the window, so only an earlier pass could cause a hit.
    let ids: Vec<u32> = (0..1_000).collect();
    let mut request = hit_ratio(&Requests::reads(&ids).write(folder.path(), "w.bkw"), 1_000);
    request.spec.meter = Meter::Throughput;
    let minimum_ns = 100_000_000;
    measure(&mut request, (500, 500), 100, minimum_ns);
    let report = runner.trial(request).expect("a sample");
    assert!(report.passes > 1 && report.elapsed_ns >= minimum_ns, "{report:?}");
    assert_eq!(report.counts.requests, 500 * report.passes);
    assert_eq!(report.counts.hits, 0);
}

#[test]
fn unsupported_requests_are_refused_and_the_runner_continues() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    let path = Requests::reads(&[1, 2, 1]).write(folder.path(), "w.bkw");
    runner.send_line("garbage");
    assert!(matches!(
        runner.receive(),
        RunnerMessage::Error { kind: RunnerErrorKind::Protocol, .. }
    ));
    let mut memory = hit_ratio(&path, 2);
    memory.spec.meter = Meter::Memory;
    assert_eq!(runner.trial(memory).map_err(|(kind, _)| kind), Err(RunnerErrorKind::Meter));
    let mut bytes = hit_ratio(&path, 2);
    bytes.spec.capacity = Capacity::Bytes(100);
    assert_eq!(runner.trial(bytes).map_err(|(kind, _)| kind), Err(RunnerErrorKind::Open));
    let missing = hit_ratio(&folder.path().join("missing.bkw"), 2);
    assert_eq!(runner.trial(missing).map_err(|(kind, _)| kind), Err(RunnerErrorKind::Workload));
    assert_eq!(runner.trial(hit_ratio(&path, 2)).expect("a sample").counts.hits, 1);
}

#[test]
fn probes_are_answered() {
    let Some(mut runner) = python() else { return };
    let probe = |action| DriverMessage::Probe {
        action,
        ids: vec![1, 2, 3],
        value_bytes: 10,
        value_sizes: Vec::new(),
        capacity: Capacity::Entries(2),
        namespace: String::from("p"),
        services: Default::default(),
        options: Default::default(),
    };
    runner.send(&probe(ProbeAction::Put));
    assert_eq!(runner.receive(), RunnerMessage::Probed { found: 0, wrong: 0, entries_held: 2 });
    let got = runner.ask(&probe(ProbeAction::Get));
    assert_eq!(got, RunnerMessage::Probed { found: 2, wrong: 0, entries_held: 2 });
}
