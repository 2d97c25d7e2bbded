//! What is written is what is read: columns, counts, keys, damage, and the cache of it all.

use std::path::Path;

use bakeoff_workload::cache::Cache;
use bakeoff_workload::compile::{CompileError, compile};
use bakeoff_workload::compiled::{ColumnKind, Op, WorkloadRequest, WriteError, Writer};
use bakeoff_workload::info::info;
use bakeoff_workload::scenario::{Scenario, WorkloadPlan};
use bakeoff_workload::source::{Sink, SourceKey, SourceRequest, Stop};
use bakeoff_workload::{Workload, bounds};
use proptest::prelude::*;

fn written(folder: &Path, requests: &[SourceRequest<'_>]) -> Workload {
    let path = folder.join("w.bkw");
    let mut writer = Writer::create(&path, 77).unwrap();
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
fn columns_are_there_only_where_they_say_something() {
    let place = tempfile::tempdir().unwrap();
    let plain = written(place.path(), &[number(5), number(9), number(5)]);
    assert_eq!(plain.ids(), [0, 1, 0]);
    assert!(plain.ops().is_none() && plain.sizes().is_none() && plain.times_us().is_none());
    assert_eq!(plain.header().value_bytes, 77);
    assert_eq!((plain.header().request_bytes, plain.header().unique_bytes), (231, 154));
    assert_eq!(plain.column::<u64>(ColumnKind::KeyNumbers), Some(&[5, 9][..]));
    let dense = written(place.path(), &[number(0), number(1), number(0)]);
    assert_eq!(dense.column::<u64>(ColumnKind::KeyNumbers), None, "the ids are the keys");
    let all_writes = written(place.path(), &[SourceRequest { op: Op::Write, ..number(0) }]);
    assert_eq!(all_writes.ops(), Some(&[1][..]));
}

#[test]
fn textual_keys_and_rising_times_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let request = |text: &'static str, time_us| {
        let key = SourceKey::Text(text.as_bytes());
        SourceRequest { time_us, ttl_ms: 3, ..SourceRequest::read(key) }
    };
    // The second time goes back.
    let requests = [request("/a", 1_000), request("", 500), request("/a", 3_000)];
    let workload = written(place.path(), &requests);
    assert_eq!(workload.column::<u64>(ColumnKind::KeyOffsets), Some(&[0, 2, 2][..]));
    assert_eq!(workload.column::<u8>(ColumnKind::KeyText), Some(&b"/a"[..]));
    assert_eq!(workload.times_us(), Some(&[0, 0, 2_000][..]));
    assert_eq!(workload.ttls_ms(), Some(&[3, 3, 3][..]));
    assert_eq!(info(&workload).duration_seconds, Some(0.002));
    assert_eq!(info(&workload).one_hit_keys, 1);
}

proptest! {
    #[test]
    fn every_request_comes_back_as_it_went(
        rows in prop::collection::vec((0_u64..9, 0_u8..3, prop::option::of(0_u32..3)), 1..200),
    ) {
        let place = tempfile::tempdir().unwrap();
        let requests: Vec<SourceRequest<'_>> = rows
            .iter()
            .map(|&(key, op, bytes)| SourceRequest { op: Op::from_byte(op), bytes, ..number(key) })
            .collect();
        let workload = written(place.path(), &requests);
        let mut last_size: std::collections::HashMap<u64, u64> = std::collections::HashMap::new();
        let (mut told, mut unsized_requests) = (std::collections::HashSet::new(), 0);
        let keys: Vec<u64> = match workload.column::<u64>(ColumnKind::KeyNumbers) {
            Some(numbers) => numbers.to_vec(),
            None => (0..workload.header().unique_keys).collect(),
        };
        for (index, &(key, op, bytes)) in rows.iter().enumerate() {
            let WorkloadRequest { id, op: found, bytes: size, .. } = workload.request(index);
            prop_assert_eq!((keys[id as usize], found), (key, Op::from_byte(op)));
            // Where the source does not say, the value is the one that is there.
            let known = last_size.get(&key).map_or(77, |&size| size as u32);
            if bytes.is_some() {
                told.insert(key);
            }
            unsized_requests += u64::from(!told.contains(&key));
            prop_assert_eq!(size, bytes.unwrap_or(known));
            last_size.insert(key, u64::from(size));
        }
        let header = workload.header();
        prop_assert_eq!(header.unique_bytes, last_size.values().sum::<u64>());
        prop_assert_eq!(header.unique_keys, last_size.len() as u64);
        prop_assert_eq!(header.unsized_requests, unsized_requests);
        prop_assert_eq!(header.unsized_keys, header.unique_keys - told.len() as u64);
        prop_assert_eq!(header.assumed_bytes, if unsized_requests > 0 { 77 } else { 0 });
        prop_assert_eq!(header.reads + header.writes + header.deletes, rows.len() as u64);
    }
}

