//! Requests that each reader returns for a small file, and errors for invalid files.

use std::io::Write;
use std::path::Path;

use crate::corpus::{example, vscsi_record};
use bakeoff_workload::compiled::Op;
use bakeoff_workload::source::{Sink, SinkStop, SourceKey, SourceRequest};
use bakeoff_workload::trace::{self, FORMATS, MultiFileState, ReadOptions, TraceError, TraceInput};

/// Sink that collects requests, up to a limit.
#[derive(Default)]
struct CollectingSink(Vec<(String, Op, Option<u32>, u32, u64)>);

impl Sink for CollectingSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        if self.0.len() == 10_000 {
            return Err(SinkStop::LimitReached);
        }
        let key = match request.key {
            SourceKey::Number(number) => number.to_string(),
            SourceKey::Text(text) => String::from_utf8_lossy(text).into_owned(),
        };
        self.0.push((key, request.op, request.bytes, request.ttl_ms, request.time_us));
        Ok(())
    }
}

fn read(format: &str, bytes: &[u8]) -> Result<CollectingSink, TraceError> {
    let mut input = TraceInput::from_bytes(Path::new("some.trace"), bytes.to_vec())?;
    let mut sink = CollectingSink::default();
    match trace::find_format(format).unwrap().read(
        &mut input,
        &mut MultiFileState::default(),
        &mut sink,
    ) {
        Ok(()) | Err(TraceError::Stopped(SinkStop::LimitReached)) => Ok(sink),
        Err(error) => Err(error),
    }
}

