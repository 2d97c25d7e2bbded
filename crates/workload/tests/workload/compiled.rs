//! Compiled workloads: columns, counts, keys, damage, and the workload store.

use std::path::Path;

use bakeoff_workload::WorkloadStore;
use bakeoff_workload::compile::{CompileError, compile};
use bakeoff_workload::compiled::{ColumnKind, Op, WorkloadRequest, WorkloadWriter, WriteError};
use bakeoff_workload::scenario::{ScenarioDefinition, TraceSource, WorkloadPlan};
use bakeoff_workload::source::{Sink, SinkStop, SourceKey, SourceRequest};
use bakeoff_workload::trace::BadLineLimit;
use bakeoff_workload::workload_info::summarize;
use bakeoff_workload::{Workload, bounds};
use proptest::prelude::*;

fn written(folder: &Path, requests: &[SourceRequest<'_>]) -> Workload {
    let path = folder.join("w.bkw");
    let mut writer = WorkloadWriter::create(&path, 77).unwrap();
    for request in requests {
        writer.accept(request).unwrap();
    }
    writer.finish().unwrap();
    let workload = Workload::open(&path).unwrap();
    workload.verify().unwrap();
    let names = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(names, 1, "a temporary file was left behind");
    workload
}

fn number(key: u64) -> SourceRequest<'static> {
    SourceRequest::read(SourceKey::Number(key))
}

#[test]
fn columns_are_omitted_if_they_carry_no_information() {
    let temp = tempfile::tempdir().unwrap();
    let plain = written(temp.path(), &[number(5), number(9), number(5)]);
    assert_eq!(plain.ids(), [0, 1, 0]);
    assert!(plain.ops().is_none() && plain.sizes().is_none() && plain.times_us().is_none());
    assert_eq!(plain.header().value_bytes, 77);
    assert_eq!((plain.header().request_bytes, plain.header().unique_bytes), (231, 154));
    assert_eq!(plain.column::<u64>(ColumnKind::KeyNumbers), Some(&[5, 9][..]));
    let dense = written(temp.path(), &[number(0), number(1), number(0)]);
    assert_eq!(dense.column::<u64>(ColumnKind::KeyNumbers), None, "the ids are the keys");
    let all_writes = written(temp.path(), &[SourceRequest { op: Op::Write, ..number(0) }]);
    assert_eq!(all_writes.ops(), Some(&[1][..]));
}

#[test]
fn textual_keys_are_stored_and_times_are_made_monotonic() {
    let temp = tempfile::tempdir().unwrap();
    let request = |text: &'static str, time_us| {
        let key = SourceKey::Text(text.as_bytes());
        SourceRequest { time_us, ttl_ms: 3, ..SourceRequest::read(key) }
    };
    // The second time is earlier than the first.
    let requests = [request("/a", 1_000), request("", 500), request("/a", 3_000)];
    let workload = written(temp.path(), &requests);
    assert_eq!(workload.column::<u64>(ColumnKind::KeyOffsets), Some(&[0, 2, 2][..]));
    assert_eq!(workload.column::<u8>(ColumnKind::KeyText), Some(&b"/a"[..]));
    assert_eq!(workload.times_us(), Some(&[0, 0, 2_000][..]));
    assert_eq!(workload.ttls_ms(), Some(&[3, 3, 3][..]));
    assert_eq!(summarize(&workload).duration_seconds, Some(0.002));
    assert_eq!(summarize(&workload).one_hit_keys, 1);
}