#[test]
fn nothing_appears_without_requests_and_a_limit_ends_the_source() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("w.bkw");
    let writer = Writer::create(&path, 1).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Empty)));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    let mut writer = Writer::create(&path, 1).unwrap().limit(2);
    writer.accept(&number(1)).unwrap();
    writer.accept(&number(2)).unwrap();
    assert!(matches!(writer.accept(&number(3)), Err(Stop::Enough)));
    assert_eq!(writer.finish().unwrap().requests, 2);
}

#[test]
fn damage_is_found() {
    let place = tempfile::tempdir().unwrap();
    let workload = written(place.path(), &[number(1), number(2)]);
    let path = workload.path().to_owned();
    let good = std::fs::read(&path).unwrap();
    let damaged = place.path().join("damaged.bkw");
    let reopen = |bytes: &[u8]| {
        std::fs::write(&damaged, bytes).unwrap();
        Workload::open(&damaged).and_then(|workload| workload.verify())
    };
    assert!(reopen(&good).is_ok());
    for place in [0, 8, 20, 60, 4_096, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        let message = reopen(&bytes).unwrap_err().to_string();
        assert!(message.contains("damaged.bkw") && message.contains("compile"), "{message}");
    }
    assert!(reopen(&good[..good.len() - 1]).is_err());
    assert!(reopen(b"").is_err());
}

fn trace_scenario(path: &Path) -> Scenario {
    Scenario::for_trace(path.to_owned(), Some(String::from("lirs")))
}

#[test]
fn the_cache_compiles_once_and_again_when_the_trace_changes() {
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("t.trace");
    std::fs::write(&trace, "1\n2\n1\n").unwrap();
    let cache = Cache::new(place.path().join("not/there/yet"));
    let get = || cache.workload(&trace_scenario(&trace), Path::new("/")).unwrap();
    let first = get();
    assert!(!first.reused);
    assert_eq!(first.compiled.understood.format.as_deref(), Some("lirs"));
    assert_eq!(first.compiled.path, cache.path_of(&first.compiled.digest));
    let again = get();
    assert!(again.reused);
    assert_eq!(again.compiled, first.compiled);
    std::fs::write(&trace, "1\n2\n1\n3\n").unwrap();
    let changed = get();
    assert!(!changed.reused);
    assert_eq!(changed.compiled.requests, 4);
    // A kept file that was cut is made again.
    let kept = std::fs::read(&changed.compiled.path).unwrap();
    std::fs::write(&changed.compiled.path, &kept[..4_100]).unwrap();
    assert!(!get().reused);
    assert!(get().reused);
}

