//! Hits, sizes and checksums of known workloads.

use std::path::Path;

use bakeoff_protocol::trial::{Capacity, Counts, Meter, Section, TenantCounts};
use bakeoff_workload::compiled::Op::{Delete, Read, Write};
use bakeoff_workload::expected::{Replayed, answers_checksum};
use bakeoff_workload::{Op, Workload};
use tempfile::TempDir;

use crate::bkw::Requests;
use crate::child::{Runner, hit_ratio};

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn expected(workload: &Path, replayed: Replayed) -> String {
    let workload = Workload::open(workload).expect("the workload is well-formed");
    format!("{:016x}", answers_checksum(&workload, replayed))
}

#[test]
fn hits_of_a_small_lru_are_exact() {
    let folder = folder();
    // With room for two: 1, 2, hit 1, 3 (2 goes), hit 1, 2 (3 goes), 3 (1 goes), hit 2.
    let workload = Requests::reads(&[1, 2, 1, 3, 1, 2, 3, 2]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.warmup = 3;
    let report = Runner::specimen().trial(request).expect("a sample");
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
    let after = report.after_warmup.expect("hit ratio counts after the warm-up");
    assert_eq!((after.requests, after.reads, after.hits, after.loads), (5, 5, 2, 3));
    assert_eq!((report.entries_held, report.evictions, report.passes), (2, Some(3), 1));
    assert_eq!(report.offence, None);
}

#[test]
fn hits_of_tenants_are_counted_apart() {
    let folder = folder();
    let reads = Requests::reads(&[1, 2, 1, 3, 1, 2, 3, 2]);
    let requests = Requests { tenants: Some(vec![0, 1, 0, 2, 0, 1, 2, 1]), ..reads };
    let workload = requests.write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.warmup = 3;
    let report = Runner::specimen().trial(request.clone()).expect("a sample");
    let counts = |reads, hits| TenantCounts { reads, hits };
    assert_eq!(report.counts.by_tenant, [counts(3, 2), counts(3, 1), counts(2, 0)]);
    let after = report.after_warmup.expect("hit ratio counts after the warm-up");
    assert_eq!(after.by_tenant, [counts(1, 1), counts(2, 1), counts(2, 0)]);
    // More of them than anybody would read of are one.
    let many = Requests { tenants: Some(vec![0, 1, 0, 256, 0, 1, 256, 1]), ..requests };
    request.workload = many.write(folder.path(), "many.bkw");
    let report = Runner::specimen().trial(request).expect("a sample");
    assert_eq!((report.counts.by_tenant, report.counts.hits), (vec![], 3));
}

#[test]
fn a_write_is_a_put_and_a_delete_invalidates() {
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
    let report = Runner::specimen().trial(hit_ratio(&workload, 2)).expect("a sample");
    let counts = &report.counts;
    assert_eq!((counts.reads, counts.writes, counts.deletes), (5, 2, 1));
    assert_eq!((counts.hits, counts.misses, counts.loads), (3, 2, 2));
    assert_eq!((counts.stale_answers, counts.wrong_answers, counts.errors), (0, 0, 0));
    // By hand: versions 1, 2, 2, 3 of key 1 at places 1, 3, 4, 6, and version 0 of key 2 at 7.
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
fn the_checksum_is_what_the_workload_says_whatever_the_capacity() {
    let folder = folder();
    let workload = Requests::jumble(20_000, 500).write(folder.path(), "w.bkw");
    let expected = expected(&workload, Replayed::once(20_000));
    for entries in [1, 30, 1000] {
        for mut runner in [Runner::specimen(), Runner::awaited()] {
            let report = runner.trial(hit_ratio(&workload, entries)).expect("a sample");
            assert_eq!(report.answers_checksum, expected, "with {entries} entries");
            assert_eq!(report.offence, None);
        }
    }
}

#[test]
fn the_checksum_of_a_section_knows_its_warm_up_and_its_wrap() {
    let folder = folder();
    let requests = 9_000;
    let workload = Requests::jumble(requests as u32, 300).write(folder.path(), "w.bkw");
    let sections = [(0, 1000, 0), (10, 500, 200), (8_500, 2_000, 8_900), (0, 20_000, 12_345)];
    for (start, length, warmup) in sections {
        for limit in [None, Some(8_800)] {
            let mut request = hit_ratio(&workload, 40);
            request.meter = Meter::Throughput;
            request.section = Some(Section { start, length, warmup, minimum_ns: 2_000_000 });
            request.limit = limit;
            let report = Runner::specimen().trial(request).expect("a sample");
            let limit = limit.unwrap_or(requests);
            let replayed = Replayed { limit, start, length, warmup };
            assert_eq!(report.answers_checksum, expected(&workload, replayed), "{replayed:?}");
            assert_eq!(report.counts.requests, report.passes * length);
            assert!(report.elapsed_ns >= 2_000_000 && report.passes >= 1);
        }
    }
}

#[test]
fn a_limit_cuts_the_workload() {
    let folder = folder();
    let workload = Requests::reads(&[1, 1, 1, 2, 3]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.limit = Some(3);
    let report = Runner::specimen().trial(request).expect("a sample");
    assert_eq!((report.counts.requests, report.counts.hits), (3, 2));
    assert_eq!(report.answers_checksum, expected(&workload, Replayed::once(3)));
}

#[test]
fn sizes_are_counted_request_by_request() {
    let folder = folder();
    let mut requests = Requests::reads(&[1, 2, 1, 2, 1]);
    requests.sizes = Some(vec![10, 0, 7, 3, 5_000_000]);
    let workload = requests.write(folder.path(), "w.bkw");
    for mut runner in [Runner::specimen(), Runner::awaited()] {
        let report = runner.trial(hit_ratio(&workload, 5)).expect("a sample");
        assert_eq!((report.counts.read_bytes, report.counts.hit_bytes), (5_000_020, 5_000_010));
        assert_eq!((report.counts.hits, report.offence), (3, None));
    }
}

#[test]
fn every_meter_replays_the_same() {
    let folder = folder();
    let workload = Requests::jumble(5_000, 300).write(folder.path(), "w.bkw");
    let exact = Runner::specimen().trial(hit_ratio(&workload, 50)).expect("a sample");
    for meter in [Meter::Memory, Meter::Throughput, Meter::Latency, Meter::Instructions] {
        for mut runner in [Runner::specimen(), Runner::awaited()] {
            let mut request = hit_ratio(&workload, 50);
            request.meter = meter;
            let report = runner.trial(request).expect("a sample");
            assert_eq!(report.counts, exact.counts, "{meter:?}");
            assert_eq!(report.answers_checksum, exact.answers_checksum);
            assert_eq!(report.histogram.is_some(), meter == Meter::Latency);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_grows_with_what_is_held_and_not_with_what_is_replayed() {
    let folder = folder();
    let ids: Vec<u32> = (0..400_000).collect();
    let mut requests = Requests::reads(&ids);
    requests.value_bytes = 1_000;
    let workload = requests.write(folder.path(), "w.bkw");
    let growth = |entries, meter| {
        let mut request = hit_ratio(&workload, entries);
        request.meter = meter;
        let report = Runner::specimen().trial(request).expect("a sample");
        assert_eq!(report.entries_held, entries);
        report.rss_anon_after_bytes - report.rss_anon_before_bytes
    };
    // Bodies of their own show; slices of the block do not.
    assert!(growth(60_000, Meter::Memory) > 60_000_000);
    assert!(growth(60_000, Meter::HitRatio) < 30_000_000);
    // 400,000 bodies of 1,000 bytes went through, but a hundred are held.
    assert!(growth(100, Meter::Memory) < 8_000_000);
}

#[test]
fn a_capacity_that_the_strategy_cannot_keep_is_refused() {
    let folder = folder();
    let workload = Requests::mixed(&[(Op::Read, 1)]).write(folder.path(), "w.bkw");
    let mut request = hit_ratio(&workload, 2);
    request.capacity = Capacity::Bytes(100);
    let (kind, message) = Runner::specimen().trial(request).expect_err("it counts entries");
    assert_eq!(kind, bakeoff_protocol::message::ErrorKind::Open);
    assert!(message.contains("100"), "{message}");
}
