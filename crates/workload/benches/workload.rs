//! Throughput of generators, trace readers, compilation and bounds, in requests per second.
//!
//! Run with `cargo bench -p bakeoff-workload`. Compilation should reach 10 million requests per
//! second from a generator or a binary trace.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "the macro of criterion makes a public function")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bakeoff_workload::Workload;
use bakeoff_workload::bounds::{LruCurve, compute_bounds};
use bakeoff_workload::compile::compile;
use bakeoff_workload::generate::{Uniform, Zipf, generate};
use bakeoff_workload::scenario::{
    GeneratedPlan, Generator, OperationMix, RequestStream, ScenarioDefinition, SizeDistribution,
    TtlDistribution, WorkloadPhase, WorkloadPlan,
};
use bakeoff_workload::source::{Sink, SinkStop, SourceRequest};
use bakeoff_workload::trace::{self, MultiFileState, TraceInput};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const REQUESTS: u64 = 1_000_000;

/// Sink that discards all requests.
struct NullSink;

impl Sink for NullSink {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        black_box(request);
        Ok(())
    }
}

fn zipf(keys: u64, requests: u64, mix: OperationMix) -> GeneratedPlan {
    let generator = Generator::Zipf { keys, exponent: 0.99, first_key: 0 };
    let phases =
        vec![WorkloadPhase { requests, streams: vec![RequestStream::new(generator, mix)] }];
    GeneratedPlan { phases, repeat: 1, arrivals: None }
}

fn generators(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generator");
    group.throughput(Throughput::Elements(REQUESTS));
    for keys in [100_000, 1_000_000, 10_000_000] {
        let zipf = Zipf::new(keys, 0.99);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        group.bench_function(format!("zipf over {keys} keys"), |bencher| {
            bencher.iter(|| (0..REQUESTS).fold(0, |sum, _| sum ^ zipf.draw(&mut random)));
        });
    }
    let uniform = Uniform::new(1_000_000);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    group.bench_function("uniform", |bencher| {
        bencher.iter(|| (0..REQUESTS).fold(0, |sum, _| sum ^ uniform.draw(&mut random)));
    });
    let mix = OperationMix { reads: 0.9, writes: 0.09, deletes: 0.01, ..OperationMix::READS };
    let plan = zipf(500_000, REQUESTS, mix);
    let sizes = SizeDistribution::LogNormal { median: 400, sigma: 0.7, max: 16_384 };
    group.bench_function("zipf with operations and sizes, including setup", |bencher| {
        bencher.iter(|| generate(&plan, &sizes, TtlDistribution::None, 1, &mut NullSink).is_ok());
    });
    group.finish();
}

/// Writes an uncompressed trace in the given format and returns its path.
fn write_trace(folder: &Path, format: &str) -> PathBuf {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let zipf = Zipf::new(500_000, 0.99);
    let mut bytes = Vec::new();
    if format == "csv" {
        bytes.extend(b"time,op,key,size\n");
    }
    for index in 0..REQUESTS {
        let key = zipf.draw(&mut random);
        match format {
            "oracle-general" => {
                bytes.extend((index as u32 / 1_000).to_le_bytes());
                bytes.extend(key.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
                bytes.extend([0, 2, 0, 0]);
                bytes.extend((-1_i64).to_le_bytes());
            }
            "u64-be" => bytes.extend(key.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()),
            "csv" => bytes.extend(format!("{}.5,get,item:{key},512\n", index / 1_000).bytes()),
            "lirs" => bytes.extend(format!("{key}\n").bytes()),
            "access-log" => bytes.extend(
                format!(
                    "10.0.0.1 - - [10/Oct/2000:13:55:{:02} -0700] \"GET /item/{key} HTTP/1.1\" \
                     200 512 \"-\" \"curl/8\"\n",
                    index / 20_000
                )
                .bytes(),
            ),
            other => panic!("{other}"),
        }
    }
    let path = folder.join(format);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn readers_and_compiling(criterion: &mut Criterion) {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out.bkw");
    let mut group = criterion.benchmark_group("trace");
    group.throughput(Throughput::Elements(REQUESTS));
    for name in ["oracle-general", "u64-be", "lirs", "csv", "access-log"] {
        let path = write_trace(temp.path(), name);
        let format = trace::find_format(name).unwrap();
        group.bench_function(format!("read {name}"), |bencher| {
            bencher.iter(|| {
                let mut input = TraceInput::open(&path).unwrap();
                format.read(&mut input, &mut MultiFileState::default(), &mut NullSink).unwrap();
            });
        });
        let scenario = ScenarioDefinition::for_trace(path, Some(name.to_owned()));
        group.bench_function(format!("compile {name}"), |bencher| {
            bencher.iter(|| compile(&scenario, Path::new("/"), &output).unwrap());
        });
    }
    group.finish();
}

fn compiling_and_bounds(criterion: &mut Criterion) {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out.bkw");
    let scenario = |mix: OperationMix, value_sizes: SizeDistribution| ScenarioDefinition {
        workload: WorkloadPlan::Generated(zipf(500_000, 5 * REQUESTS, mix)),
        value_sizes,
        ..ScenarioDefinition::for_trace(PathBuf::from("generated"), None)
    };
    let plain = scenario(OperationMix::READS, SizeDistribution::Fixed { bytes: 512 });
    let mixed = scenario(
        OperationMix { reads: 0.9, writes: 0.09, deletes: 0.01, ..OperationMix::READS },
        SizeDistribution::Uniform { min: 64, max: 1_024 },
    );
    let mut group = criterion.benchmark_group("generated");
    group.throughput(Throughput::Elements(5 * REQUESTS));
    for (name, scenario) in [("reads", &plain), ("reads, writes, deletes and sizes", &mixed)] {
        group.bench_function(format!("compile {name}"), |bencher| {
            bencher.iter(|| compile(scenario, Path::new("/"), &output).unwrap());
        });
    }
    let workload = Workload::open(&output).unwrap();
    group.bench_function("LRU curve, all capacities", |bencher| {
        bencher.iter(|| LruCurve::compute(&workload));
    });
    group.bench_function("all bounds at twelve capacities", |bencher| {
        let capacities: Vec<u64> = (1..=12).map(|step| step * 20_000).collect();
        bencher.iter(|| compute_bounds(&workload, &capacities));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = generators, readers_and_compiling, compiling_and_bounds
}
criterion_main!(benches);
