//! Tests of replays in lanes, in which requests of different keys overlap.

use bakeoff_protocol::Lanes;
use bakeoff_protocol::message::{RunnerErrorKind, TrialCommand};
use bakeoff_workload::Op::{Read, Write};
use tempfile::TempDir;

use crate::child::{Runner, faulty, hit_ratio};
use crate::workloads::Requests;

fn in_lanes(mut request: TrialCommand, count: u32, window: u32) -> TrialCommand {
    request.spec.lanes = Some(Lanes { count, window });
    request
}

#[test]
fn requests_of_one_key_stay_in_order() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(20_000, 700).write(folder.path(), "w.bkw");
    for entries in [300, 1_000] {
        let mut request = hit_ratio(&workload, entries);
        request.spec.warmup_requests = 4_000;
        let alone = Runner::asynchronous().trial(request.clone()).expect("a sample");
        for (count, window) in [(1, 1), (7, 32), (64, 64)] {
            let request = in_lanes(request.clone(), count, window);
            let report = Runner::asynchronous().trial(request).expect("a sample");
            // The checksum contains the version of every answer.
            assert_eq!(report.answers_checksum, alone.answers_checksum, "{count} lanes");
            assert_eq!(report.first_violation, None);
            if entries == 1_000 || window == 1 {
                assert_eq!(report.counts, alone.counts, "{count} lanes without evictions");
                assert_eq!(report.meter, alone.meter);
            } else {
                let difference = report.counts.hit_ratio() - alone.counts.hit_ratio();
                assert!(difference.abs() < 0.01, "{count} lanes differ by {difference}");
            }
        }
    }
}

#[test]
fn lanes_overlap_within_the_window_only() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..200).collect();
    let workload = Requests::reads(&ids).write(folder.path(), "w.bkw");
    let most_outstanding = |count, window| {
        let request = in_lanes(faulty(&workload, "yields", 0), count, window);
        let report = Runner::asynchronous().trial(request).expect("a sample");
        report.evictions.expect("the strategy counts outstanding requests")
    };
    assert_eq!(most_outstanding(8, 4_096), 8);
    assert_eq!(most_outstanding(1, 4_096), 1);
    let few = most_outstanding(64, 3);
    assert!((2..=3).contains(&few), "{few} outstanding requests in a window of 3");
}

#[test]
fn a_multi_get_is_split_by_lane() {
    let folder = TempDir::new().expect("a folder");
    let ids: Vec<u32> = (0..40).map(|index| index * 5 % 16).collect();
    let mut operations = vec![Read; ids.len()];
    operations[12] = Write;
    let requests: Vec<_> = operations.into_iter().zip(ids).collect();
    let groups = (0..40).map(|index| index / 8 + 1).collect();
    let grouped = Requests { groups: Some(groups), ..Requests::mixed(&requests) };
    let workload = grouped.write(folder.path(), "w.bkw");
    let alone = Runner::sync().trial(hit_ratio(&workload, 50)).expect("a sample");
    for count in [1, 3, 64] {
        let request = in_lanes(hit_ratio(&workload, 50), count, 5);
        let report = Runner::asynchronous().trial(request).expect("a sample");
        assert_eq!(report.counts, alone.counts);
        assert_eq!(report.answers_checksum, alone.answers_checksum);
    }
}

#[test]
fn a_panic_in_one_lane_ends_all_lanes() {
    let folder = TempDir::new().expect("a folder");
    let workload = Requests::jumble(20_000, 700).write(folder.path(), "w.bkw");
    let request = in_lanes(faulty(&workload, "panics", 5_000), 16, 256);
    let (kind, message) = Runner::asynchronous().trial(request).expect_err("the strategy panics");
    assert_eq!(kind, RunnerErrorKind::Panic);
    assert!(message.contains("injected panic"), "{message}");
}
