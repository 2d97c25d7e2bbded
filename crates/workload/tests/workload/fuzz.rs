//! Readers of damaged inputs do not panic, use bounded memory, and report the position of an error.
//!
//! Each case damages one file of the corpus. Set `PROPTEST_CASES` for a longer run, and
//! `PROPTEST_RNG_SEED` for other cases. `fuzz/` runs the same harness under libFuzzer.

use std::io::Write;

use bakeoff_test_support::{CountingAllocator, peak_growth};
use bakeoff_workload::trace::FORMATS;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;

use crate::corpus::{self, harness};

/// Memory limit of reading an input, including decompression, in bytes.
const MEMORY_LIMIT: u64 = 64 << 20;
/// Maximum length of an edited input, in bytes.
const LENGTH_LIMIT: usize = 4_096;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Pieces that parsers often mishandle.
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

#[derive(Debug, Clone)]
enum Edit {
    FlipBit(u8),
    Replace(u8),
    Truncate,
    Remove { length: usize },
    Repeat { length: usize, to: Index },
    Insert(Vec<u8>),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0..8_u8).prop_map(Edit::FlipBit),
        any::<u8>().prop_map(Edit::Replace),
        Just(Edit::Truncate),
        (0..40_usize).prop_map(|length| Edit::Remove { length }),
        (0..200_usize, any::<Index>()).prop_map(|(length, to)| Edit::Repeat { length, to }),
        (any::<u8>(), 1..300_usize).prop_map(|(byte, times)| Edit::Insert(vec![byte; times])),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Edit::Insert),
        select(TOKENS).prop_map(|token| Edit::Insert(token.to_vec())),
    ]
}

fn apply(bytes: &mut Vec<u8>, index: Index, edit: &Edit) {
    let at = index.index(bytes.len() + 1);
    let end = |length: usize| (at + length).min(bytes.len());
    match edit {
        Edit::FlipBit(bit) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit),
        Edit::Replace(new) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = *new),
        Edit::Truncate => bytes.truncate(at),
        Edit::Remove { length } => {
            let end = end(*length);
            bytes.drain(at..end);
        }
        Edit::Repeat { length, to } => {
            let copy = bytes[at..end(*length)].to_vec();
            let to = to.index(bytes.len() + 1);
            bytes.splice(to..to, copy);
        }
        Edit::Insert(new) => {
            bytes.splice(at..at, new.iter().copied());
        }
    }
    bytes.truncate(LENGTH_LIMIT);
}

#[derive(Debug, Clone, Copy)]
enum Codec {
    Zstd,
    Gzip,
    Xz,
    Bzip2,
}

fn compress(bytes: &[u8], codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        Codec::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        }
        Codec::Xz => {
            let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
            xz.write_all(bytes).unwrap();
            xz.finish().unwrap()
        }
        Codec::Bzip2 => {
            let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            bzip2.write_all(bytes).unwrap();
            bzip2.finish().unwrap()
        }
    }
}

/// Chooses the codecs, if any, for compressing an input before and after damaging it.
fn compression() -> impl Strategy<Value = (Option<Codec>, Option<Codec>)> {
    let codec = select(vec![Codec::Zstd, Codec::Gzip, Codec::Xz, Codec::Bzip2]);
    prop_oneof![
        6 => Just((None, None)),
        1 => codec.clone().prop_map(|codec| (Some(codec), None)),
        1 => codec.prop_map(|codec| (None, Some(codec))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(16_000, |cases| cases.parse().unwrap()),
        rng_seed: match ProptestConfig::default().rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            fixed => fixed,
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_inputs_cause_no_panic_and_bounded_memory(
        format in 0..FORMATS.len(),
        guessed in prop::bool::weighted(1.0 / 16.0),
        (before, after) in compression(),
        edits in prop::collection::vec((any::<Index>(), edit()), 1..=6),
    ) {
        let name = FORMATS[format].name;
        let mut bytes = corpus::example(name);
        if let Some(codec) = before {
            bytes = compress(&bytes, codec);
        }
        for (index, edit) in &edits {
            apply(&mut bytes, *index, edit);
        }
        if let Some(codec) = after {
            bytes = compress(&bytes, codec);
        }
        let grown = peak_growth(|| harness::read(&bytes, (!guessed).then_some(name)));
        prop_assert!(grown < MEMORY_LIMIT, "{grown} bytes allocated");
    }
}
