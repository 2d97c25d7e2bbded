//! Tests of multi-gets, which reach an asynchronous strategy as one call.

use std::path::{Path, PathBuf};

use bakeoff_protocol::trial::{Meter, TenantCounts};
use bakeoff_workload::Op::{self, Read, Write};
use bakeoff_workload::Workload;
use bakeoff_workload::expected_answers::{ReplayRange, answers_checksum};
use tempfile::TempDir;

use crate::child::{Runner, faulty, hit_ratio, measure};
use crate::latency::{at_rates, histogram, step_histogram};
use crate::workloads::Requests;

/// Operation, key id and multi-get of each request (0 for none). One multi-get has three keys, one
/// has two, and one a single key.
const REQUESTS: [(Op, u32, u32); 9] = [
    (Read, 1, 7),
    (Read, 2, 7),
    (Read, 3, 7),
    (Read, 4, 0),
    (Read, 1, 8),
    (Read, 5, 8),
    (Write, 2, 0),
    (Read, 2, 9),
    (Read, 4, 0),
];

fn workload(folder: &Path) -> PathBuf {
    let requests: Vec<_> = REQUESTS.map(|(op, id, _)| (op, id)).to_vec();
    Requests {
        groups: Some(REQUESTS.map(|(_, _, group)| group).to_vec()),
        sizes: Some(vec![10, 20, 30, 40, 10, 50, 20, 20, 40]),
        tenants: Some(vec![0, 1, 1, 0, 0, 1, 1, 1, 0]),
        ..Requests::mixed(&requests)
    }
    .write(folder, "w.bkw")
}

#[test]
fn each_key_of_a_multi_get_is_counted_verified_and_timed() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let alone = Runner::sync().trial(hit_ratio(&path, 10)).expect("a sample");
    let mut request = hit_ratio(&path, 10);
    let together = Runner::asynchronous().trial(request.clone()).expect("a sample");
    assert_eq!(together.counts, alone.counts);
    assert_eq!((together.counts.hits, together.counts.loads), (3, 5));
    let tenant = |reads, hits| TenantCounts { reads, hits };
    assert_eq!(together.counts.by_tenant, [tenant(4, 2), tenant(4, 1)]);
    let opened = Workload::open(&path).expect("the workload is well-formed");
    let expected = answers_checksum(&opened, ReplayRange::whole(REQUESTS.len() as u64));
    assert_eq!(together.answers_checksum, format!("{expected:016x}"));
    request.spec.meter = Meter::Latency;
    let timed = Runner::asynchronous().trial(request.clone()).expect("a sample");
    assert_eq!(histogram(&timed).len(), REQUESTS.len() as u64);
    measure(&mut request, (0, 9), 0, 0);
    at_rates(&mut request, &[(1_000, 9)]);
    let scheduled = Runner::asynchronous().trial(request).expect("a sample");
    let [step] = scheduled.meter.rate_steps() else { panic!("{scheduled:?}") };
    assert_eq!(step_histogram(step).len(), REQUESTS.len() as u64);
}

#[test]
fn a_failed_multi_get_fails_for_each_key() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let report =
        Runner::asynchronous().trial(faulty(&path, "fails-multi-gets", 0)).expect("a sample");
    // The multi-get with a single read is sent as a single read.
    assert_eq!((report.counts.errors, report.counts.loads), (5, 1));
    assert_eq!(report.first_violation.map(|violation| violation.request), Some(0));
}

#[test]
fn a_window_contains_part_of_a_multi_get() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    // The first window starts at the second of three reads, wraps around and ends with the first of
    // them.
    for (start, length, errors) in [(1, 9, 2 + 2), (0, 2, 2), (2, 3, 0), (3, 8, 2 + 2)] {
        let mut request = faulty(&path, "fails-multi-gets", 0);
        request.spec.meter = Meter::Throughput;
        measure(&mut request, (start, length), 0, 0);
        let report = Runner::asynchronous().trial(request).expect("a sample");
        assert_eq!(report.counts.requests, length);
        assert_eq!(report.counts.errors, errors, "{length} from {start}");
    }
}

#[test]
fn missing_answers_of_a_multi_get_are_wrong() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let report = Runner::asynchronous().trial(faulty(&path, "too-few", 0)).expect("a sample");
    let violation = report.first_violation.expect("a violation");
    assert_eq!(violation.request, 0);
    assert!(violation.what.contains("3 keys returned 2 answers"), "{violation:?}");
}