#[test]
fn two_at_once_get_the_same_whole_workload() {
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("t.trace");
    let text: String = (0_u64..50_000).map(|n| format!("{}\n", n * n % 7_919)).collect();
    std::fs::write(&trace, text).unwrap();
    let digests: Vec<String> = std::thread::scope(|scope| {
        let get = || {
            let cached = Cache::new(place.path().join("cache"))
                .workload(&trace_scenario(&trace), Path::new("/"))
                .unwrap();
            cached.workload.verify().unwrap();
            cached.compiled.digest
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(get)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
}

#[test]
fn several_files_are_one_workload_and_a_compiled_one_is_taken_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("1.trace"), "1\n2\n").unwrap();
    std::fs::write(place.path().join("2.trace"), "2\n3\n").unwrap();
    let cache = Cache::new(place.path().join("cache"));
    let cached = cache.workload(&trace_scenario(Path::new("?.trace")), place.path()).unwrap();
    assert_eq!(cached.workload.ids(), [0, 1, 1, 2]);
    let own = place.path().join("own.bkw");
    compile(&trace_scenario(Path::new("?.trace")), place.path(), &own).unwrap();
    let other = Cache::new(place.path().join("other"));
    let adopt = |scenario: &Scenario| other.workload(scenario, place.path());
    let scenario = Scenario::for_trace(own.clone(), None);
    let adopted = adopt(&scenario).unwrap();
    assert_eq!(adopted.compiled.digest, cached.compiled.digest);
    assert_eq!(adopted.compiled.path, other.path_of(&cached.compiled.digest));
    assert!(adopt(&scenario).unwrap().reused);
    let named = adopt(&Scenario::for_trace(own, Some(String::from("lirs")))).unwrap_err();
    assert!(named.to_string().contains("compiled already"), "{named}");
}

#[test]
fn tenants_and_groups_have_columns_where_there_are_any() {
    let place = tempfile::tempdir().unwrap();
    let requests = [number(1), SourceRequest { tenant: 2, group: 7, ..number(1) }];
    let workload = written(place.path(), &requests);
    assert_eq!(workload.column::<u16>(ColumnKind::Tenants), Some(&[0, 2][..]));
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[0, 7][..]));
}

#[test]
fn relative_traces_count_from_the_root_and_missing_ones_are_named() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("t.trace"), "1\n1\n").unwrap();
    let output = place.path().join("o.bkw");
    let scenario = trace_scenario(Path::new("t.trace"));
    assert_eq!(compile(&scenario, place.path(), &output).unwrap().requests, 2);
    let workload = Workload::open(&output).unwrap();
    assert_eq!(bounds::infinite_hits(&workload, None), 1);
    let missing = trace_scenario(Path::new("nowhere.trace"));
    let error = compile(&missing, place.path(), &output).unwrap_err();
    assert!(matches!(error, CompileError::Trace(_)));
    assert!(error.to_string().contains("nowhere.trace"), "{error}");
}

#[test]
fn an_error_in_a_guessed_format_says_that_it_was_a_guess() {
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("t.trace");
    std::fs::write(&trace, "1\n".repeat(300) + "x\n").unwrap();
    let message = |format: Option<&str>| {
        let scenario = Scenario::for_trace(trace.clone(), format.map(str::to_owned));
        compile(&scenario, place.path(), &place.path().join("o.bkw")).unwrap_err().to_string()
    };
    let guessed = message(None);
    assert!(guessed.contains("line 301") && guessed.contains("`lirs` was a guess"), "{guessed}");
    assert!(guessed.contains("FORMAT:PATH"), "{guessed}");
    assert!(!message(Some("lirs")).contains("guess"));
}

#[test]
fn phases_take_turns_and_remember_where_they_were() {
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
    let scenario = Scenario::parse(text, Path::new("t.toml")).unwrap();
    assert!(matches!(scenario.workload, WorkloadPlan::Generated(_)));
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("o.bkw");
    compile(&scenario, Path::new("/"), &output).unwrap();
    let workload = Workload::open(&output).unwrap();
    let keys = workload.column::<u64>(ColumnKind::KeyNumbers).unwrap();
    let requested: Vec<u64> = workload.ids().iter().map(|&id| keys[id as usize]).collect();
    assert_eq!(requested, [0, 1, 10, 11, 10, 2, 0, 10, 11, 10]);
}
