//! `bakeoff check` catches every deliberately broken strategy, and passes the sound one.

use std::fs;
use std::path::PathBuf;
use std::process::{Command as Program, Stdio};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

/// It never answers, and is ended after a minute of silence; the driver's tests wait for that.
const ENDLESS: &str = "hangs";
const SOUND: &str = "sound";

/// The runner of all broken strategies, and their names.
fn broken() -> (PathBuf, Vec<String>) {
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

/// Exit code and cases of a check.
fn check(root: &TempDir, strategy: &str) -> (i32, Value) {
    let mut command = Command::cargo_bin("bakeoff").unwrap();
    command.current_dir(root.path()).env_remove("REDIS_URL").env_remove("DATABASE_URL");
    let output = command.args(["check", strategy, "--json"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout).expect(&said);
    (output.status.code().unwrap(), report)
}

#[test]
fn every_broken_strategy_is_caught() {
    let (runner, names) = broken();
    assert!(names.len() > 20, "{names:?}");
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("scenarios")).unwrap();
    fs::write(root.path().join("Cargo.toml"), "[workspace]\nmembers = [\"variants/*\"]\n").unwrap();
    for name in &names {
        let folder = root.path().join("variants").join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "title = \"{name}\"\nsummary = \"broken\"\n[command]\nrun = [{:?}, {name:?}]\n",
            runner.display().to_string()
        );
        fs::write(folder.join("variant.toml"), manifest).unwrap();
        // A folder of the workspace is a crate, whatever runs in its place.
        let package = format!(
            "[package]\nname = \"bakeoff-variant-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"
        );
        fs::write(folder.join("Cargo.toml"), package).unwrap();
        fs::write(folder.join("src/main.rs"), "fn main() {}\n").unwrap();
    }
    for name in names.iter().filter(|name| *name != ENDLESS) {
        let (code, report) = check(&root, name);
        let sound = name == SOUND;
        assert_eq!((code, report["passed"].as_bool()), (if sound { 0 } else { 3 }, Some(sound)));
        let failed = |case: &Value| case["passed"] == false;
        assert_eq!(report["cases"].as_array().unwrap().iter().any(failed), !sound, "{name}");
    }
}
