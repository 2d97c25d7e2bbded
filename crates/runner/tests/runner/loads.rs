//! Tests of several workers and several requests in flight.

use bakeoff_protocol::message::RunnerErrorKind;
use bakeoff_protocol::trial::{Counts, Load, Meter};
use tempfile::TempDir;

use crate::child::{Runner, faulty, hit_ratio, measure};
use crate::workloads::Requests;

fn assert_adds_up(counts: &Counts, requests: u64) {
    assert_eq!(counts.requests, requests);
    assert_eq!(counts.requests, counts.reads + counts.writes + counts.deletes);
    assert_eq!(counts.reads, counts.hits + counts.misses);
    assert_eq!(counts.misses, counts.loads);
    assert_eq!((counts.wrong_answers, counts.errors), (0, 0));
}

#[test]
fn counts_of_many_workers_add_up() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(50_000, 700).write(folder.path(), "w.bkw");
    let alone = Runner::sync().trial(hit_ratio(&workload, 100)).expect("a sample").counts;
    for (workers, in_flight) in [(1, 8), (3, 1), (2, 5)] {
        for mut runner in [Runner::sync(), Runner::asynchronous()] {
            let mut request = hit_ratio(&workload, 100);
            request.spec.load = Load { workers, in_flight, ..Load::ONE };
            request.spec.warmup_requests = 10_000;
            let report = runner.trial(request).expect("a sample");
            assert_adds_up(&report.counts, 50_000);
            assert_eq!(report.counts.reads, alone.reads);
            assert_eq!(report.counts.writes, alone.writes);
            assert_adds_up(report.meter.after_warmup().expect("hit ratio"), 40_000);
        }
    }
}

#[test]
fn all_workers_replay_the_same_number_of_passes() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(6_000, 700).write(folder.path(), "w.bkw");
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        let mut request = hit_ratio(&workload, 100);
        request.spec.meter = Meter::Throughput;
        request.spec.load = Load { workers: 3, in_flight: 4, ..Load::ONE };
        measure(&mut request, (5_000, 3_001), 100, 20_000_000);
        let report = runner.trial(request).expect("a sample");
        assert_adds_up(&report.counts, 3_001 * report.passes);
        assert!(report.elapsed_ns >= 20_000_000);
        let first = report.first_finish_ns.expect("there are several workers");
        assert!(first > 0 && first <= report.elapsed_ns);
        assert!(report.finish_skew().is_some_and(|skew| skew >= 1.0));
    }
}

#[test]
fn workers_call_the_strategy_at_the_same_time() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..400).map(|index| index * 7 % 400).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    let mut request = faulty(&workload, "four-callers", 0);
    request.spec.meter = Meter::Throughput;
    measure(&mut request, (0, 400), 0, 0);
    request.spec.load = Load { workers: 4, ..Load::ONE };
    let report = Runner::sync().trial(request).expect("a sample");
    assert_eq!((report.counts.requests, report.counts.errors), (400, 0));
}

#[test]
fn more_workers_than_requests_are_allowed() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::reads(&[1, 2]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 5);
    request.spec.load = Load { workers: 16, in_flight: 9, ..Load::ONE };
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        assert_eq!(runner.trial(request.clone()).expect("a sample").counts.misses, 2);
    }
}

#[test]
fn a_panic_of_one_worker_ends_all_workers() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(100_000, 700).write(folder.path(), "w.bkw");
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        let mut request = faulty(&workload, "panics", 50_000);
        request.spec.load = Load { workers: 4, in_flight: 3, ..Load::ONE };
        let (kind, message) = runner.trial(request).expect_err("the strategy panics");
        assert_eq!(kind, RunnerErrorKind::Panic);
        assert!(message.contains("injected panic"), "{message}");
    }
}