#[test]
fn every_reader_returns_the_requests_of_its_example() {
    let rows = |format: &str| read(format, &example(format)).unwrap().0;
    let row = |key: &str, op, bytes, ttl_ms, time_us| (key.to_owned(), op, bytes, ttl_ms, time_us);
    let plain = |keys: &[&str]| -> Vec<_> {
        keys.iter().map(|key| row(key, Op::Read, None, 0, 0)).collect()
    };
    let second = 971_211_336_000_000;
    assert_eq!(
        rows("access-log"),
        [
            row("/a", Op::Read, Some(2326), 0, second),
            row("/a?q", Op::Read, None, 0, second + 1_000_000),
            row("/a", Op::Delete, None, 0, second + 2_000_000),
        ]
    );
    assert_eq!(
        rows("access-log-json"),
        [
            row("/a", Op::Read, Some(2326), 0, second),
            row("/b", Op::Delete, None, 0, second + 1_000_000),
        ]
    );
    assert_eq!(
        rows("jsonl"),
        [
            row("x:a", Op::Read, Some(10), 0, 1_500_000),
            row("7", Op::Write, Some(20), 60_000, 2_000_000),
        ]
    );
    assert_eq!(
        rows("memcached"),
        [
            row("a", Op::Read, None, 0, 0),
            row("b", Op::Read, None, 0, 0),
            row("a", Op::Write, Some(300), 60_000, 0),
            row("a", Op::Delete, None, 0, 0),
        ]
    );
    assert_eq!(
        rows("redis-monitor"),
        [
            row("a\u{1}", Op::Read, None, 0, 1_339_518_087_877_697),
            row("9:x", Op::Write, Some(1), 60_000, 1_339_518_090_420_270),
            row("a", Op::Read, None, 0, 1_339_518_096_506_257),
            row("b", Op::Read, None, 0, 1_339_518_096_506_257),
            row("a", Op::Delete, None, 0, 1_339_518_099_363_765),
        ]
    );
    assert_eq!(
        rows("address"),
        [row("536870736", Op::Write, None, 0, 0), row("31", Op::Read, None, 0, 0)]
    );
    assert_eq!(rows("arc"), plain(&["5", "6", "7"]));
    assert_eq!(
        rows("csv"),
        [
            row("a", Op::Read, Some(10), 0, 1_500_000),
            row("b,c", Op::Write, Some(20), 60_000, 2_000_000),
            row("a", Op::Delete, None, 0, 3_000_000),
        ]
    );
    let blocks = |time: u64| {
        [row("42", Op::Write, Some(512), 0, 5 * time), row("43", Op::Read, Some(8), 0, 6 * time)]
    };
    assert_eq!(rows("libcachesim-csv"), blocks(1_000_000));
    assert_eq!(rows("vscsi"), blocks(1));
    assert_eq!(rows("lirs"), plain(&["5", "7", "5"]));
    assert_eq!(
        rows("oracle-general"),
        [row("99", Op::Read, Some(10), 0, 7_000_000), row("99", Op::Read, Some(11), 0, 9_000_000)]
    );
    assert_eq!(
        rows("tsv"),
        [row("a b", Op::Read, Some(10), 0, 0), row("c,d", Op::Read, Some(20), 0, 0)]
    );
    assert_eq!(
        rows("twitter-csv"),
        [row("13", Op::Read, Some(737), 0, 0), row("14", Op::Read, Some(1), 0, 2_000_000)]
    );
    let (read, write, delete) = (Op::Read, Op::Write, Op::Delete);
    let first = |format: &str| rows(format).swap_remove(0);
    let last = |format: &str| rows(format).pop().unwrap();
    let at = 1_530_570_180_186_641;
    assert_eq!(rows("alb"), [row("www.example.com/a", read, Some(366), 0, at)]);
    let at = 1_577_808_144_360_767;
    assert_eq!(first("alibaba-block"), row("419:8792731648", write, Some(16_384), 0, at));
    assert_eq!(last("alibaba-block").0, "725:8792731648");
    let at = 1_460_751_420_310_000;
    assert_eq!(first("envoy"), row("locations/a", read, Some(154), 0, at));
    assert_eq!(last("envoy"), row("locations/a", delete, None, 0, at + 1_000_000));
    assert_eq!(rows("haproxy"), [row("/index.html", read, Some(2750), 0, 1_233_922_454_655_000)]);
    assert_eq!(first("ibm-cos"), row("8d4fcda3d675bac9", write, Some(1056), 0, 1_219_008_000));
    assert_eq!(last("ibm-cos").1, read);
    assert_eq!(first("lcs"), row("99", read, Some(10), 60_000, 7_000_000));
    assert_eq!(last("lrb"), row("3", read, Some(1024), 0, 2_000_000));
    assert_eq!(
        rows("memcached-watch"),
        [
            row("a b", read, None, 0, 1_466_120_000_500_000),
            row("a b", write, Some(3), 60_000, 1_466_120_001_500_000),
        ]
    );
    assert_eq!(last("meta-cdn"), row("7", read, Some(100), 0, 1_600_000_001_000_000));
    assert_eq!(
        rows("meta-kvcache"),
        [
            row("17", write, Some(82), 0, 0),
            row("17", read, None, 0, 0),
            row("17", read, None, 0, 0),
            row("17", read, Some(82), 0, 0),
        ]
    );
    assert_eq!(first("msr"), row("hm:1:383496192", read, Some(32_768), 0, 1_172_163_600_306_162));
    assert_eq!(last("msr").0, "prn:0:383496192");
    assert_eq!(
        rows("s3"),
        [
            row("bucket:a.jpg", read, Some(3000), 0, 1_549_411_238_000_000),
            row("bucket:a.jpg", write, Some(4000), 0, 1_549_411_239_000_000),
        ]
    );
    assert_eq!(
        rows("squid"),
        [row("www.example.com/a.xml", read, Some(1958), 0, 1_495_973_309_909_000)]
    );
    assert_eq!(first("standard-iii"), row("0", read, Some(100), 0, 7_000_000));
    assert_eq!(rows("standard-iii"), rows("standard-iqi"));
    assert_eq!(first("standard-iqibh"), row("0", write, Some(100), 0, 7_000_000));
    assert_eq!(rows("standard-iqibh")[1], row("1", read, Some(101), 0, 8_000_000));
    assert_eq!(last("standard-iqibh"), row("4", delete, Some(104), 0, 26_000_000));
    assert_eq!(rows("oracle-general-op-ns"), rows("standard-iqibh"));
    assert_eq!(first("twr"), row("0", write, Some(100), 60_000, 7_000_000));
    assert_eq!(rows("twr")[1], row("1", read, None, 0, 8_000_000));
    assert_eq!(last("twr"), row("4", delete, Some(104), 0, 26_000_000));
    assert_eq!(rows("twr-ns"), rows("twr"));
    assert_eq!(first("tencent-block").2, Some(128 * 512));
    assert_eq!(last("tencent-block").0, "1064:12910952");
    assert_eq!(rows("twitter-cluster")[1], row("nz:u:a", read, None, 0, 1_000_000));
    assert_eq!(last("twitter-cluster"), row("nz:u:a", write, Some(110), 3_600_000, 2_000_000));
    assert_eq!(first("w3c"), row("a.example/a?q=1", read, Some(392), 0, 1_451_606_401_000_000));
    assert_eq!(last("w3c"), row("a.example/a", read, None, 0, 1_451_606_402_000_000));
    assert_eq!(rows("u32-be"), plain(&["7", "9", "7"]));
    assert_eq!(rows("u64-be"), plain(&["7", "9", "7"]));
}

