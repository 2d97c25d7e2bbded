//! The bundled scenarios are valid, compile, and come out the same every time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use bakeoff_workload::cache::Cache;
use bakeoff_workload::scenario::{Scenario, list};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn smoke() -> Scenario {
    Scenario::load(&folder().join("smoke.toml")).unwrap()
}

#[test]
fn every_bundled_scenario_is_valid() {
    let listed = list(&folder()).unwrap();
    for scenario in &listed {
        assert!(scenario.scenario.is_ok(), "{}", scenario.scenario.as_ref().unwrap_err());
    }
    let names: Vec<&str> = listed.iter().map(|listed| listed.name.as_str()).collect();
    for name in ["user-profiles", "scan-resistance", "write-heavy", "smoke"] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
}

#[test]
fn the_same_scenario_is_the_same_file_on_every_machine() {
    let place = tempfile::tempdir().unwrap();
    let cached = Cache::new(place.path()).workload(&smoke(), Path::new("/")).unwrap();
    cached.workload.verify().unwrap();
    // Pinned: whoever changes what a seed gives raises generate::VERSION with this digest.
    assert_eq!(
        cached.compiled.digest,
        "26a0bae8cfdcdb2f158adf5bc7c3e192d67a3bd188e456d4bf54c4f6e2d69cfb"
    );
}
