//! Unusual inputs in shapes that people have: what is read, or the reason for refusing.
//!
//! `BAKEOFF_CASES` names the folder of inputs. The inputs of `SMALL_CASES` are always tested.

use std::collections::HashSet;
use std::path::Path;

use bakeoff_test_support::{CaseFolder, require};
use bakeoff_workload::compiled::Op;
use bakeoff_workload::source::{Sink, SinkStop, SourceKey, SourceRequest};
use bakeoff_workload::trace::{
    self, MultiFileState, ReadOptions, TraceError, TraceInput, Understanding,
};

/// Request with an owned key.
#[derive(Clone, Debug, PartialEq)]
struct Request {
    key: String,
    op: Op,
    bytes: Option<u32>,
    ttl_ms: u32,
    time_us: u64,
}

#[derive(Default)]
struct CollectingSink(Vec<Request>);

impl Sink for CollectingSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        let key = match request.key {
            SourceKey::Number(number) => number.to_string(),
            SourceKey::Text(text) => String::from_utf8_lossy(text).into_owned(),
        };
        let SourceRequest { op, bytes, ttl_ms, time_us, .. } = *request;
        self.0.push(Request { key, op, bytes, ttl_ms, time_us });
        Ok(())
    }
}

/// Result of reading an input.
struct Outcome {
    requests: Vec<Request>,
    notes: Vec<String>,
    understanding: Understanding,
}

impl Outcome {
    fn keys(&self) -> HashSet<&str> {
        self.requests.iter().map(|request| request.key.as_str()).collect()
    }

    fn ops(&self) -> Vec<Op> {
        self.requests.iter().map(|request| request.op).collect()
    }

    fn sizes(&self) -> Vec<Option<u32>> {
        self.requests.iter().map(|request| request.bytes).collect()
    }

    /// Returns the times relative to the first one, in milliseconds.
    fn times_ms(&self) -> Vec<u64> {
        let first = self.requests[0].time_us;
        self.requests.iter().map(|request| (request.time_us - first) / 1_000).collect()
    }

    fn left_out(&self) -> u64 {
        self.understanding.left_out.iter().map(|left_out| left_out.count).sum()
    }
}

/// Reads an input; `options` are `columns` or `ops` or `time_unit` in the syntax of the flags.
fn read(
    mut input: TraceInput,
    format: Option<&str>,
    options: ReadOptions,
) -> Result<Outcome, TraceError> {
    input = input.with_options(options);
    let guess = trace::choose_format(&input, format)?;
    let (mut sink, mut state) = (CollectingSink::default(), MultiFileState::default());
    guess.format.read(&mut input, &mut state, &mut sink)?;
    let preview = trace::read_preview(&input, guess.format, &|_| None);
    assert!(!preview.is_empty() && preview[0].key.starts_with(&sink.0[0].key[..1]));
    let mut notes = state.notes();
    notes.extend(input.trailing_garbage_note());
    Ok(Outcome { requests: sink.0, notes, understanding: state.understanding(preview) })
}

fn with_columns(columns: &str) -> ReadOptions {
    if columns.is_empty() {
        return ReadOptions::default();
    }
    ReadOptions { columns: columns.parse().unwrap(), ..ReadOptions::default() }
}

