//! `--generate-cmd`: a command generates the variants before the build.

use std::fs;

use bakeoff_driver::request::options::ExploreOptions;
use bakeoff_protocol::progress::{Phase, Status};

use crate::stage::Stage;

fn request(stage: &Stage, command: &str) -> ExploreOptions {
    ExploreOptions {
        generate_cmd: Some(command.to_owned()),
        ..stage.request(&["good", "good-too", "unbounded"])
    }
}

#[test]
fn every_variant_is_generated_once_and_measured_on_its_branch() {
    let stage = Stage::new();
    let request = request(&stage, "write it");
    let outcome = stage.explore(&request).unwrap();
    assert!(outcome.variants.iter().all(|variant| variant.status == Status::Completed));
    let mut written = stage.implemented.lock().unwrap().clone();
    written.sort();
    assert_eq!(written, ["good", "good-too", "unbounded"]);
    let progress = stage.progress("good");
    assert!(progress.generation_seconds.is_some());
    assert!(progress.durations_seconds.contains_key("generating"));
    let end = progress.generation.unwrap();
    assert_eq!((end.status, end.log.as_str()), (Status::Completed, "logs/good/implement.log"));
    let brief = fs::read_to_string(stage.results().join("logs/good/brief.md")).unwrap();
    assert!(brief.contains("# Variant good") && brief.contains("check good"), "{brief}");
    let record = fs::read_to_string(stage.results().join("exploration.json")).unwrap();
    assert!(record.contains("explore/test/good-too"), "{record}");

    let again = stage.explore(&request).unwrap();
    assert!(again.unchanged, "nothing changed, so the command is not run again");
    assert_eq!(stage.implemented.lock().unwrap().len(), 3);
    // The generated code is used from now on, with or without the command.
    let plain = ExploreOptions { generate_cmd: None, ..request };
    assert!(stage.explore(&plain).unwrap().unchanged);
}

#[test]
fn a_failing_command_fails_only_its_variant() {
    let stage = Stage::new();
    let failing = request(&stage, "fail good-too");
    let outcome = stage.explore(&failing).unwrap();
    let of = |name: &str| outcome.variants.iter().find(|v| v.variant == name).unwrap();
    assert_eq!(of("good").status, Status::Completed);
    assert_eq!((of("good-too").status, of("good-too").phase), (Status::Failed, Phase::Generating));
    let error = of("good-too").error.as_ref().unwrap();
    assert_eq!(error.kind, "implement");
    assert!(error.message.contains("longer than 1 s"), "{}", error.message);
    assert_eq!(of("good-too").generation.as_ref().unwrap().status, Status::Failed);
    assert_eq!(stage.rounds(), [0, 1, 2]);

    stage.explore(&failing).unwrap();
    assert_eq!(
        stage.implemented.lock().unwrap().len(),
        3,
        "a failed command is run again only on request"
    );
    let retried = ExploreOptions { retry_failed: true, ..failing };
    stage.explore(&retried).unwrap();
    assert_eq!(
        stage.implemented.lock().unwrap().len(),
        4,
        "the command is run again only for the failed variant"
    );
}

#[test]
fn an_unknown_strategy_is_an_error_without_a_command() {
    let stage = Stage::new();
    let request = stage.request(&["good", "still-to-come"]);
    let error = stage.explore(&request).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("still-to-come"), "{error}");
}
