//! Workloads of the benchmark, compiled at each run.

use std::path::{Path, PathBuf};

use bakeoff_protocol::{Capacity, Load, Meter, TrialSpec, Window};
use bakeoff_workload::compiled::{Op, WorkloadWriter};
use bakeoff_workload::source::{Sink, SourceKey, SourceRequest};

/// Size of every value, in bytes.
const VALUE_BYTES: u32 = 64;

/// Compiled workload with its measured window.
pub(crate) struct Prepared {
    pub(crate) path: PathBuf,
    pub(crate) keys: usize,
    pub(crate) requests: u64,
    warmup: u64,
}

impl Prepared {
    /// Returns the specification of a trial that measures the window.
    pub(crate) fn spec(&self) -> TrialSpec {
        let names = ("bench", "bench", "bench");
        TrialSpec {
            window: Some(Window { start: self.warmup, length: self.requests }),
            warmup_requests: self.warmup,
            ..TrialSpec::new(names, Meter::Throughput, Capacity::Unbounded, Load::ONE, 1)
        }
    }

    /// Returns the index of the first measured request.
    pub(crate) fn start(&self) -> usize {
        self.warmup as usize
    }
}

/// Compiles two million measured reads over a million keys, after a warm-up of a million reads.
///
/// The frequency of the key of rank r is about proportional to 1/r.
pub(crate) fn skewed_reads(folder: &Path) -> Prepared {
    let keys = 1_000_000_u64;
    let mut random = Random(1);
    let requests = (0..3_000_000).map(|_| {
        let rank = (keys as f64).powf(random.unit()) as u64;
        (Op::Read, rank)
    });
    write(folder.join("reads.bkw"), requests, 1_000_000)
}

/// Number of keys that [`wide_mix`] writes.
pub(crate) const WRITTEN_KEYS: usize = 10_000;

/// Compiles four million measured requests, after a warm-up that reads ten million keys in order.
///
/// Nine in ten requests read a random key. The others write one of the first [`WRITTEN_KEYS`] keys.
pub(crate) fn wide_mix(folder: &Path) -> Prepared {
    let keys = 10_000_000_u64;
    let mut random = Random(2);
    let mixed = (0..4_000_000).map(move |_| {
        let (op, among) =
            if random.unit() < 0.1 { (Op::Write, WRITTEN_KEYS as u64) } else { (Op::Read, keys) };
        (op, (random.unit() * among as f64) as u64)
    });
    write(folder.join("mix.bkw"), (0..keys).map(|key| (Op::Read, key)).chain(mixed), keys)
}

fn write(path: PathBuf, requests: impl Iterator<Item = (Op, u64)>, warmup: u64) -> Prepared {
    let mut writer = WorkloadWriter::create(&path, VALUE_BYTES).expect("the folder is writable");
    for (op, key) in requests {
        let request = SourceRequest { op, ..SourceRequest::read(SourceKey::Number(key)) };
        writer.accept(&request).expect("the folder has room");
    }
    let header = writer.finish().expect("the folder has room");
    let requests = header.requests - warmup;
    Prepared { path, keys: header.unique_keys as usize, requests, warmup }
}

/// Random number generator SplitMix64.
struct Random(u64);

impl Random {
    /// Returns a uniform random number in [0, 1).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
