//! Traces of several files: order, state across files, and notes.

use std::path::Path;

use bakeoff_workload::Workload;
use bakeoff_workload::compile::{CompileError, CompileReport, compile};
use bakeoff_workload::compiled::ColumnKind;
use bakeoff_workload::scenario::{ScenarioDefinition, TraceSource};
use bakeoff_workload::trace::ReadOptions;
use tempfile::TempDir;

/// Creates a directory with the given files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    temp
}

/// Compiles a trace source.
fn compiled(
    temp: &TempDir,
    source: TraceSource,
) -> Result<(Workload, CompileReport), CompileError> {
    let output = temp.path().join("o.bkw");
    let report = compile(&ScenarioDefinition::for_source(source), temp.path(), &output)?;
    Ok((Workload::open(&output).unwrap(), report))
}

fn files(paths: &[&str]) -> TraceSource {
    let paths = paths.iter().map(|path| Path::new(path).to_owned()).collect();
    TraceSource { paths, ..TraceSource::default() }
}

#[test]
fn rotated_logs_are_read_in_chronological_order() {
    let line = |day: u32, key: &str| {
        format!("h - - [{day:02}/Oct/2000:13:55:36 -0700] \"GET /{key} HTTP/1.1\" 200 5\n")
    };
    let temp = folder(&[
        ("access.log", &line(12, "d")),
        ("access.log.1", &line(11, "c")),
        ("access.log.2", &line(10, "b")),
        ("access.log.10", &line(2, "a")),
    ]);
    let (workload, report) = compiled(&temp, files(&["access.log*"])).unwrap();
    let days = |times: &[u64]| times.iter().map(|us| us / 86_400_000_000).collect::<Vec<_>>();
    assert_eq!(days(workload.times_us().unwrap()), [0, 8, 9, 10]);
    let order = "first request: access.log.10, access.log.2, access.log.1, access.log";
    assert!(
        report.read_summary.notes.len() == 1 && report.read_summary.notes[0].ends_with(order),
        "{:?}",
        report.read_summary.notes
    );
    // Single paths are read in the given order, with a note on early requests.
    let (_, report) = compiled(&temp, files(&["access.log", "access.log.1"])).unwrap();
    let note = "1 requests are out of order, by up to 24.0 h";
    assert!(
        report.read_summary.notes.len() == 1 && report.read_summary.notes[0].starts_with(note),
        "{:?}",
        report.read_summary.notes
    );
}

#[test]
fn files_without_times_are_read_by_name_and_empty_files_are_skipped() {
    let temp = folder(&[("t.10", "7\n"), ("t.2", "5\n"), ("t.3", "")]);
    let (workload, report) = compiled(&temp, files(&["t.*"])).unwrap();
    assert_eq!(workload.column::<u64>(ColumnKind::KeyNumbers), Some(&[5, 7][..]));
    assert!(
        report.read_summary.notes[0].ends_with("their name: t.2, t.3, t.10"),
        "{:?}",
        report.read_summary.notes
    );
    assert!(
        report.read_summary.notes[1].ends_with("t.3 is empty and was skipped"),
        "{:?}",
        report.read_summary.notes
    );
    let only = compiled(&folder(&[("t", "")]), files(&["t"])).unwrap_err();
    assert!(only.to_string().contains("empty"), "{only}");
}

#[test]
fn tenants_and_groups_are_numbered_across_files() {
    let temp = folder(&[
        ("1.csv", "key,tenant\na,alpha\nb,beta\n"),
        ("2.csv", "key,tenant\nc,beta\nd,alpha\n"),
    ]);
    let (workload, _) = compiled(&temp, files(&["?.csv"])).unwrap();
    assert_eq!(workload.column::<u16>(ColumnKind::Tenants), Some(&[0, 1, 1, 0][..]));
    let two = |second: u32| format!("{second}.0 [0 1:1] \"MGET\" \"a\" \"b\"\n");
    let temp = folder(&[("1.log", &two(1)), ("2.log", &two(2))]);
    let (workload, _) = compiled(&temp, files(&["?.log"])).unwrap();
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[1, 1, 2, 2][..]));
    let get = |second: u32| format!("<1 get a b\n>1 END\n<1 get c{second}\n");
    let temp = folder(&[("1.mc", &get(1)), ("2.mc", &get(2))]);
    let (workload, _) = compiled(&temp, files(&["?.mc"])).unwrap();
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[1, 1, 0, 2, 2, 0][..]));
}

#[test]
fn skipped_redis_commands_are_named() {
    let log = "1.0 [0 1:1] \"EXPIRE\" \"a\" \"9\"\n1.1 [0 1:1] \"GET\" \"a\"\n\
               1.2 [0 1:1] \"flushall\"\n";
    let (workload, report) = compiled(&folder(&[("m", log)]), files(&["m"])).unwrap();
    assert_eq!((workload.header().requests, report.read_summary.skipped_lines), (1, 2));
    let left_out: Vec<&str> =
        report.read_summary.understanding.left_out.iter().map(|l| l.reason.as_str()).collect();
    assert_eq!(left_out, ["command EXPIRE", "command FLUSHALL"]);
    assert!(
        report.read_summary.notes[0].contains("does not empty the cache"),
        "{:?}",
        report.read_summary.notes
    );
    let log = "1.0 [0 1:1] \"GET\" \"1:x\"\n1.1 [1 1:1] \"GET\" \"x\"\n";
    let (workload, _) = compiled(&folder(&[("m", log)]), files(&["m"])).unwrap();
    assert_eq!(workload.header().unique_keys, 2, "keys of two databases");
}

