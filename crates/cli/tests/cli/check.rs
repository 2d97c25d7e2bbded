//! `bakeoff check` catches every mutant and passes the correct strategy.

use std::fs;
use std::path::PathBuf;
use std::process::{Command as Program, Stdio};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

/// Mutant that never answers and is killed after a minute; the tests of the driver cover it.
const HANGING: &str = "hangs";
const CORRECT: &str = "correct";

/// Builds the runner of all mutants and returns it with their names.
fn mutants() -> (PathBuf, Vec<String>) {
    let built = Program::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "bakeoff-mutants"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    let runner = cargo_bin("bakeoff").with_file_name("bakeoff-mutants");
    let usage = Program::new(&runner).stdin(Stdio::null()).output().unwrap();
    let usage = String::from_utf8(usage.stderr).unwrap();
    let (_, names) = usage.trim().rsplit_once(": ").unwrap();
    (runner, names.split(", ").map(str::to_owned).collect())
}

/// Returns the exit code and the report of a check.
fn check(root: &TempDir, strategy: &str) -> (i32, Value) {
    let mut command = Command::cargo_bin("bakeoff").unwrap();
    command.current_dir(root.path()).env_remove("REDIS_URL").env_remove("DATABASE_URL");
    let output = command.args(["check", strategy, "--json"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout).expect(&stderr);
    (output.status.code().unwrap(), report)
}

#[test]
fn every_mutant_is_caught() {
    let (runner, names) = mutants();
    assert!(names.len() > 20, "{names:?}");
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("scenarios")).unwrap();
    fs::write(root.path().join("Cargo.toml"), "[workspace]\nmembers = [\"variants/*\"]\n").unwrap();
    for name in &names {
        let folder = root.path().join("variants").join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "title = \"{name}\"\nsummary = \"mutant\"\n[command]\nrun = [{:?}, {name:?}]\n",
            runner.display().to_string()
        );
        fs::write(folder.join("variant.toml"), manifest).unwrap();
        // Cargo requires a package in every member folder.
        let package = format!(
            "[package]\nname = \"bakeoff-variant-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"
        );
        fs::write(folder.join("Cargo.toml"), package).unwrap();
        fs::write(folder.join("src/main.rs"), "fn main() {}\n").unwrap();
    }
    for name in names.iter().filter(|name| *name != HANGING) {
        let (code, report) = check(&root, name);
        let correct = name == CORRECT;
        assert_eq!(
            (code, report["passed"].as_bool()),
            (if correct { 0 } else { 3 }, Some(correct))
        );
        let failed = |case: &Value| case["passed"] == false;
        assert_eq!(report["cases"].as_array().unwrap().iter().any(failed), !correct, "{name}");
    }
}
