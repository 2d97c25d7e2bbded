//! Tests of hits, sizes and checksums with known workloads.

use std::path::Path;

use bakeoff_protocol::Capacity;
use bakeoff_protocol::trial::{Counts, Meter, TenantCounts};
use bakeoff_workload::compiled::Op::{Delete, Read, Write};
use bakeoff_workload::expected_answers::{ReplayRange, answers_checksum};
use bakeoff_workload::{Op, Workload};
use tempfile::TempDir;

use crate::child::{Runner, hit_ratio, measure};
use crate::workloads::Requests;

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn expected(workload: &Path, replayed: ReplayRange) -> String {
    let workload = Workload::open(workload).expect("the workload is well-formed");
    format!("{:016x}", answers_checksum(&workload, replayed))
}

#[test]
fn hits_of_a_small_lru_are_exact() {
    let folder = folder();
    // Capacity 2: 1, 2, hit 1, 3 (evicts 2), hit 1, 2 (evicts 3), 3 (evicts 1), hit 2.
    let workload = Requests::reads(&[1, 2, 1, 3, 1, 2, 3, 2]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.spec.warmup_requests = 3;
    let report = Runner::sync().trial(request).expect("a sample");
    let counts = Counts {
        requests: 8,
        reads: 8,
        hits: 3,
        misses: 5,
        loads: 5,
        read_bytes: 800,
        hit_bytes: 300,
        ..Counts::default()
    };
    assert_eq!(report.counts, counts);
    let after = report.meter.after_warmup().expect("hit ratio counts after the warm-up");
    assert_eq!((after.requests, after.reads, after.hits, after.loads), (5, 5, 2, 3));
    assert_eq!((report.entries_held, report.evictions, report.passes), (2, Some(3), 1));
    assert_eq!(report.first_violation, None);
}

#[test]
fn hits_are_counted_by_tenant() {
    let folder = folder();
    let reads = Requests::reads(&[1, 2, 1, 3, 1, 2, 3, 2]);
    let requests = Requests { tenants: Some(vec![0, 1, 0, 2, 0, 1, 2, 1]), ..reads };
    let workload = requests.write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.spec.warmup_requests = 3;
    let report = Runner::sync().trial(request.clone()).expect("a sample");
    let counts = |reads, hits| TenantCounts { reads, hits };
    assert_eq!(report.counts.by_tenant, [counts(3, 2), counts(3, 1), counts(2, 0)]);
    let after = report.meter.after_warmup().expect("hit ratio counts after the warm-up");
    assert_eq!(after.by_tenant, [counts(1, 1), counts(2, 1), counts(2, 0)]);
    // With more tenants than the maximum, tenants are not counted separately.
    let many = Requests { tenants: Some(vec![0, 1, 0, 256, 0, 1, 256, 1]), ..requests };
    request.environment.workload_path = many.write(folder.path(), "many.bkw");
    let report = Runner::sync().trial(request).expect("a sample");
    assert_eq!((report.counts.by_tenant, report.counts.hits), (vec![], 3));
}

#[test]
fn a_write_puts_the_value_and_a_delete_removes_the_key() {
    let folder = folder();
    let requests = [
        (Write, 1),
        (Read, 1),
        (Delete, 1),
        (Read, 1),
        (Read, 1),
        (Write, 1),
        (Read, 1),
        (Read, 2),
    ];
    let workload = Requests::mixed(&requests).write(folder.path(), "w.bkw");
    let report = Runner::sync().trial(hit_ratio(&workload, 2)).expect("a sample");
    let counts = &report.counts;
    assert_eq!((counts.reads, counts.writes, counts.deletes), (5, 2, 1));
    assert_eq!((counts.hits, counts.misses, counts.loads), (3, 2, 2));
    assert_eq!((counts.stale_answers, counts.wrong_answers, counts.errors), (0, 0, 0));
    // Expected answers: versions 1, 2, 2, 3 of key 1 at indexes 1, 3, 4, 6, and version 0 of key 2
    // at 7.
    let key = |id: u64| bakeoff_strategy::Key::from_id(id).0;
    let sum = [(1, 1, 1), (3, 1, 2), (4, 1, 2), (6, 1, 3), (7, 2, 0)]
        .into_iter()
        .map(|(index, id, version): (u64, u64, u64)| {
            (key(id) ^ version.wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(2 * index + 1)
        })
        .fold(0, u64::wrapping_add);
    assert_eq!(report.answers_checksum, format!("{sum:016x}"));
}

#[test]
fn the_checksum_does_not_depend_on_the_capacity() {
    let folder = folder();
    let workload = Requests::jumble(20_000, 500).write(folder.path(), "w.bkw");
    let expected = expected(&workload, ReplayRange::whole(20_000));
    for entries in [1, 30, 1000] {
        for mut runner in [Runner::sync(), Runner::asynchronous()] {
            let report = runner.trial(hit_ratio(&workload, entries)).expect("a sample");
            assert_eq!(report.answers_checksum, expected, "with {entries} entries");
            assert_eq!(report.first_violation, None);
        }
    }
}

#[test]
fn the_checksum_of_a_window_includes_warm_up_and_wrapping() {
    let folder = folder();
    let workload = Requests::jumble(9_000, 300).write(folder.path(), "w.bkw");
    let windows = [(0, 1000, 0), (10, 500, 200), (8_500, 2_000, 8_900), (0, 20_000, 12_345)];
    for (start, length, warmup) in windows {
        let mut request = hit_ratio(&workload, 40);
        request.spec.meter = Meter::Throughput;
        measure(&mut request, (start, length), warmup, 2_000_000);
        let report = Runner::sync().trial(request).expect("a sample");
        let replayed = ReplayRange { start, length, warmup };
        assert_eq!(report.answers_checksum, expected(&workload, replayed), "{replayed:?}");
        assert_eq!(report.counts.requests, report.passes * length);
        assert!(report.elapsed_ns >= 2_000_000 && report.passes >= 1);
    }
}

#[test]
fn sizes_are_counted_per_request() {
    let folder = folder();
    let mut requests = Requests::reads(&[1, 2, 1, 2, 1]);
    requests.sizes = Some(vec![10, 0, 7, 3, 5_000_000]);
    let workload = requests.write(folder.path(), "w.bkw");
    for mut runner in [Runner::sync(), Runner::asynchronous()] {
        let report = runner.trial(hit_ratio(&workload, 5)).expect("a sample");
        assert_eq!((report.counts.read_bytes, report.counts.hit_bytes), (5_000_020, 5_000_010));
        assert_eq!((report.counts.hits, report.first_violation), (3, None));
    }
}

#[test]
fn every_meter_replays_the_same_requests() {
    let folder = folder();
    let workload = Requests::jumble(5_000, 300).write(folder.path(), "w.bkw");
    let exact = Runner::sync().trial(hit_ratio(&workload, 50)).expect("a sample");
    for meter in [Meter::Memory, Meter::Throughput, Meter::Latency, Meter::Instructions] {
        for mut runner in [Runner::sync(), Runner::asynchronous()] {
            let mut request = hit_ratio(&workload, 50);
            request.spec.meter = meter;
            let report = runner.trial(request).expect("a sample");
            assert_eq!(report.counts, exact.counts, "{meter:?}");
            assert_eq!(report.answers_checksum, exact.answers_checksum);
            assert_eq!(report.meter.histogram().is_some(), meter == Meter::Latency);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_depends_on_held_entries_not_on_replayed_requests() {
    let folder = folder();
    let ids: Vec<u32> = (0..400_000).collect();
    let mut requests = Requests::reads(&ids);
    requests.value_bytes = 1_000;
    let workload = requests.write(folder.path(), "w.bkw");
    let growth = |entries, meter| {
        let mut request = hit_ratio(&workload, entries);
        request.spec.meter = meter;
        let report = Runner::sync().trial(request).expect("a sample");
        assert_eq!(report.entries_held, entries);
        report.rss_anon_after_bytes - report.rss_anon_before_bytes
    };
    // Separate bodies use memory; slices of the block do not.
    assert!(growth(60_000, Meter::Memory) > 60_000_000);
    assert!(growth(60_000, Meter::HitRatio) < 30_000_000);
    // 400,000 bodies of 1,000 bytes were stored, but only 100 are held.
    assert!(growth(100, Meter::Memory) < 8_000_000);
}

#[test]
fn an_unsupported_capacity_is_refused() {
    let folder = folder();
    let workload = Requests::mixed(&[(Op::Read, 1)]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.spec.capacity = Capacity::Bytes(100);
    let (kind, message) =
        Runner::sync().trial(request).expect_err("the strategy supports only entries");
    assert_eq!(kind, bakeoff_protocol::message::RunnerErrorKind::Open);
    assert!(message.contains("100"), "{message}");
}