#[test]
fn access_logs_of_caddy_envoy_and_traefik_are_read() {
    let caddy = |size: u32, status: u32| {
        format!(
            "{{\"ts\":1646861401.5,\"request\":{{\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"uri\":\"/a\",\
             \"headers\":{{\"X\":[1]}}}},\"size\":{size},\"status\":{status}}}\n"
        )
    };
    let envoy = r#"{"start_time":"2026-01-31T12:00:00.5Z","method":"GET","path":"/a","bytes_sent":154}
{"start_time":"2026-01-31T12:00:02Z","method":"GET","path":"/a","bytes_sent":154}
"#;
    let traefik = envoy.replace("start_time", "StartUTC").replace("\"path", "\"RequestPath");
    let temp = folder(&[
        ("caddy", &(caddy(10_900, 200) + &caddy(0, 304))),
        ("envoy", envoy),
        ("traefik", &traefik),
    ]);
    let (workload, report) = compiled(&temp, files(&["caddy"])).unwrap();
    assert_eq!(report.read_summary.format.as_deref(), Some("access-log-json"));
    assert_eq!(workload.header().unique_bytes, 10_900);
    for name in ["envoy", "traefik"] {
        let (workload, _) = compiled(&temp, files(&[name])).unwrap();
        assert_eq!(workload.times_us(), Some(&[0, 1_500_000][..]), "{name}");
    }
    let mut source = files(&["caddy"]);
    source.options.columns = "key=request.uri".parse().unwrap();
    assert_eq!(compiled(&temp, source).unwrap().1.read_summary.format.as_deref(), Some("jsonl"));
}

#[test]
fn unreadable_fields_of_a_json_log_are_reported() {
    let line = |time: &str, bytes: &str| {
        format!(
            "{{\"time\":\"{time}\",\"request\":\"GET /a HTTP/1.1\",\"body_bytes_sent\":\"{bytes}\"}}\n"
        )
    };
    let text = line("2026-01-31T12:00:00Z", "7") + &line("31.1.2026", "12.5") + &line("", "-");
    let (_, report) = compiled(&folder(&[("log", &text)]), files(&["log"])).unwrap();
    assert!(
        report.read_summary.notes[0].starts_with("1 sizes cannot be read"),
        "{:?}",
        report.read_summary.notes
    );
    assert!(
        report.read_summary.notes[1].ends_with("log, line 2: `31.1.2026`"),
        "{:?}",
        report.read_summary.notes
    );
}

#[test]
fn a_chosen_column_that_does_not_exist_is_refused() {
    let temp = folder(&[
        ("t.csv", "a,1\nb,2\n"),
        ("t.jsonl", "{\"key\":\"a\",\"n\":1}\n{\"key\":\"b\"}\n"),
        ("t.log", "h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5\n"),
    ]);
    let with = |path: &str, columns: &str, limit: Option<u64>| {
        let options = ReadOptions { columns: columns.parse().unwrap(), ..ReadOptions::default() };
        compiled(&temp, TraceSource { options, limit, ..files(&[path]) })
    };
    for (path, columns, missing) in [
        ("t.csv", "key=1,size=9", "size=9"),
        ("t.jsonl", "size=nosuch", "size=nosuch"),
        ("t.log", "size=bytes", "size=bytes"),
    ] {
        let error = with(path, columns, None).unwrap_err().to_string();
        assert!(error.contains(missing) && error.contains(path), "{error}");
    }
    assert!(with("t.csv", "key=1,size=2", None).is_ok() && with("t.jsonl", "size=n", None).is_ok());
    let (_, report) = with("t.csv", "key=1,size=9", Some(1)).unwrap();
    assert!(report.read_summary.notes[0].contains("size=9"), "{:?}", report.read_summary.notes);
}

#[test]
fn an_invalid_row_near_the_beginning_is_reported() {
    let rows = "k,1\n".repeat(49);
    let objects = "{\"key\":\"k\"}\n".repeat(49);
    let temp = folder(&[
        ("t.csv", &format!("key,size\n{rows}k,12.5\n{rows}")),
        ("q.csv", &format!("key,size\n{rows}\"a\nb\",3\n{rows}")),
        ("t.jsonl", &format!("{objects}{{\"key\":\"k\",\"size\":\"big\"}}\n{objects}")),
    ]);
    for (path, expected) in [
        ("t.csv", "line 51: expected a size in whole bytes, found `k,12.5`"),
        ("q.csv", "line 51: expected one row per line"),
        ("t.jsonl", "line 50: expected a size in whole bytes"),
    ] {
        let mut source = files(&[path]);
        source.options.max_bad_lines = "0".parse().unwrap();
        let error = compiled(&temp, source).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
