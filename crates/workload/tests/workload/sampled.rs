//! Curves from a sample of the keys lie where the exact ones do.

use std::path::Path;

use bakeoff_test_support::{Traces, require};
use bakeoff_workload::Cache;
use bakeoff_workload::Workload;
use bakeoff_workload::bounds::{LruCurve, SampledCurve};
use bakeoff_workload::portrait::log_spaced;
use bakeoff_workload::scenario::Scenario;

/// Mean and largest difference in percentage points, from 0.1 % of the keys to all.
fn error(workload: &Workload, sampled: &SampledCurve) -> (f64, f64) {
    let exact = LruCurve::of(workload, None);
    let keys = workload.header().unique_keys;
    let reads = workload.header().reads as f64;
    let differences: Vec<f64> = log_spaced((keys / 1_000).max(1), keys, 60)
        .into_iter()
        .map(|capacity| exact.hits(capacity) as f64 / reads - sampled.hit_ratio(capacity))
        .map(|difference| difference.abs() * 100.0)
        .collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    (mean, differences.into_iter().fold(0.0, f64::max))
}

#[test]
fn sampling_every_key_is_exact() {
    let place = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    // Reads and writes, no deletes: those leave holes that a sample does not look at.
    let mut scenario = Scenario::load(&scenarios.join("smoke.toml")).unwrap();
    let bakeoff_workload::scenario::WorkloadPlan::Generated(plan) = &mut scenario.workload else {
        panic!()
    };
    for phase in &mut plan.phases {
        phase.streams[0].mix.reads += phase.streams[0].mix.deletes;
        phase.streams[0].mix.deletes = 0.0;
    }
    let cached = Cache::new(place.path()).workload(&scenario, Path::new("/")).unwrap();
    let (_, largest) = error(&cached.workload, &SampledCurve::of(&cached.workload, 1.0));
    assert!(largest < 1e-9, "{largest}");
}

#[test]
fn a_hundredth_of_the_keys_is_enough_for_the_shared_traces() {
    let Some(folder) = require(Traces) else { return };
    let place = tempfile::tempdir().unwrap();
    let cache = Cache::new(place.path());
    let mut worst = 0.0_f64;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            continue;
        }
        let scenario = Scenario::for_trace(path.clone(), None);
        let workload = cache.workload(&scenario, Path::new("/")).unwrap().workload;
        let sampled = SampledCurve::of(&workload, 0.01);
        let (mean, largest) = error(&workload, &sampled);
        println!("{}: {mean:.3} points on average, {largest:.3} at most", path.display());
        worst = worst.max(largest);
    }
    assert!(worst <= 0.5, "{worst}");
}
