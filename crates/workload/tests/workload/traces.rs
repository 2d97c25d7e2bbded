//! Several files as one trace: their order, what goes on from one to the next, and what is said.

use std::path::Path;

use bakeoff_workload::Workload;
use bakeoff_workload::compile::{CompileError, Compiled, compile};
use bakeoff_workload::compiled::ColumnKind;
use bakeoff_workload::scenario::{Scenario, TraceSource};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    place
}

/// What the files of a source come to.
fn compiled(place: &TempDir, source: TraceSource) -> Result<(Workload, Compiled), CompileError> {
    let output = place.path().join("o.bkw");
    let done = compile(&Scenario::for_source(source), place.path(), &output)?;
    Ok((Workload::open(&output).unwrap(), done))
}

fn files(paths: &[&str]) -> TraceSource {
    let paths = paths.iter().map(|path| Path::new(path).to_owned()).collect();
    TraceSource { paths, ..TraceSource::default() }
}

#[test]
fn rotated_logs_are_read_in_the_order_of_their_times() {
    let line = |day: u32, key: &str| {
        format!("h - - [{day:02}/Oct/2000:13:55:36 -0700] \"GET /{key} HTTP/1.1\" 200 5\n")
    };
    let place = folder(&[
        ("access.log", &line(12, "d")),
        ("access.log.1", &line(11, "c")),
        ("access.log.2", &line(10, "b")),
        ("access.log.10", &line(2, "a")),
    ]);
    let (workload, done) = compiled(&place, files(&["access.log*"])).unwrap();
    let days = |times: &[u64]| times.iter().map(|us| us / 86_400_000_000).collect::<Vec<_>>();
    assert_eq!(days(workload.times_us().unwrap()), [0, 8, 9, 10]);
    let order = "first requests: access.log.10, access.log.2, access.log.1, access.log";
    assert!(
        done.understood.notes.len() == 1 && done.understood.notes[0].ends_with(order),
        "{:?}",
        done.understood.notes
    );
    // Paths that are given one by one are taken as they come, and what that does is said.
    let (_, done) = compiled(&place, files(&["access.log", "access.log.1"])).unwrap();
    let said = "1 requests are earlier than those before them, by up to 24.0 h";
    assert!(
        done.understood.notes.len() == 1 && done.understood.notes[0].starts_with(said),
        "{:?}",
        done.understood.notes
    );
}

#[test]
fn files_without_times_are_read_by_name_and_empty_ones_left_out() {
    let place = folder(&[("t.10", "7\n"), ("t.2", "5\n"), ("t.3", "")]);
    let (workload, done) = compiled(&place, files(&["t.*"])).unwrap();
    assert_eq!(workload.column::<u64>(ColumnKind::KeyNumbers), Some(&[5, 7][..]));
    assert!(
        done.understood.notes[0].ends_with("their names: t.2, t.3, t.10"),
        "{:?}",
        done.understood.notes
    );
    assert!(
        done.understood.notes[1].ends_with("t.3 is empty and was left out"),
        "{:?}",
        done.understood.notes
    );
    let only = compiled(&folder(&[("t", "")]), files(&["t"])).unwrap_err();
    assert!(only.to_string().contains("empty"), "{only}");
}

#[test]
fn tenants_and_groups_go_on_from_file_to_file() {
    let place = folder(&[
        ("1.csv", "key,tenant\na,alpha\nb,beta\n"),
        ("2.csv", "key,tenant\nc,beta\nd,alpha\n"),
    ]);
    let (workload, _) = compiled(&place, files(&["?.csv"])).unwrap();
    assert_eq!(workload.column::<u16>(ColumnKind::Tenants), Some(&[0, 1, 1, 0][..]));
    let two = |second: u32| format!("{second}.0 [0 1:1] \"MGET\" \"a\" \"b\"\n");
    let place = folder(&[("1.log", &two(1)), ("2.log", &two(2))]);
    let (workload, _) = compiled(&place, files(&["?.log"])).unwrap();
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[1, 1, 2, 2][..]));
    let get = |second: u32| format!("<1 get a b\n>1 END\n<1 get c{second}\n");
    let place = folder(&[("1.mc", &get(1)), ("2.mc", &get(2))]);
    let (workload, _) = compiled(&place, files(&["?.mc"])).unwrap();
    assert_eq!(workload.column::<u32>(ColumnKind::Groups), Some(&[1, 1, 0, 2, 2, 0][..]));
}

