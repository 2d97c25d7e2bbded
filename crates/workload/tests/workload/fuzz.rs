//! Readers under inputs that nobody would write: no panic, bounded memory, an error with its place.
//!
//! A plain harness for a stable compiler: it replays the corpus and mutates it, from one seed. A
//! thousand inputs a format by default; `BAKEOFF_FUZZ_INPUTS=1000000` for a long run, and
//! `BAKEOFF_FUZZ_SEED` for another one.

#[path = "corpus/harness.rs"]
mod harness;

use std::io::Write;
use std::path::Path;

use bakeoff_test_support::{CountingAllocator, peak_growth};
use bakeoff_workload::trace::FORMATS;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// More than this is never needed for a few hundred bytes of input, decompression included.
const MEMORY_LIMIT: u64 = 64 << 20;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Pieces that parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\0",
    b"\"",
    b"\\",
    b"\\x",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b" ",
    b"\t",
    b"-",
    b"-1",
    b"0x",
    b"18446744073709551615",
    b"18446744073709551616",
    b"4294967296",
    b"1e308",
    b"99999999",
    b"NaN",
    b"null",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x92\xa9",
    b"GET",
    b"[0 [",
    b"<1 get ",
    b"{\"key\":",
    b"[[[[[[[[[[[[[[[[",
    b"31/Feb/2000:25:61:61 +9999",
    b"9999-12-31T23:59:60Z",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
    for _ in 0..1 + below(6) {
        let at = below(bytes.len() + 1);
        match below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(8),
            1 if at < bytes.len() => bytes[at] = below(256) as u8,
            2 => bytes.truncate(at),
            3 => {
                let end = (at + below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + below(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => {
                let token = vec![below(256) as u8; 1 + below(300)];
                bytes.splice(at..at, token);
            }
            _ => {
                let token = TOKENS[below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
        }
        bytes.truncate(4_096);
    }
}

fn compressed(bytes: &[u8], kind: u64) -> Vec<u8> {
    match kind {
        0 => zstd::encode_all(bytes, 1).unwrap(),
        1 => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        }
        2 => {
            let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
            xz.write_all(bytes).unwrap();
            xz.finish().unwrap()
        }
        _ => {
            let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            bzip2.write_all(bytes).unwrap();
            bzip2.finish().unwrap()
        }
    }
}

/// Says which input it was where a panic does not.
struct Told<'a>(&'a str);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was: {}", self.0);
        }
    }
}

#[test]
fn no_input_makes_a_reader_panic_or_hoard() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let inputs = number("BAKEOFF_FUZZ_INPUTS", 1_000 * FORMATS.len() as u64);
    let mut random = ChaCha8Rng::seed_from_u64(number("BAKEOFF_FUZZ_SEED", 1));
    let examples: Vec<(&str, Vec<u8>)> =
        FORMATS.iter().map(|format| (format.name, crate::corpus::example(format.name))).collect();
    for index in 0..inputs {
        let (name, example) = &examples[(index % examples.len() as u64) as usize];
        let mut bytes = example.clone();
        let how = random.next_u64();
        if how % 8 == 0 {
            bytes = compressed(&bytes, how >> 3 & 3);
        }
        mutate(&mut bytes, &mut random);
        if how % 8 == 1 {
            bytes = compressed(&bytes, how >> 3 & 3);
        }
        let shown = bytes.escape_ascii().to_string();
        let name = (how % 16 != 2).then_some(*name);
        let told = Told(&shown);
        let grown = peak_growth(|| harness::read(&bytes, name));
        drop(told);
        assert!(grown < MEMORY_LIMIT, "input {index} as {name:?} took {grown} bytes: {shown}");
    }
}

/// Every reader has a target for cargo-fuzz, too.
#[test]
fn every_format_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for format in FORMATS {
        let file = folder.join("fuzz_targets").join(format!("{}.rs", format.name));
        let source = std::fs::read_to_string(&file).unwrap_or_default();
        let called = source.contains(&format!("Some(\"{}\")", format.name));
        let listed = manifest.contains(&format!("name = \"{}\"", format.name));
        assert!(called && listed, "{}: see CONTRIBUTING.md for a new target", file.display());
    }
}