#[test]
fn every_case_is_read_as_expected_or_refused() {
    let Some(folder) = require(CaseFolder) else { return };
    let case = |file: &str, format: Option<&str>, columns: &str| {
        let input = TraceInput::open(&folder.join(file)).unwrap();
        read(input, format, with_columns(columns))
    };
    let found = |file: &str, requests: usize, keys: usize| {
        let outcome = case(file, None, "").unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((outcome.requests.len(), outcome.keys().len()), (requests, keys), "{file}");
        outcome
    };
    let refused = |file: &str, advice: &str| {
        let message = case(file, None, "").err().unwrap().to_string();
        assert!(message.contains(advice), "{file}: {message}");
    };

    refused("01-numeric-time-op-id-size.csv", "--columns key=3,op=2,size=4,time=1");
    let chosen = case("01-numeric-time-op-id-size.csv", None, "key=3,size=4,time=1").unwrap();
    assert_eq!((chosen.requests.len(), chosen.keys().len()), (5, 3));
    let lrb = found("02-lrb-time-id-size-feature.tr", 3, 2);
    assert_eq!(lrb.sizes(), [Some(1024), Some(2048), Some(1024)]);
    found("03-nul-in-log.log", 18, 3);
    assert_eq!(
        found("04-vhost-combined.log", 3, 2).keys(),
        HashSet::from(["a.example.com/", "b.example.com/"])
    );
    found("04b-traefik-two-hosts.json", 2, 2);
    found("05-row-id-and-url.csv", 3, 1);
    let meta = found("06-meta-kvcache-op-count.csv", 11, 2);
    assert_eq!((meta.sizes()[6], meta.sizes()[5]), (None, Some(82)), "a read of size 0 is a miss");
    let lease = found("06b-meta-kvcache-lease.csv", 6, 1);
    assert_eq!(lease.ops()[..2], [Op::Write, Op::Read]);
    let volumes = "key=3,op=2,size=4,time=5,tenant=1";
    let alibaba = case("07-alibaba-volumes.csv", None, volumes).unwrap();
    assert_eq!(alibaba.keys(), HashSet::from(["419:8792731648", "725:8792731648"]));
    let msr = case("08-msr-filetime.csv", None, "key=5,op=4,size=6,time=1").unwrap();
    assert_eq!((msr.keys().len(), msr.times_ms()), (2, vec![0, 1_000, 2_000]));
    let squid = case("09-squid-padded.log", None, "key=7,time=1,separator=space").unwrap();
    assert_eq!(squid.keys(), HashSet::from(["http://www.example.com/a.xml"]));
    found("09-squid-padded.log", 2, 1);
    let memcached = found("10-memcached-binary-and-text.log", 6, 3);
    let expected = [Op::Read, Op::Write, Op::Read, Op::Write, Op::Delete, Op::Read];
    assert_eq!(memcached.ops(), expected);
    assert_eq!((memcached.sizes()[1], memcached.sizes()[3]), (Some(6), Some(9)));
    assert_eq!(found("11-nginx-json-response-304.json", 2, 1).sizes(), [Some(490), None]);
    let query = found("12-json-query-apart.json", 2, 2);
    assert_eq!(query.keys(), HashSet::from(["/a?id=1", "/a?id=2"]));
    let methods = found("13-methods.log", 6, 1);
    let (read, delete) = (Op::Read, Op::Delete);
    assert_eq!(methods.ops(), [read, read, delete, read, delete, read]);
    assert_eq!(methods.left_out(), 4);
    let odd = found("14-one-odd-line.log", 10, 1);
    assert_eq!(odd.left_out(), 1);
    assert_eq!(found("14c-monitor-error-line.log", 3, 1).left_out(), 2);
    let w3c = case("15-w3c-fields-line.log", None, "key=5,separator=space").unwrap();
    assert_eq!((w3c.requests.len(), w3c.keys().len()), (2, 1));
    found("15-w3c-fields-line.log", 2, 1);
    let columns = "key=8,op=6,size=4,separator=tab";
    let cloudfront = case("15b-cloudfront.log", Some("csv"), columns).unwrap();
    assert_eq!((cloudfront.keys().len(), cloudfront.times_ms()), (1, vec![0, 1_000]));
    assert_eq!(found("15b-cloudfront.log", 2, 1).sizes(), [Some(392), Some(392)]);
    found("16-monitor-telnet.log", 3, 3);
    found("16b-monitor-kvrocks.log", 2, 1);
    refused("17-relative-ms.csv", "--time-unit");
    let large = found("18-over-4GiB-and-90-days.csv", 2, 2);
    assert!(large.notes.iter().any(|note| note.contains("5000000000")), "{:?}", large.notes);
    assert!(large.notes.iter().any(|note| note.contains("90.0 days")), "{:?}", large.notes);
    assert_eq!(found("19-error-answers.log", 3, 1).sizes(), [Some(5000), None, None]);
    let spaces = case("20-space-in-target.log", None, "").unwrap();
    assert!(spaces.keys().is_superset(&HashSet::from(["/my file.txt", "/my other.txt"])));
    let columns = "key=3,op=2,size=4,time=1,separator=space";
    for (format, columns) in [(Some("csv"), columns), (None, "")] {
        let ibm = case("21-ibm-cos.txt", format, columns).unwrap();
        assert_eq!((ibm.ops(), ibm.keys().len()), (vec![Op::Write, Op::Read], 2));
    }
    let garbage = found("22-gzip-trailing-garbage.gz", 9, 3);
    assert!(garbage.notes.iter().any(|note| note.contains("not gzip")), "{:?}", garbage.notes);
    let standard = found("24-libcachesim-standard-iii.bin", 200, 20);
    assert!(standard.sizes().iter().all(|size| (101..=120).contains(&size.unwrap())));
}