proptest! {
    #[test]
    fn requests_are_read_back_as_they_were_written(
        rows in prop::collection::vec((0_u64..9, 0_u8..3, prop::option::of(0_u32..3)), 1..200),
    ) {
        let temp = tempfile::tempdir().unwrap();
        let requests: Vec<SourceRequest<'_>> = rows
            .iter()
            .map(|&(key, op, bytes)| SourceRequest { op: Op::from_byte(op), bytes, ..number(key) })
            .collect();
        let workload = written(temp.path(), &requests);
        let mut last_size: std::collections::HashMap<u64, u64> = std::collections::HashMap::new();
        let (mut sized_keys, mut unsized_requests) = (std::collections::HashSet::new(), 0);
        let keys: Vec<u64> = match workload.column::<u64>(ColumnKind::KeyNumbers) {
            Some(numbers) => numbers.to_vec(),
            None => (0..workload.header().unique_keys).collect(),
        };
        for (index, &(key, op, bytes)) in rows.iter().enumerate() {
            let WorkloadRequest { id, op: found_op, bytes: size, .. } = workload.request(index);
            prop_assert_eq!((keys[id as usize], found_op), (key, Op::from_byte(op)));
            // A request without a size refers to the current value of its key.
            let known = last_size.get(&key).map_or(77, |&size| size as u32);
            if bytes.is_some() {
                sized_keys.insert(key);
            }
            unsized_requests += u64::from(!sized_keys.contains(&key));
            prop_assert_eq!(size, bytes.unwrap_or(known));
            last_size.insert(key, u64::from(size));
        }
        let header = workload.header();
        prop_assert_eq!(header.unique_bytes, last_size.values().sum::<u64>());
        prop_assert_eq!(header.unique_keys, last_size.len() as u64);
        prop_assert_eq!(header.unsized_requests, unsized_requests);
        prop_assert_eq!(header.unsized_keys, header.unique_keys - sized_keys.len() as u64);
        prop_assert_eq!(header.assumed_bytes, if unsized_requests > 0 { 77 } else { 0 });
        prop_assert_eq!(header.reads + header.writes + header.deletes, rows.len() as u64);
    }
}

#[test]
fn an_empty_workload_leaves_no_file_and_a_limit_stops_the_source() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("w.bkw");
    let writer = WorkloadWriter::create(&path, 1).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Empty)));
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
    let mut writer = WorkloadWriter::create(&path, 1).unwrap().with_request_limit(2);
    writer.accept(&number(1)).unwrap();
    writer.accept(&number(2)).unwrap();
    assert!(matches!(writer.accept(&number(3)), Err(SinkStop::LimitReached)));
    assert_eq!(writer.finish().unwrap().requests, 2);
}

#[test]
fn damage_is_detected() {
    let temp = tempfile::tempdir().unwrap();
    let workload = written(temp.path(), &[number(1), number(2)]);
    let path = workload.path().to_owned();
    let good = std::fs::read(&path).unwrap();
    let damaged = temp.path().join("damaged.bkw");
    let reopen = |bytes: &[u8]| {
        std::fs::write(&damaged, bytes).unwrap();
        Workload::open(&damaged).and_then(|workload| workload.verify())
    };
    assert!(reopen(&good).is_ok());
    for offset in [0, 8, 20, 60, 4_096, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[offset] ^= 1;
        let message = reopen(&bytes).unwrap_err().to_string();
        assert!(message.contains("damaged.bkw") && message.contains("compile"), "{message}");
    }
    assert!(reopen(&good[..good.len() - 1]).is_err());
    assert!(reopen(b"").is_err());
}

fn trace_scenario(path: &Path) -> ScenarioDefinition {
    ScenarioDefinition::for_trace(path.to_owned(), Some(String::from("lirs")))
}

#[test]
fn the_store_compiles_once_and_again_when_the_trace_changes() {
    let temp = tempfile::tempdir().unwrap();
    let trace = temp.path().join("t.trace");
    std::fs::write(&trace, "1\n2\n1\n").unwrap();
    let store = WorkloadStore::new(temp.path().join("not/there/yet"));
    let get = || store.workload(&trace_scenario(&trace), Path::new("/")).unwrap();
    let first = get();
    assert!(!first.reused);
    assert_eq!(first.report.read_summary.format.as_deref(), Some("lirs"));
    assert_eq!(first.report.path, store.path(&first.report.digest));
    let again = get();
    assert!(again.reused);
    assert_eq!(again.report, first.report);
    std::fs::write(&trace, "1\n2\n1\n3\n").unwrap();
    let changed = get();
    assert!(!changed.reused);
    assert_eq!(changed.report.requests, 4);
    // A truncated file in the store is compiled again.
    let stored = std::fs::read(&changed.report.path).unwrap();
    std::fs::write(&changed.report.path, &stored[..4_100]).unwrap();
    assert!(!get().reused);
    assert!(get().reused);
}

