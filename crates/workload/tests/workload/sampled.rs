//! Sampled LRU curves are close to the exact ones.

use std::path::Path;

use bakeoff_test_support::{TraceFolder, require};
use bakeoff_workload::Workload;
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::bounds::{LruCurve, SampledCurve};
use bakeoff_workload::profile::log_spaced;
use bakeoff_workload::scenario::ScenarioDefinition;

/// Returns the mean and maximum error of the sampled hit ratios, in percentage points.
///
/// The capacities range from 0.1 % of the keys to all keys.
fn error(workload: &Workload, sampled: &SampledCurve) -> (f64, f64) {
    let exact = LruCurve::compute(workload);
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
    let temp = tempfile::tempdir().unwrap();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    // Without deletes, because sampling ignores the holes that they leave.
    let mut scenario = ScenarioDefinition::load(&scenarios.join("smoke.toml")).unwrap();
    let bakeoff_workload::scenario::WorkloadPlan::Generated(plan) = &mut scenario.workload else {
        panic!()
    };
    for phase in &mut plan.phases {
        phase.streams[0].mix.reads += phase.streams[0].mix.deletes;
        phase.streams[0].mix.deletes = 0.0;
    }
    let compiled = WorkloadStore::new(temp.path()).workload(&scenario, Path::new("/")).unwrap();
    let (_, largest) = error(&compiled.workload, &SampledCurve::estimate(&compiled.workload, 1.0));
    assert!(largest < 1e-9, "{largest}");
}

#[test]
fn one_percent_of_the_keys_is_enough_for_the_shared_traces() {
    let Some(folder) = require(TraceFolder) else { return };
    let temp = tempfile::tempdir().unwrap();
    let cache = WorkloadStore::new(temp.path());
    let mut worst = 0.0_f64;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            continue;
        }
        let scenario = ScenarioDefinition::for_trace(path.clone(), None);
        let workload = cache.workload(&scenario, Path::new("/")).unwrap().workload;
        let sampled = SampledCurve::estimate(&workload, 0.01);
        let (mean, largest) = error(&workload, &sampled);
        println!("{}: {mean:.3} points on average, {largest:.3} at most", path.display());
        worst = worst.max(largest);
    }
    assert!(worst <= 0.5, "{worst}");
}
