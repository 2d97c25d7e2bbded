//! Lines longer than 1 MiB: sizes of truncated values, skipped lines, and guesses of the format.

use std::path::Path;

use bakeoff_workload::source::{Sink, SinkStop, SourceRequest};
use bakeoff_workload::trace::{self, MultiFileState, TraceError, TraceInput};

/// Value size and time to live of each request.
type Rows = Vec<(Option<u32>, u32)>;

#[derive(Default)]
struct CollectingSink(Rows);

impl Sink for CollectingSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        self.0.push((request.bytes, request.ttl_ms));
        Ok(())
    }
}

/// Reads a log and returns its requests and the note on skipped lines.
fn read(format: &str, log: &[u8]) -> Result<(Rows, String), TraceError> {
    let mut input = TraceInput::from_bytes(Path::new("some.log"), log.to_vec())?;
    let mut sink = CollectingSink::default();
    trace::find_format(format).unwrap().read(
        &mut input,
        &mut MultiFileState::default(),
        &mut sink,
    )?;
    Ok((sink.0, input.long_lines_note().unwrap_or_default()))
}

/// Line of MONITOR that sets a value of `bytes`, about three times as long when escaped.
fn set(bytes: usize, end: &str) -> Vec<u8> {
    let mut line = b"1700000000.5 [0 127.0.0.1:6] \"SET\" \"img\" \"".to_vec();
    line.extend((0..bytes).flat_map(|at| if at % 3 == 0 { &b"a"[..] } else { &b"\\x80"[..] }));
    line.extend(end.as_bytes());
    line.push(b'\n');
    line
}

#[test]
fn the_size_of_a_value_in_a_long_line_is_estimated() {
    let get = b"1700000000.5 [0 127.0.0.1:6] \"GET\" \"img\"\n";
    for (bytes, end, ttl_ms) in [
        (450_000, "\"", 0),
        (450_001, "\"", 0),
        (450_002, "\" \"EX\" \"60\"", 60_000),
        (450_003, "\" \"PX\" \"1500\"", 1_500),
        (2_000_000, "\\\"\"\r", 0),
    ] {
        let log = [get, set(bytes, end).as_slice(), get].concat();
        let (rows, note) = read("redis-monitor", &log).unwrap();
        let found = rows[1].0.unwrap() as usize;
        assert!(found.abs_diff(bytes) <= bytes / 1_000, "{bytes}: {found}");
        assert_eq!((rows.len(), rows[1].1, note.as_str()), (3, ttl_ms, ""));
    }
}

#[test]
fn long_lines_without_complete_keys_are_skipped_with_a_note() {
    let long = "x".repeat(3 << 20);
    let count = |format: &str, log: &str| {
        let (rows, note) = read(format, log.as_bytes()).unwrap();
        (rows.len(), note)
    };
    let object = format!("{{\"key\":\"a\"}}\n{{\"key\":\"{long}\"}}\n{{\"key\":\"b\"}}\n");
    let (requests, note) = count("jsonl", &object);
    assert!(requests == 2 && note.contains("line 2 is longer than 1 MiB"), "{note}");
    // Requests with a truncated key are skipped.
    let keys = format!("1.5 [0 x] \"MGET\" \"a\" \"{long}\" \"b\"\n1.5 [0 x] \"GET\" \"{long}\"\n");
    let (requests, note) = count("redis-monitor", &keys);
    assert!(requests == 0 && note.contains("2 lines longer than 1 MiB"), "{note}");
    // The incomplete last line of a growing log.
    let cut = String::from_utf8(set(600_000, "")).unwrap();
    let (requests, note) = count("redis-monitor", cut.trim_end());
    assert!(requests == 0 && note.contains("line 1 is longer"), "{note}");
    let message = read("jsonl", long.as_bytes()).unwrap_err().to_string();
    assert!(message.contains("line 1: expected lines of at most 1 MiB"), "{message}");
}

#[test]
fn a_guess_reads_the_complete_first_line() {
    let log = [set(100_000, "\""), set(3, "\"")].concat();
    let input = TraceInput::from_bytes(Path::new("some.log"), log).unwrap();
    assert_eq!(trace::choose_format(&input, None).unwrap().format.name, "redis-monitor");
}
