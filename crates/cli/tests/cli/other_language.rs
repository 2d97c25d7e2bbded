//! A runner in Python, written from docs/PROTOCOL.md alone, enters an exploration like any other.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use bakeoff_test_support::{Program, require};
use bakeoff_workload::Workload;
use bakeoff_workload::bounds::LruCurve;
use serde_json::Value;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// Fills a workspace whose only strategy is a script.
fn fill_workspace(root: &Path) {
    let folder = root.join("variants/py-lru");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir(root.join("scenarios")).unwrap();
    let ours = Path::new(HERE).join("../..");
    fs::copy(ours.join("scenarios/smoke.toml"), root.join("scenarios/smoke.toml")).unwrap();
    let script = ours.join("crates/runner/tests/python/runner.py");
    // Empty lines between messages are ignored.
    let spaced = fs::read_to_string(script)
        .unwrap()
        .replace(r#"**fields}) + "\n""#, r#"**fields}) + "\n\n""#);
    assert!(spaced.contains(r#""\n\n""#));
    fs::write(folder.join("runner.py"), spaced).unwrap();
    let write = |path: &str, text: &str| fs::write(root.join(path), text).unwrap();
    write("Cargo.toml", "[workspace]\nmembers = [\"variants/*\"]\n");
    write(
        "variants/py-lru/Cargo.toml",
        "[package]\nname = \"bakeoff-variant-py-lru\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    write("variants/py-lru/src/lib.rs", "//! The strategy is a script.\n");
    write(
        "variants/py-lru/variant.toml",
        "title = \"OrderedDict\"\nsummary = \"least recently used, in Python\"\n\
         [command]\nrun = [\"python3\", \"runner.py\"]\n",
    );
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_python_runner_enters_an_exploration() {
    let Some(_) = require(Program("python3")) else { return };
    let root = tempfile::tempdir().unwrap();
    fill_workspace(root.path());
    let variants = r#"{"one":{"strategy":"py-lru"},"other":{"strategy":"py-lru"}}"#;
    let mut command = Command::cargo_bin("bakeoff").unwrap();
    command.current_dir(root.path()).env_remove("REDIS_URL").env_remove("DATABASE_URL");
    command.args(["explore", "--in-place", "--name", "py", "--variants", variants]);
    command.args(["--scenarios", "smoke", "--rounds", "1"]).assert().success();

    let results = root.path().join("results/py");
    for variant in ["one", "other"] {
        let progress = json(&results.join(format!("results/{variant}_progress.json")));
        assert_eq!((&progress["status"], &progress["error"]), (&"completed".into(), &Value::Null));
    }
    let scenario = &json(&results.join("exploration.json"))["scenarios"][0];
    let workload = format!("{}.bkw", scenario["workload"].as_str().unwrap());
    let workload = root.path().join("results/.cache/workloads").join(workload);
    let exact = LruCurve::compute(&Workload::open(&workload).unwrap());
    let reads = scenario["reads"].as_u64().unwrap();
    let found = json(&results.join("results.json"));
    let all_cells = found["scenarios"][0]["cells"].as_array().unwrap();
    let cells = all_cells.iter();
    let mut capacities = 0;
    for cell in cells.filter(|cell| cell["meter"] == "hit-ratio") {
        let hits = exact.hits(cell["capacity_entries"].as_u64().unwrap());
        assert_eq!(cell["hit_ratio"].as_f64().unwrap(), hits as f64 / reads as f64, "{cell}");
        capacities += 1;
    }
    assert_eq!(capacities, 8, "four capacities for each variant");
    assert!(all_cells.iter().any(|cell| {
        cell["meter"] == "throughput" && cell["requests_per_second"]["median"].as_f64() > Some(0.0)
    }));
}
