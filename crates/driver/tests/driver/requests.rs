//! Checks that invalid requests create nothing, and that saved explorations are continued.

use bakeoff_driver::dry_run::dry_run_with;
use bakeoff_driver::error::ExploreError;
use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_protocol::Meter;

use crate::stage::Stage;

fn refused(stage: &Stage, change: impl FnOnce(&mut ExploreOptions)) -> String {
    let mut request = stage.request(&["good"]);
    change(&mut request);
    let error: ExploreError = stage.explore(&request).unwrap_err();
    assert!(error.is_usage());
    assert!(!stage.root().join("results").exists(), "an invalid request creates no files");
    error.to_string()
}

#[test]
fn invalid_requests_create_nothing() {
    let stage = Stage::new();
    let unknown = refused(&stage, |request| {
        request.variants = Some(String::from("{\"mine\": {\"strategy\": \"panic\"}}"));
    });
    assert!(unknown.contains("unknown strategy \"panic\""), "{unknown}");
    assert!(unknown.contains("did you mean \"panics\"?"), "{unknown}");
    assert!(unknown.contains("make new-variant NAME=panic"), "{unknown}");
    let name = refused(&stage, |request| request.name = Some(String::from("../x")));
    assert!(name.contains("\"../x\" is not a valid name"), "{name}");
    let scenario = refused(&stage, |request| request.scenarios = vec![String::from("tinny")]);
    assert!(scenario.contains("tiny"), "{scenario}");
    let baseline = refused(&stage, |request| request.baseline = Some(String::from("lru")));
    assert!(baseline.contains("exploration: good"), "{baseline}");
    let trace = refused(&stage, |request| request.trace = Some(String::from("no/such.log")));
    assert!(trace.contains("no/such.log"), "{trace}");
    let log = stage.root().join("requests.csv");
    std::fs::write(&log, "url,at\na,1\n").unwrap();
    let columns = refused(&stage, |request| {
        request.trace = Some(log.display().to_string());
        request.reading.columns = Some(String::from("kye=url"));
    });
    assert!(columns.contains("kye=url"), "{columns}");
}

#[test]
fn options_for_reading_a_trace_are_saved() {
    let stage = Stage::new();
    let log = stage.root().join("requests.csv");
    let lines: String = (0..400).map(|at| format!("{at},page-{}\n", at * at % 37)).collect();
    std::fs::write(&log, format!("at,url\n{lines}")).unwrap();
    let mut request = stage.request(&["good"]);
    request.scenarios.clear();
    request.trace = Some(format!("csv:{}", log.display()));
    request.reading.columns = Some(String::from("key=url,time=at"));
    request.reading.limit = Some(300);
    stage.explore(&request).unwrap();
    let record = std::fs::read(stage.results().join("exploration.json")).unwrap();
    let record: bakeoff_protocol::exploration::Exploration =
        serde_json::from_slice(&record).unwrap();
    assert_eq!(record.scenarios[0].requests, 300);
    assert_eq!(record.scenarios[0].reading, request.reading);
    let again = ExploreOptions { trace: None, reading: Default::default(), ..request };
    assert!(stage.explore(&again).unwrap().unchanged);
}

#[test]
fn a_saved_exploration_is_continued() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["good", "good-too"])).unwrap();
    let request = ExploreOptions {
        variants: None,
        scenarios: Vec::new(),
        rounds: None,
        ..stage.request(&["good"])
    };
    let outcome = stage.explore(&request).unwrap();
    assert!(outcome.unchanged);
    assert_eq!(outcome.variants.len(), 2);
}

#[test]
fn without_variants_all_default_strategies_are_explored() {
    let stage = Stage::new();
    let request = ExploreOptions { variants: None, ..stage.request(&["good"]) };
    let outcome = stage.explore(&request).unwrap();
    let names: Vec<&str> =
        outcome.variants.iter().map(|variant| variant.variant.as_str()).collect();
    assert_eq!(names, ["good", "good-too"]);
}

#[test]
fn the_baseline_is_the_first_bounded_variant() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["unbounded", "good", "good-too"])).unwrap();
    let record = std::fs::read(stage.results().join("exploration.json")).unwrap();
    let record: bakeoff_protocol::exploration::Exploration =
        serde_json::from_slice(&record).unwrap();
    assert_eq!(record.baseline, "good");
    assert!(!record.scenarios[0].round_group.is_empty());
    assert!(record.variants.iter().all(|variant| variant.properties.is_some()));
}

#[test]
fn a_dry_run_estimates_the_time_and_writes_nothing() {
    let stage = Stage::new();
    let request = stage.request(&["good", "good-too"]);
    let bill = dry_run_with(&request, &stage).unwrap();
    assert!(!stage.root().join("results").exists());
    assert_eq!(bill.first_round["tiny"].len(), 3);
    let timed = bill.cells.iter().filter(|cell| cell.meter == Meter::Throughput);
    assert_eq!(timed.map(|cell| cell.trials).sum::<u32>(), 9);
    assert!(bill.expected_minutes > 0.0);
    stage.explore(&request).unwrap();
    assert!(dry_run_with(&request, &stage).unwrap().changed.is_empty());
}