/// Input, columns, and the keys of its requests; an empty list means that the input is refused.
const SMALL_CASES: &[(&str, &str, &[&str])] = &[
    // Any four numbers are not a trace of Twitter or of blocks.
    ("5,0,71,90\n9,1,72,91\n9,0,71,90\n12,1,71,90\n", "", &[]),
    ("1 7 100 4\n2 7 90 3\n0 7 80 2\n", "", &[]),
    ("0 7 100 4\n2 8 90 3\n3 7 100 2\n", "", &["7", "8", "7"]),
    // Hosts, queries and tenants are part of the key.
    (
        "s.example:443 ::1 - - [10/Oct/2020:13:55:36 +0000] \"GET /x HTTP/1.1\" 200 1\n",
        "",
        &["s.example/x"],
    ),
    ("{\"method\":\"GET\",\"host\":\"A\",\"path\":\"/x\",\"args\":\"q=1\"}\n", "", &["a/x?q=1"]),
    ("{\"method\":\"GET\",\"host\":\"A\",\"path\":\"/x?q=1\"}\n", "key=path", &["/x"]),
    ("{\"method\":\"GET\",\":authority\":\"A\",\"path\":\"/x\"}\n", "", &["a/x"]),
    ("{\"ts\":1,\"request\":{\"method\":\"GET\",\"host\":\"A\",\"uri\":\"/x\"}}\n", "", &["a/x"]),
    (
        "{\"httpRequest\":{\"requestMethod\":\"GET\",\"requestUrl\":\"https://h.example/x?q=1\"}}\n",
        "",
        &["h.example/x?q=1"],
    ),
    // The classic load balancer writes no protocol in front.
    (
        "2015-05-13T23:39:43.945958Z lb 192.0.2.1:28 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 \
         0 29 \"GET http://www.example.com:80/a?q HTTP/1.1\" \"curl\" - -\n",
        "",
        &["www.example.com/a?q"],
    ),
    ("host,path,bytes\na,/x,1\nb,/x,1\n", "", &["a:/x", "b:/x"]),
    ("a;b;c\n1;2;3\n", "key=b+c,separator=;", &["2:3"]),
    ("{\"a\":1,\"b\":2}\n", "key=a+b", &["1:2"]),
    // Empty values count as missing.
    ("{\"a\":\"\",\"b\":2}\n{\"b\":2}\n", "key=a+b", &[":2", ":2"]),
    ("{\"tenant\":\"\",\"key\":\"k\"}\n{\"key\":\"k\"}\n", "", &["k", "k"]),
    ("{\"key\":\"\",\"url\":\"/a\"}\n", "", &["/a"]),
    ("{\"t\":1,\"u\":2,\"key\":\"k\"}\n", "tenant=t+u", &["1:2:k"]),
    ("tenant,key\nt,k\n", "", &["t:k"]),
    // The key is not the row number.
    ("id,url\n1,/x\n2,/x\n", "", &["/x", "/x"]),
    // Envoy's default log resembles that of a load balancer.
    (
        "[2016-04-15T20:17:00.310Z] \"GET /a HTTP/2\" 200 - 0 154 226 100 \"10.0.35.28\" \
         \"agent\" \"id\" \"locations\" \"tcp://10.0.2.1:80\"\n",
        "",
        &["locations/a"],
    ),
    // Repetitions.
    ("key,op,size,op_count\nk,GET,1,2\nk,SET,1,1\n", "", &["k", "k", "k"]),
    // NULs of a log that was truncated while a program wrote to it.
    ("\0\0\0\0h - - [10/Oct/2020:13:55:36 +0000] \"GET /x HTTP/1.1\" 200 1\n", "", &["/x"]),
    (
        "#Version: 1.0\n#Fields: date time sc-bytes cs-method cs(Host) cs-uri-stem sc-status\n\
         2019-12-04\t21:02:31\t392\tGET\td1.cloudfront.net\t/index.html\t200\n",
        "",
        &["d1.cloudfront.net/index.html"],
    ),
    // The binary protocol of memcached.
    (
        "<40 Read binary protocol data:\n<40    0x80 0x00 0x00 0x0a\n<40 GET views/show\n\
         <40 SET views/show Value len is 6\n<40 GET views/show\nDeleting views/show\n",
        "",
        &["views/show", "views/show", "views/show", "views/show"],
    ),
    // Messages around MONITOR.
    (
        "Trying 192.0.2.1...\nConnected to localhost.\nEscape character is '^]'.\nMONITOR\n+OK\n\
         +1675588394.000000 [0 192.0.2.1:38756] \"get\" \"k0\"\n",
        "",
        &["k0"],
    ),
    (
        "OK\n1.5 [0 x] \"get\" \"a\"\nError: Server closed the connection\n1.6 [0 x] \"get\" \"b\"\n",
        "",
        &["a", "b"],
    ),
    ("127.0.0.1:6379> monitor\nOK\n1.5 [0 x] \"get\" \"a\"\n", "", &["a"]),
    ("1.5 [shop 1:1] \"get\" \"a\"\n1.6 [__namespace 1:1] \"get\" \"a\"\n", "", &["@shop:a", "a"]),
    // Relative times of 1,000 days need a unit.
    ("key,time\na,0\na,86399999\n", "", &[]),
];

