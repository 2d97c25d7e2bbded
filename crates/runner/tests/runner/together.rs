//! Reads that were asked for together reach an awaited strategy together.

use std::path::{Path, PathBuf};

use bakeoff_protocol::trial::{Meter, Section, TenantCounts};
use bakeoff_workload::Op::{self, Read, Write};
use bakeoff_workload::Workload;
use bakeoff_workload::expected::{Replayed, answers_checksum};
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, faulty, hit_ratio};
use crate::latency::histogram;

/// Groups of three, of two, and of one that a write interrupts.
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
fn each_read_of_a_group_is_counted_verified_and_timed() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let alone = Runner::specimen().trial(hit_ratio(&path, 10)).expect("a sample");
    let mut request = hit_ratio(&path, 10);
    let together = Runner::awaited().trial(request.clone()).expect("a sample");
    assert_eq!(together.counts, alone.counts);
    assert_eq!((together.counts.hits, together.counts.loads), (3, 5));
    let tenant = |reads, hits| TenantCounts { reads, hits };
    assert_eq!(together.counts.by_tenant, [tenant(4, 2), tenant(4, 1)]);
    let opened = Workload::open(&path).expect("the workload is well-formed");
    let expected = answers_checksum(&opened, Replayed::once(REQUESTS.len() as u64));
    assert_eq!(together.answers_checksum, format!("{expected:016x}"));
    request.meter = Meter::Latency;
    let timed = Runner::awaited().trial(request.clone()).expect("a sample");
    assert_eq!(histogram(&timed).len(), REQUESTS.len() as u64);
    request.section = Some(Section { start: 0, length: 9, warmup: 0, minimum_ns: 0 });
    request.rate = Some(1_000.0);
    let scheduled = Runner::awaited().trial(request).expect("a sample");
    assert_eq!(histogram(&scheduled).len(), REQUESTS.len() as u64);
}

#[test]
fn what_fails_together_fails_for_each() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let report = Runner::awaited().trial(faulty(&path, "fails-together", 0)).expect("a sample");
    // The group that has one read only is asked for alone.
    assert_eq!((report.counts.errors, report.counts.loads), (5, 1));
    assert_eq!(report.offence.map(|offence| offence.request), Some(0));
}

#[test]
fn a_section_takes_the_part_of_a_group_that_lies_in_it() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    // From the second of three reads, round the end, to the second of the same three.
    for (start, length, errors) in [(1, 9, 2 + 2), (0, 2, 2), (2, 3, 0), (3, 8, 2 + 2)] {
        let mut request = faulty(&path, "fails-together", 0);
        request.meter = Meter::Throughput;
        request.section = Some(Section { start, length, warmup: 0, minimum_ns: 0 });
        let report = Runner::awaited().trial(request).expect("a sample");
        assert_eq!(report.counts.requests, length);
        assert_eq!(report.counts.errors, errors, "{length} from {start}");
    }
}

#[test]
fn too_few_answers_are_wrong_ones() {
    let folder = TempDir::new().expect("a folder");
    let path = workload(folder.path());
    let report = Runner::awaited().trial(faulty(&path, "too-few", 0)).expect("a sample");
    let offence = report.offence.expect("it is told");
    assert_eq!(offence.request, 0);
    assert!(offence.what.contains("2 answers came to 3 keys"), "{offence:?}");
}