#[test]
fn compression_is_recognized_by_content() {
    let plain = example("lirs");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(plain.as_slice(), 1).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&plain).unwrap();
    let two_members = [gzip.clone(), gzip.clone()].concat();
    // pzstd writes the size of each frame in a skippable frame before it.
    let with_skippable_frame = [b"\x50\x2a\x4d\x18\x04\0\0\0size", zstd.as_slice()].concat();
    for compressed in
        [gzip, xz.finish().unwrap(), zstd, with_skippable_frame, bzip2.finish().unwrap()]
    {
        assert_eq!(read("lirs", &compressed).unwrap().0.len(), 3);
        let cut = &compressed[..compressed.len() - 5];
        assert!(
            matches!(read("lirs", cut), Err(TraceError::Io { .. })),
            "a truncated file is an error"
        );
        let message = read("lirs", cut).map(|sink| sink.0).unwrap_err().to_string();
        assert!(message.ends_with("bytes); the file is truncated"), "{message}");
    }
    let padded = [two_members.as_slice(), &[0; 512]].concat();
    assert_eq!(read("lirs", &padded).unwrap().0.len(), 5);
    let garbage = [two_members.as_slice(), b"\0\0garbage"].concat();
    assert_eq!(read("lirs", &garbage).unwrap().0.len(), 5, "gzip ignores other bytes, too");
    // The first member ends in `5`, the second begins with `5`: one line.
    assert_eq!(read("lirs", &two_members).unwrap().0.len(), 5);
}

#[test]
fn an_invalid_file_is_refused_with_the_location() {
    let message = |format: &str, bytes: &[u8]| match read(format, bytes) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{format} accepted {}", bytes.escape_ascii()),
    };
    let text = message("lirs", b"1\nthree\n");
    assert!(text.contains("some.trace, line 2: expected a decimal key"), "{text}");
    assert!(text.contains("`three`"), "{text}");
    let text = message("u32-be", &[0, 0, 0, 1, 0, 0]);
    assert!(text.contains("byte 4: expected complete records of 4 bytes"), "{text}");
    let text =
        message("vscsi", &[vscsi_record(1, 1, 1, 1, 1), vscsi_record(1, 1, 2, 1, 1)].concat());
    assert!(text.contains("byte 32"), "{text}");
    let text = message("standard-iqibh", &[[1_u8; 19], [200; 19]].concat());
    assert!(text.contains("byte 19: expected binary records of 19 bytes"), "{text}");
    for format in ["oracle-general", "u32-be", "u64-be"] {
        let text = message(format, b"a text of 24 bytes, all\n");
        assert!(text.contains("byte 0: expected ") && text.contains("`a text of"), "{text}");
    }
    for (format, bytes) in [
        ("arc", "1 2 3\n"),
        ("arc", "1 99999999999 0 0\n"),
        ("address", "x 0x1 1\n"),
        ("address", "l 0x 1\n"),
        ("twitter-csv", "1, 2, 3\n"),
        ("libcachesim-csv", "a,b\n"),
        ("csv", "no,such\n1,2\n"),
        ("csv", "key,op\nk,jump\n"),
        ("csv", "key,size\n,1\n"),
        ("csv", "key,size\n\"a\nb\",1\n"),
        ("jsonl", "{\"key\":\"\"}\n"),
        ("access-log", "hello\nworld\n"),
        ("access-log-json", "{\"a\":1}\nworld\n"),
        ("jsonl", "{\"kye\":1}\n"),
        ("jsonl", "{\"key\":1,\"size\":-1}\n"),
        ("memcached", "hello\n"),
        ("redis-monitor", "1.5 [0 x] GET key\n"),
    ] {
        assert!(message(format, bytes.as_bytes()).contains("line "), "{format}");
    }
}