#[test]
fn small_inputs_are_read_as_expected_or_refused() {
    for (text, columns, keys) in SMALL_CASES {
        let input =
            TraceInput::from_bytes(Path::new("some.log"), text.as_bytes().to_vec()).unwrap();
        match read(input, None, with_columns(columns)) {
            Ok(outcome) => {
                let found: Vec<&str> = outcome.requests.iter().map(|r| r.key.as_str()).collect();
                assert_eq!(found, *keys, "{text}");
                let fields = &outcome.understanding.fields;
                assert!(fields.iter().any(|field| field.part == "key"), "{text}: {fields:?}");
            }
            Err(error) => assert!(keys.is_empty(), "{text}: {error}"),
        }
    }
}

#[test]
fn a_refusal_shows_the_first_lines_and_two_readings() {
    let text = b"5,0,71,90\n9,1,72,91\n9,0,71,90\n".to_vec();
    let input = TraceInput::from_bytes(Path::new("some.log"), text).unwrap();
    let message = trace::choose_format(&input, None).unwrap_err().to_string();
    assert!(message.contains("`9,1,72,91`"), "{message}");
    assert_eq!(message.matches("bakeoff workload import csv:some.log --columns").count(), 2);
}

#[test]
fn methods_and_statuses_decide_operation_and_size() {
    let line = |(request, status, bytes): (&str, u32, u32)| {
        format!("h - - [10/Oct/2020:13:55:30 +0000] \"{request} HTTP/1.1\" {status} {bytes}\n")
    };
    let requests = [
        ("GET /a b", 200, 5_000),
        ("HEAD /a b", 200, 0),
        ("PUT /a b", 204, 0),
        ("GET /a b", 500, 9),
        ("POST /a b", 201, 7),
        ("PATCH /a b", 200, 7),
        ("DELETE /a b", 204, 0),
        ("GET /a b", 304, 0),
        ("GET /a b", 206, 100),
        ("OPTIONS /a b", 200, 0),
        ("PROPFIND /a b", 207, 50),
        ("CONNECT /a b", 200, 0),
        ("PURGE /a b", 200, 10),
    ];
    let odd = "h - - [10/Oct/2020:13:55:36 +0000] \"GET /x\" HTTP/1.1\" 403 243\n";
    let text = requests.map(line).concat() + odd;
    let input = TraceInput::from_bytes(Path::new("some.log"), text.into_bytes()).unwrap();
    let outcome = read(input, None, ReadOptions::default()).unwrap();
    assert_eq!(outcome.keys(), HashSet::from(["/a b"]));
    let (read, delete) = (Op::Read, Op::Delete);
    let expected = [read, read, delete, read, delete, delete, delete, read, read];
    assert_eq!(outcome.ops(), expected);
    let sizes = outcome.sizes();
    assert_eq!((sizes[0], sizes.iter().flatten().count()), (Some(5_000), 1));
    // Four methods without a meaning for caches, and a line that cannot be read.
    assert_eq!(outcome.left_out(), 5);
}