#[test]
fn commands_of_redis_that_are_left_out_are_named() {
    let log = "1.0 [0 1:1] \"EXPIRE\" \"a\" \"9\"\n1.1 [0 1:1] \"GET\" \"a\"\n\
               1.2 [0 1:1] \"flushall\"\n";
    let (workload, done) = compiled(&folder(&[("m", log)]), files(&["m"])).unwrap();
    assert_eq!((workload.header().requests, done.understood.skipped_lines), (1, 0));
    assert_eq!(done.understood.notes[0], "left out: EXPIRE 1, FLUSHALL 1");
    assert!(done.understood.notes[1].contains("empties no cache"), "{:?}", done.understood.notes);
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
    let place = folder(&[
        ("caddy", &(caddy(10_900, 200) + &caddy(0, 304))),
        ("envoy", envoy),
        ("traefik", &traefik),
    ]);
    let (workload, done) = compiled(&place, files(&["caddy"])).unwrap();
    assert_eq!(done.understood.format.as_deref(), Some("access-log-json"));
    assert_eq!(workload.header().unique_bytes, 10_900);
    for name in ["envoy", "traefik"] {
        let (workload, _) = compiled(&place, files(&[name])).unwrap();
        assert_eq!(workload.times_us(), Some(&[0, 1_500_000][..]), "{name}");
    }
    let mut source = files(&["caddy"]);
    source.columns = "key=request.uri".parse().unwrap();
    assert_eq!(compiled(&place, source).unwrap().1.understood.format.as_deref(), Some("jsonl"));
}

#[test]
fn what_cannot_be_read_in_a_log_of_json_is_said() {
    let line = |time: &str, bytes: &str| {
        format!(
            "{{\"time\":\"{time}\",\"request\":\"GET /a HTTP/1.1\",\"body_bytes_sent\":\"{bytes}\"}}\n"
        )
    };
    let text = line("2026-01-31T12:00:00Z", "7") + &line("31.1.2026", "12.5") + &line("", "-");
    let (_, done) = compiled(&folder(&[("log", &text)]), files(&["log"])).unwrap();
    assert!(
        done.understood.notes[0].starts_with("1 sizes cannot be read"),
        "{:?}",
        done.understood.notes
    );
    assert!(
        done.understood.notes[1].ends_with("log, line 2: `31.1.2026`"),
        "{:?}",
        done.understood.notes
    );
}

#[test]
fn a_column_that_nothing_has_is_refused() {
    let place = folder(&[
        ("t.csv", "a,1\nb,2\n"),
        ("t.jsonl", "{\"key\":\"a\",\"n\":1}\n{\"key\":\"b\"}\n"),
        ("t.log", "h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 5\n"),
    ]);
    let with = |path: &str, columns: &str, limit: Option<u64>| {
        compiled(&place, TraceSource { columns: columns.parse().unwrap(), limit, ..files(&[path]) })
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
    let (_, done) = with("t.csv", "key=1,size=9", Some(1)).unwrap();
    assert!(done.understood.notes[0].contains("size=9"), "{:?}", done.understood.notes);
}

#[test]
fn a_bad_row_near_the_beginning_is_named() {
    let rows = "k,1\n".repeat(50);
    let objects = "{\"key\":\"k\"}\n".repeat(50);
    let place = folder(&[
        ("t.csv", &format!("key,size\n{rows}k,12.5\n{rows}")),
        ("q.csv", &format!("key,size\n{rows}\"a\nb\",3\n{rows}")),
        ("t.jsonl", &format!("{objects}{{\"key\":\"k\",\"size\":\"big\"}}\n{objects}")),
    ]);
    for (path, expected) in [
        ("t.csv", "line 52: expected a size in whole bytes, found `k,12.5`"),
        ("q.csv", "line 52: expected a row a line"),
        ("t.jsonl", "line 51: expected a size in whole bytes"),
    ] {
        let error = compiled(&place, files(&[path])).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