#[test]
fn columns_can_be_chosen_by_the_user() {
    let with = |format: &str, bytes: &str, columns: &str| {
        let input =
            TraceInput::from_bytes(Path::new("some.trace"), bytes.as_bytes().to_vec()).unwrap();
        let options = ReadOptions { columns: columns.parse().unwrap(), ..ReadOptions::default() };
        let mut input = input.with_options(options);
        let mut sink = CollectingSink::default();
        let guessed = trace::choose_format(&input, None).unwrap();
        assert_eq!(guessed.format.name, format, "{}", guessed.reason);
        guessed.format.read(&mut input, &mut MultiFileState::default(), &mut sink).map(|()| sink.0)
    };
    let row = |key: &str, bytes| (key.to_owned(), Op::Read, Some(bytes), 0, 0);
    let expected = [row("a", 10), row("b", 20)];
    let named = with("csv", "key\twho\tn\n1\ta\t10\n2\tb\t20\n", "key=who,size=n,separator=tab");
    assert_eq!(named.unwrap(), expected);
    let numbered = with("csv", "10;a\n20;b\n", "key=2,size=1,separator=;");
    assert_eq!(numbered.unwrap(), expected);
    let fields = with("jsonl", "{\"w\":\"a\",\"n\":10}\n{\"w\":\"b\",\"n\":20}\n", "key=w,size=n");
    assert_eq!(fields.unwrap(), expected);
}

#[test]
fn fields_of_a_time_are_joined_and_a_repetition_count_of_0_is_left_out() {
    let objects = b"{\"key\":\"a\",\"d\":\"2012-06-12\",\"t\":\"16:21:23\",\"op_count\":2}\n\
        {\"key\":\"a\",\"op_count\":0}\n";
    let input = TraceInput::from_bytes(Path::new("some.jsonl"), objects.to_vec()).unwrap();
    let columns = "time=d+t".parse().unwrap();
    let mut input = input.with_options(ReadOptions { columns, ..ReadOptions::default() });
    let (mut sink, mut state) = (CollectingSink::default(), MultiFileState::default());
    trace::find_format("jsonl").unwrap().read(&mut input, &mut state, &mut sink).unwrap();
    let row = (String::from("a"), Op::Read, None, 0, 1_339_518_083_000_000);
    assert_eq!(sink.0, [row.clone(), row]);
    assert_eq!(state.left_out_lines(), 1);
}

#[test]
fn a_pattern_is_expanded_to_sorted_files() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["b.log", "a.log", "c.txt"] {
        std::fs::write(temp.path().join(name), "1\n").unwrap();
    }
    let found = trace::expand_path(&temp.path().join("*.log")).unwrap();
    assert_eq!(found, [temp.path().join("a.log"), temp.path().join("b.log")]);
    assert!(trace::expand_path(&temp.path().join("*.gz")).is_err());
    assert_eq!(trace::expand_path(Path::new("none")).unwrap(), [Path::new("none")]);
    assert!(trace::is_stream(Path::new("-")) && !trace::is_stream(temp.path()));
    assert!(!trace::is_stream(&temp.path().join("a.log")) && !trace::is_stream(Path::new("no")));
}

#[test]
fn a_byte_order_mark_is_ignored() {
    for format in ["redis-monitor", "jsonl", "csv", "lirs", "memcached"] {
        let with_bom = [&b"\xef\xbb\xbf"[..], &example(format)].concat();
        assert_eq!(read(format, &with_bom).unwrap().0, read(format, &example(format)).unwrap().0);
        let input = TraceInput::from_bytes(Path::new("some.log"), with_bom).unwrap();
        assert_eq!(trace::choose_format(&input, None).unwrap().format.name, format);
    }
}