#[test]
fn operations_have_the_meaning_of_the_rules() {
    let text = b"1,a,0\n2,a,1\n3,a,PING\n4,b,GET\n".to_vec();
    let input = TraceInput::from_bytes(Path::new("some.csv"), text).unwrap();
    let options = ReadOptions {
        ops: "read=0;delete=1;ignore=PING".parse().unwrap(),
        ..with_columns("time=1,key=2,op=3")
    };
    let outcome = read(input, None, options).unwrap();
    assert_eq!(outcome.ops(), [Op::Read, Op::Delete, Op::Read]);
    assert_eq!(outcome.understanding.left_out[0].reason, "operation PING");
    assert!(outcome.understanding.left_out[0].example.contains("line 3"));
}

#[test]
fn rules_apply_to_operations_of_block_traces() {
    for (text, rules, ops) in [
        ("l 0x1 1\ns 0x1 1\nl 0x2 1\n", "ignore=l", vec![Op::Write]),
        ("version,time,op,size,lbn\n1,5,2a,512,42\n1,6,28,8,42\n", "ignore=28", vec![Op::Write]),
        ("version,time,op,size,lbn\n1,5,42,512,42\n", "delete=42", vec![Op::Delete]),
    ] {
        let input =
            TraceInput::from_bytes(Path::new("some.log"), text.as_bytes().to_vec()).unwrap();
        let options = ReadOptions { ops: rules.parse().unwrap(), ..ReadOptions::default() };
        assert_eq!(read(input, None, options).unwrap().ops(), ops, "{text}");
    }
}

#[test]
fn large_sizes_and_lives_are_capped_and_reported() {
    // Sizes of which most are above 1 GiB are something else, so others follow.
    let text = "key,size,ttl\na,5000000000,7776000\nb,4294967295,4294967\nc,1,1\nc,1,1\n";
    let text = text.as_bytes().to_vec();
    let input = TraceInput::from_bytes(Path::new("some.csv"), text).unwrap();
    let outcome = read(input, None, ReadOptions::default()).unwrap();
    assert_eq!(outcome.sizes()[..2], [Some(u32::MAX); 2]);
    let ttls: Vec<u32> = outcome.requests.iter().map(|request| request.ttl_ms).collect();
    assert_eq!(ttls, [u32::MAX, 4_294_967_000, 1_000, 1_000]);
    let has = |start: &str, end: &str| {
        outcome.notes.iter().any(|note| note.starts_with(start) && note.contains(end))
    };
    assert!(has("1 sizes above 4 GiB", "5000000000 bytes"), "{:?}", outcome.notes);
    assert!(has("1 times to live above", "90.0 days"), "{:?}", outcome.notes);
}