#[test]
fn concurrent_compilations_yield_the_same_workload() {
    let temp = tempfile::tempdir().unwrap();
    let trace = temp.path().join("t.trace");
    let text: String = (0_u64..50_000).map(|n| format!("{}\n", n * n % 7_919)).collect();
    std::fs::write(&trace, text).unwrap();
    let digests: Vec<String> = std::thread::scope(|scope| {
        let get = || {
            let cached = WorkloadStore::new(temp.path().join("cache"))
                .workload(&trace_scenario(&trace), Path::new("/"))
                .unwrap();
            cached.workload.verify().unwrap();
            cached.report.digest
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(get)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
}

#[test]
fn several_files_become_one_workload_and_a_compiled_workload_is_used_unchanged() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("1.trace"), "1\n2\n").unwrap();
    std::fs::write(temp.path().join("2.trace"), "2\n3\n").unwrap();
    let store = WorkloadStore::new(temp.path().join("cache"));
    let cached = store.workload(&trace_scenario(Path::new("?.trace")), temp.path()).unwrap();
    assert_eq!(cached.workload.ids(), [0, 1, 1, 2]);
    let own = temp.path().join("own.bkw");
    compile(&trace_scenario(Path::new("?.trace")), temp.path(), &own).unwrap();
    let other = WorkloadStore::new(temp.path().join("other"));
    let add = |scenario: &ScenarioDefinition| other.workload(scenario, temp.path());
    let scenario = ScenarioDefinition::for_trace(own.clone(), None);
    let added = add(&scenario).unwrap();
    assert_eq!(added.report.digest, cached.report.digest);
    assert_eq!(added.report.path, other.path(&cached.report.digest));
    assert!(add(&scenario).unwrap().reused);
    let named = add(&ScenarioDefinition::for_trace(own, Some(String::from("lirs")))).unwrap_err();
    assert!(named.to_string().contains("already a compiled workload"), "{named}");
}

#[test]
fn tenants_and_groups_have_columns() {
    let temp = tempfile::tempdir().unwrap();
    let requests = [number(1), SourceRequest { tenant: 2, group: 7, ..number(1) }];
    let workload = written(temp.path(), &requests);
    assert_eq!(workload.column::<u16>(ColumnKind::Tenants), Some(&[0, 2][..]));
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[0, 7][..]));
}

#[test]
fn relative_paths_are_resolved_against_the_root_and_missing_files_are_named() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("t.trace"), "1\n1\n").unwrap();
    let output = temp.path().join("o.bkw");
    let scenario = trace_scenario(Path::new("t.trace"));
    assert_eq!(compile(&scenario, temp.path(), &output).unwrap().requests, 2);
    let workload = Workload::open(&output).unwrap();
    assert_eq!(bounds::infinite_hits(&workload), 1);
    let missing = trace_scenario(Path::new("nowhere.trace"));
    let error = compile(&missing, temp.path(), &output).unwrap_err();
    assert!(matches!(error, CompileError::Trace(_)));
    assert!(error.to_string().contains("nowhere.trace"), "{error}");
}

#[test]
fn an_error_in_a_guessed_format_mentions_the_guess() {
    let temp = tempfile::tempdir().unwrap();
    let trace = temp.path().join("t.trace");
    std::fs::write(&trace, "1\n".repeat(300) + "x\n").unwrap();
    let message = |format: Option<&str>| {
        let mut source = TraceSource::from_file(trace.clone(), format.map(str::to_owned));
        source.options.max_bad_lines = BadLineLimit::Lines(0);
        let scenario = ScenarioDefinition::for_source(source);
        compile(&scenario, temp.path(), &temp.path().join("o.bkw")).unwrap_err().to_string()
    };
    let guessed = message(None);
    assert!(guessed.contains("line 301") && guessed.contains("`lirs` was guessed"), "{guessed}");
    assert!(guessed.contains("FORMAT:PATH"), "{guessed}");
    assert!(!message(Some("lirs")).contains("guess"));
}

#[test]
fn phases_alternate_and_scans_continue_where_they_stopped() {
    let text = r#"schema = 1
summary = "t"
[workload]
repeat = 2
[[workload.phase]]
generator = "scan"
keys = 3
requests = 2
[[workload.phase]]
generator = "loop"
first_key = 10
keys = 2
requests = 3
[capacity]
sizes = [1]
timed = 1
"#;
    let scenario = ScenarioDefinition::parse(text, Path::new("t.toml")).unwrap();
    assert!(matches!(scenario.workload, WorkloadPlan::Generated(_)));
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("o.bkw");
    compile(&scenario, Path::new("/"), &output).unwrap();
    let workload = Workload::open(&output).unwrap();
    let keys = workload.column::<u64>(ColumnKind::KeyNumbers).unwrap();
    let requested: Vec<u64> = workload.ids().iter().map(|&id| keys[id as usize]).collect();
    assert_eq!(requested, [0, 1, 10, 11, 10, 2, 0, 10, 11, 10]);
}