#[test]
fn the_slab_table_of_memcached_is_ignored() {
    let mut log = String::new();
    for class in 1..40 {
        log += &format!("slab class {class:3}: chunk size {:9} perslab {:7}\n", class * 96, 9_999);
    }
    log += "<23 server listening (auto-negotiate)\n<24 get a\n> NOT FOUND a\n>24 END\n";
    let input = TraceInput::from_bytes(Path::new("some.log"), log.clone().into_bytes()).unwrap();
    assert_eq!(trace::choose_format(&input, None).unwrap().format.name, "memcached");
    assert_eq!(read("memcached", log.as_bytes()).unwrap().0.len(), 1);
}

#[test]
fn text_in_any_encoding_is_not_read_as_binary_keys() {
    let rows = |word: &[u8]| -> Vec<u8> {
        let row =
            |index: u32| [&b"10.0.0.1 - "[..], word, format!(" {index}\n").as_bytes()].concat();
        (0..2_000).flat_map(|index| row(index % 500)).collect()
    };
    // UTF-8, Latin-1, KOI8-R, and a few NULs, as in a damaged log.
    for word in ["ü".as_bytes(), b"caf\xe9", b"\xcb\xcc\xc0\xde \xda\xce\xc1\xde", b"\0"] {
        let input = TraceInput::from_bytes(Path::new("some.log"), rows(word)).unwrap();
        let message = trace::choose_format(&input, None).unwrap_err().to_string();
        assert!(message.contains("no known format begins with `10.0.0.1"), "{message}");
    }
    for format in ["u32-be", "u64-be", "oracle-general"] {
        assert!(read(format, &rows("ü".as_bytes())).is_err());
    }
}

#[test]
fn a_parquet_file_is_refused_with_the_command_that_converts_it() {
    let content = b"PAR1\x15\x04\x15\x10\0\0\0key\nPAR1".to_vec();
    let mut input = TraceInput::from_bytes(Path::new("logs/x.parquet"), content).unwrap();
    let command = "duckdb -c \"COPY (SELECT * FROM 'logs/x.parquet') TO 'logs/x.csv' (HEADER)\"";
    let guessed = trace::choose_format(&input, None).unwrap_err().to_string();
    assert!(guessed.ends_with(command), "{guessed}");
    let csv = trace::find_format("csv").unwrap();
    let mut sink = CollectingSink::default();
    let named = csv.read(&mut input, &mut MultiFileState::default(), &mut sink).unwrap_err();
    assert_eq!(named.to_string(), guessed);
    // A text whose first column has this name is not Parquet.
    assert_eq!(read("csv", b"PAR1,key\n1,a\n").unwrap().0.len(), 1);
}

#[test]
fn the_format_is_guessed_with_a_reason_or_refused() {
    let temp = tempfile::tempdir().unwrap();
    let guess = |bytes: &[u8]| {
        let path = temp.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        trace::choose_format(&TraceInput::open(&path)?, None)
    };
    for format in FORMATS {
        // Three keys are too few to recognize files of binary keys.
        if !format.name.ends_with("-be") {
            let guess = guess(&example(format.name)).unwrap();
            assert_eq!(guess.format.name, format.name, "{}", guess.reason);
            assert!(!guess.reason.is_empty());
        }
    }
    let refused: [&[u8]; 4] =
        [b"", b"\x7fELF\x02\x01", b"Dear Sir or Madam,\n", &[0, 159, 146, 150]];
    for bytes in refused {
        let message = guess(bytes).unwrap_err().to_string();
        assert!(message.contains("FORMAT:PATH") && message.contains("lirs"), "{message}");
    }
    let utf16: Vec<u8> = "key,size\na,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&b"\xff\xfe"[..], &utf16].concat();
    assert!(guess(&marked).unwrap_err().to_string().contains("iconv -f UTF-16"));
    assert!(matches!(read("csv", &marked), Err(TraceError::Utf16 { .. })));
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (bytes, kind) in [(tar.as_slice(), "tar"), (b"\x04\x22\x4d\x18", "lz4")] {
        let message = guess(bytes).unwrap_err().to_string();
        assert!(message.contains(kind) && message.contains("first"), "{message}");
    }
    assert_eq!(trace::split_format("lirs:a:b").1, Path::new("a:b"));
    assert_eq!(trace::split_format("C:/x").1, Path::new("C:/x"));
}
