//! A runner in another language, written from `docs/PROTOCOL.md`, beside the one in Rust.

use std::path::Path;
use std::process::Command;

use bakeoff_protocol::message::{ErrorKind, ProbeAction, Reply, Request};
use bakeoff_protocol::trial::{Capacity, Meter, Section};
use bakeoff_runner::Passes;
use bakeoff_strategy::{Capacity as Room, OpenConfig, Strategy, poll_once};
use bakeoff_variant_lru::Lru;
use bakeoff_workload::Workload;
use bakeoff_workload::expected::{Replayed, answers_checksum};
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, hit_ratio};

/// The runner in Python, where there is a Python.
fn python() -> Option<Runner> {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing");
        println!("skipped: python3 is missing");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/runner.py");
    let mut command = Command::new("python3");
    command.arg(script);
    Some(Runner::start(command))
}

fn lru(entries: u64) -> Lru {
    poll_once(Lru::open(&OpenConfig::with_capacity(Room::Entries(entries))))
        .expect("it answers at once")
        .expect("it opens")
}

#[test]
fn it_says_who_it_is() {
    let Some(mut runner) = python() else { return };
    let Reply::Hello(hello) = runner.ask(&Request::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert_eq!((hello.strategy.as_str(), hello.workers), ("py-lru", false));
    assert_eq!(runner.ask(&Request::Bye), Reply::Bye);
    assert!(runner.hang_up().success());
}

#[test]
fn its_hits_and_answers_are_those_of_the_lru_in_rust() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    let mut requests = Requests::jumble(8_000, 400);
    requests.sizes = Some((0..8_000).map(|place| place * 7 % 300).collect());
    let path = requests.write(folder.path(), "w.bkw");
    let workload = Workload::open(&path).expect("it is well-formed");
    let expected = |replayed| format!("{:016x}", answers_checksum(&workload, replayed));

    let mut request = hit_ratio(&path, 60);
    request.warmup = 1_000;
    let rust = Passes::prepare(&request).expect("the workload is there");
    let rust = rust.pass(&lru(60)).expect("it answers at once");
    let report = runner.trial(request).expect("a sample");
    assert_eq!(report.counts, rust);
    assert_eq!(report.answers_checksum, expected(Replayed::once(8_000)));
    assert_eq!(report.after_warmup.map(|counts| counts.requests), Some(7_000));
    assert_eq!(report.entries_held, 60);

    let mut request = hit_ratio(&path, 60);
    request.meter = Meter::Throughput;
    let section = Section { start: 7_000, length: 3_000, warmup: 7_500, minimum_ns: 1 };
    request.section = Some(section);
    let rust = Passes::prepare(&request).expect("the workload is there");
    let cache = lru(60);
    rust.warm_up(&cache).expect("it answers at once");
    let rust = rust.pass(&cache).expect("it answers at once");
    let report = runner.trial(request).expect("a sample");
    assert_eq!((report.passes, report.counts), (1, rust));
    let replayed = Replayed { limit: 0, start: 7_000, length: 3_000, warmup: 7_500 };
    assert_eq!(report.answers_checksum, expected(replayed));
}

#[test]
fn every_pass_begins_with_a_cache_that_does_not_know_the_section() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    // No key comes twice in the section, so that nothing but an earlier pass makes a hit.
    let ids: Vec<u32> = (0..1_000).collect();
    let mut request = hit_ratio(&Requests::reads(&ids).write(folder.path(), "w.bkw"), 1_000);
    request.meter = Meter::Throughput;
    let minimum_ns = 100_000_000;
    request.section = Some(Section { start: 500, length: 500, warmup: 100, minimum_ns });
    let report = runner.trial(request).expect("a sample");
    assert!(report.passes > 1 && report.elapsed_ns >= minimum_ns, "{report:?}");
    assert_eq!(report.counts.requests, 500 * report.passes);
    assert_eq!(report.counts.hits, 0);
}

#[test]
fn it_refuses_what_it_does_not_have_and_goes_on() {
    let Some(mut runner) = python() else { return };
    let folder = TempDir::new().expect("a folder");
    let path = Requests::reads(&[1, 2, 1]).write(folder.path(), "w.bkw");
    runner.send_line("garbage");
    assert!(matches!(runner.receive(), Reply::Error { kind: ErrorKind::Protocol, .. }));
    let mut memory = hit_ratio(&path, 2);
    memory.meter = Meter::Memory;
    assert_eq!(runner.trial(memory).map_err(|(kind, _)| kind), Err(ErrorKind::Meter));
    let mut bytes = hit_ratio(&path, 2);
    bytes.capacity = Capacity::Bytes(100);
    assert_eq!(runner.trial(bytes).map_err(|(kind, _)| kind), Err(ErrorKind::Open));
    let missing = hit_ratio(&folder.path().join("missing.bkw"), 2);
    assert_eq!(runner.trial(missing).map_err(|(kind, _)| kind), Err(ErrorKind::Workload));
    assert_eq!(runner.trial(hit_ratio(&path, 2)).expect("a sample").counts.hits, 1);
}

#[test]
fn it_answers_probes() {
    let Some(mut runner) = python() else { return };
    let probe = |action| Request::Probe {
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
    assert_eq!(runner.receive(), Reply::Probed { found: 0, wrong: 0, entries_held: 2 });
    let got = runner.ask(&probe(ProbeAction::Get));
    assert_eq!(got, Reply::Probed { found: 2, wrong: 0, entries_held: 2 });
}
