//! Checks that the files of a run match the schemas in `docs/formats`.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

use crate::stage::Stage;

fn schema(name: &str) -> Validator {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats");
    let text = fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn assert_matches(schema: &Validator, text: &str, path: &Path) {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{}: {errors:#?}\n{text}", path.display());
}

#[test]
fn every_file_of_a_run_matches_its_schema() {
    let stage = Stage::new();
    stage.explore(&stage.request(&["good", "good-too", "panics"])).unwrap();
    let exploration = stage.results().join("exploration.json");
    assert_matches(
        &schema("exploration"),
        &fs::read_to_string(&exploration).unwrap(),
        &exploration,
    );
    let progress = schema("progress");
    for variant in ["good", "good-too", "panics"] {
        let path = stage.results().join(format!("results/{variant}_progress.json"));
        assert_matches(&progress, &fs::read_to_string(&path).unwrap(), &path);
    }
    let samples = fs::read_to_string(stage.samples()).unwrap();
    let sample = schema("sample");
    samples.lines().for_each(|line| assert_matches(&sample, line, &stage.samples()));
    assert!(samples.lines().count() > 20, "trials, rounds, builds and checks are there");
}

#[test]
fn the_schema_rejects_invalid_samples() {
    let made_up = serde_json::json!({ "type": "trial", "variant": "lru" });
    assert!(!schema("sample").is_valid(&made_up));
}
