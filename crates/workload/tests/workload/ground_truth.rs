//! Counts, LRU hits and optimal hits of real traces equal the known values exactly.

use std::collections::BTreeSet;
use std::path::Path;

use bakeoff_test_support::{TraceFolder, require};
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::bounds::compute_bounds;
use bakeoff_workload::compiled::ColumnKind;
use bakeoff_workload::scenario::{CapacitySpec, ScenarioDefinition, WorkloadPlan};
use bakeoff_workload::trace::{self, TraceInput};
use bakeoff_workload::workload_info::summarize;

fn check(folder: &Path, entry: &serde_json::Value, store: &WorkloadStore) {
    let name = entry["trace"].as_str().unwrap();
    let format = entry["format"].as_str().unwrap();
    // The list can contain aliases; the guess must be the same format.
    let named = trace::find_format(format).unwrap();
    let input = TraceInput::open(&folder.join(name)).unwrap();
    let guessed = trace::choose_format(&input, None).unwrap();
    assert_eq!(guessed.format.name, named.name, "{name}: {}", guessed.reason);
    let scenario = ScenarioDefinition::for_trace(folder.join(name), None);
    let workload = store.workload(&scenario, Path::new("/")).unwrap().workload;
    workload.verify().unwrap();
    let info = summarize(&workload);
    assert_eq!(info.requests, entry["requests"].as_u64().unwrap(), "{name}: requests");
    assert_eq!(info.reads, info.requests, "{name}: reads");
    assert_eq!(info.unique_keys, entry["unique"].as_u64().unwrap(), "{name}: unique keys");
    assert_eq!(info.one_hit_keys, entry["one_hit_objects"].as_u64().unwrap(), "{name}: one hit");
    let results = entry["results"].as_array().unwrap();
    let capacity_of = |result: &serde_json::Value| result["capacity"].as_u64().unwrap();
    let capacities: BTreeSet<u64> = results.iter().map(capacity_of).collect();
    let capacities: Vec<u64> = capacities.into_iter().collect();
    let bounds = compute_bounds(&workload, &capacities);
    for result in results {
        let capacity = capacity_of(result);
        let hits = result["hits"].as_u64().unwrap();
        let bound = bounds.iter().find(|bound| bound.capacity_entries == capacity).unwrap();
        assert_eq!(bound.infinite_hits, info.requests - info.unique_keys, "{name}");
        match result["policy"].as_str().unwrap() {
            "LRU" => assert_eq!(bound.lru_hits, hits, "{name}: LRU at {capacity}"),
            "OPT_BYPASS" => {
                assert_eq!(bound.clairvoyant_hits, hits, "{name}: OPT_BYPASS at {capacity}");
            }
            _ => assert!(hits <= bound.clairvoyant_hits, "{name}: {result} beats the bound"),
        }
        let shares = result["fraction"].as_array().unwrap();
        for share in
            shares.iter().map(|share| share.as_str().unwrap().parse::<CapacitySpec>().unwrap())
        {
            assert_eq!(share.entries(info.unique_keys), Some(capacity), "{name}: {share}");
        }
    }
}

#[test]
fn hits_equal_the_ground_truth() {
    let Some(folder) = require(TraceFolder) else { return };
    let text = std::fs::read_to_string(folder.join("ground-truth.json")).unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let temp = tempfile::tempdir().unwrap();
    let store = WorkloadStore::new(temp.path());
    for entry in &entries {
        check(&folder, entry, &store);
    }
}

#[test]
fn three_formats_of_one_trace_yield_the_same_requests() {
    let Some(folder) = require(TraceFolder) else { return };
    let temp = tempfile::tempdir().unwrap();
    let store = WorkloadStore::new(temp.path());
    let workload = |name: &str, keep_ops: bool| {
        let mut scenario = ScenarioDefinition::for_trace(folder.join(name), None);
        if let WorkloadPlan::Trace(source) = &mut scenario.workload {
            source.keep_ops = keep_ops;
        }
        store.workload(&scenario, Path::new("/")).unwrap().workload
    };
    let oracle = workload("cloudPhysicsIO.oracleGeneral.bin.zst", false);
    for name in ["cloudPhysicsIO.csv.zst", "cloudPhysicsIO.vscsi.xz"] {
        let other = workload(name, false);
        // `assert_eq!` would print a hundred thousand numbers.
        assert!(oracle.ids() == other.ids(), "{name}: other requests");
        let keys = ColumnKind::KeyNumbers;
        assert!(oracle.column::<u64>(keys) == other.column::<u64>(keys), "{name}: other keys");
        // libCacheSim's own binary file has different sizes for 13,671 of the requests.
        let differ = oracle.sizes().unwrap().iter().zip(other.sizes().unwrap());
        assert_eq!(differ.filter(|(a, b)| a != b).count(), 13_671, "{name}: sizes");
        // The trace has 66,898 commands of type WRITE(10).
        assert_eq!(workload(name, true).header().writes, 66_898, "{name}");
    }
}
