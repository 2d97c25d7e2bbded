//! The bundled scenarios are valid, documented, and compile to the same bytes every time.

use std::path::{Path, PathBuf};

use bakeoff_workload::Workload;
use bakeoff_workload::WorkloadStore;
use bakeoff_workload::compile::compile;
use bakeoff_workload::scenario::catalogue::{BEGIN_MARKER, END_MARKER, render_table};
use bakeoff_workload::scenario::{ScenarioDefinition, WorkloadPlan, list_scenarios};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn smoke() -> ScenarioDefinition {
    ScenarioDefinition::load(&folder().join("smoke.toml")).unwrap()
}

#[test]
fn every_bundled_scenario_is_valid() {
    let listed = list_scenarios(&folder()).unwrap();
    for scenario in &listed {
        assert!(scenario.scenario.is_ok(), "{}", scenario.scenario.as_ref().unwrap_err());
    }
    let names: Vec<&str> = listed.iter().map(|listed| listed.name.as_str()).collect();
    for name in [
        "user-profiles",
        "scan-resistance",
        "write-heavy",
        "smoke",
        "ycsb-a",
        "ycsb-b",
        "ycsb-c",
        "ycsb-d",
        "ycsb-e",
        "ycsb-f",
        "session-store",
        "product-catalogue",
        "social-timeline",
        "block-storage",
        "api-responses",
        "code-chunks",
        "loop-trap",
        "multi-tenant",
    ] {
        assert!(names.contains(&name), "{name} is missing from {names:?}");
    }
}

#[test]
fn a_scenario_compiles_to_the_same_bytes_on_every_machine() {
    let temp = tempfile::tempdir().unwrap();
    let compiled = WorkloadStore::new(temp.path()).workload(&smoke(), Path::new("/")).unwrap();
    compiled.workload.verify().unwrap();
    // A change of this digest requires a new generate::VERSION.
    assert_eq!(
        compiled.report.digest,
        "26a0bae8cfdcdb2f158adf5bc7c3e192d67a3bd188e456d4bf54c4f6e2d69cfb"
    );
}

#[test]
fn every_bundled_scenario_states_its_evidence() {
    for listed in list_scenarios(&folder()).unwrap() {
        let text = std::fs::read_to_string(&listed.path).unwrap();
        let named = |word: &str| {
            text.lines().take_while(|line| line.starts_with('#')).any(|line| line.contains(word))
        };
        assert!(named("Evidence") || listed.name == "smoke", "{} has no evidence", listed.name);
    }
}

#[test]
fn every_bundled_scenario_compiles() {
    let temp = tempfile::tempdir().unwrap();
    for listed in list_scenarios(&folder()).unwrap() {
        let scenario = listed.scenario.unwrap();
        let output = temp.path().join("w.bkw");
        let compiled = compile(&scenario, Path::new("/"), &output).unwrap();
        let WorkloadPlan::Generated(plan) = &scenario.workload else { continue };
        assert_eq!(compiled.requests, plan.requests(), "{}", scenario.name);
        Workload::open(&output).unwrap().verify().unwrap();
    }
}

#[test]
fn docs_scenarios_md_is_up_to_date() {
    let files = list_scenarios(&folder()).unwrap();
    let scenarios: Vec<ScenarioDefinition> =
        files.into_iter().map(|file| file.scenario.unwrap()).collect();
    let path = folder().join("../docs/SCENARIOS.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let expected = format!("{BEGIN_MARKER}\n\n{}\n{END_MARKER}", render_table(&scenarios));
    assert!(
        page.contains(&expected),
        "docs/SCENARIOS.md is out of date; run `bakeoff scenario docs`"
    );
}