#[test]
fn an_expiry_after_a_write_is_its_time_to_live() {
    let text = b"1.0 [0 1:1] \"SET\" \"a\" \"v\"\n1.1 [0 1:2] \"GET\" \"b\"\n\
                 1.2 [0 1:1] \"EXPIRE\" \"a\" \"60\"\n1.3 [0 1:1] \"EXPIRE\" \"c\" \"60\"\n";
    let input = TraceInput::from_bytes(Path::new("some.log"), text.to_vec()).unwrap();
    let outcome = read(input, None, ReadOptions::default()).unwrap();
    let ttls: Vec<u32> = outcome.requests.iter().map(|request| request.ttl_ms).collect();
    assert_eq!((ttls, outcome.left_out()), (vec![60_000, 0], 1));
}

#[test]
fn lines_that_cannot_be_read_are_left_out_up_to_the_limit() {
    let read_with = |bad: usize, limit: &str| {
        let text = "7\n".repeat(500) + &"seven\n".repeat(bad) + &"7\n".repeat(500);
        let input = TraceInput::from_bytes(Path::new("some.log"), text.into_bytes()).unwrap();
        let options =
            ReadOptions { max_bad_lines: limit.parse().unwrap(), ..ReadOptions::default() };
        read(input, Some("lirs"), options)
    };
    let outcome = read_with(10, "1%").unwrap();
    assert_eq!((outcome.requests.len(), outcome.left_out()), (1_000, 10));
    let message = read_with(20, "1%").err().unwrap().to_string();
    assert!(message.contains("line 501") && message.contains("--max-bad-lines"), "{message}");
    assert!(message.contains("20 of 1020 lines") && message.contains("`seven`"), "{message}");
    assert!(read_with(20, "20").is_ok() && read_with(1, "0").is_err());
}

#[test]
fn times_are_read_in_all_common_forms() {
    for (header, first, second, times_ms) in [
        ("date,time", "2026-01-31,12:00:00", "2026-01-31,12:00:01.5", [0, 1_500]),
        ("date,time", "2026-01-31,23:59:59", "2026-02-01,00:00:00", [0, 1_000]),
        ("ts", "128166372003061629", "128166372013061629", [0, 1_000]),
        ("ts", "1577808144360", "1577808144367", [0, 7]),
        ("ts", "1577808144360767", "1577808144367767", [0, 7]),
        ("ts", "12.5", "12.75", [0, 250]),
        ("ts", "31/Jan/2026:12:00:00 +0100", "31/Jan/2026:11:00:02 +0000", [0, 2_000]),
    ] {
        let text = format!("{header},key\n{first},a\n{second},a\n").into_bytes();
        let input = TraceInput::from_bytes(Path::new("some.csv"), text).unwrap();
        let outcome = read(input, None, ReadOptions::default()).unwrap();
        assert_eq!(outcome.times_ms(), times_ms, "{first}");
    }
}

#[test]
fn units_of_times_are_chosen_by_the_user() {
    for (unit, times_ms) in [("s", [0, 1_000]), ("ms", [0, 1]), ("ticks", [0, 0])] {
        let text = b"key,time\na,1\na,2\n".to_vec();
        let input = TraceInput::from_bytes(Path::new("some.csv"), text).unwrap();
        let options =
            ReadOptions { time_unit: Some(unit.parse().unwrap()), ..ReadOptions::default() };
        assert_eq!(read(input, None, options).unwrap().times_ms(), times_ms, "{unit}");
    }
}
