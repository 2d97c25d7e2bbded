//! The recorders in `docs/examples/recorders` write what the reader of `jsonl` understands.

#[path = "../../../../docs/examples/recorders/recorder.rs"]
mod recorder;

use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff_test_support::{Program, report_skip, require};
use bakeoff_workload::Workload;
use bakeoff_workload::compile::compile;
use bakeoff_workload::scenario::ScenarioDefinition;
use tempfile::TempDir;

fn recorders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/recorders")
}

/// Checks a recording of a set of 5 bytes, a get, and a delete of one key.
fn check(folder: &TempDir) {
    let scenario = ScenarioDefinition::for_trace(PathBuf::from("requests.jsonl"), None);
    let output = folder.path().join("requests.bkw");
    let report = compile(&scenario, folder.path(), &output).unwrap();
    assert_eq!(report.read_summary.format.as_deref(), Some("jsonl"));
    let workload = Workload::open(&output).unwrap();
    let header = workload.header();
    assert_eq!((header.reads, header.writes, header.deletes, header.unique_keys), (1, 1, 1, 1));
    assert_eq!(header.unique_bytes, 5);
    let first = &report.read_summary.understanding.first_requests[0];
    assert!(first.time_us > 1_700_000_000_000_000, "{first:?}");
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_recorder_in_rust_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("requests.jsonl")).unwrap();
    let recorder = recorder::Recorder::new(file);
    recorder.record("set", "user:1 \"x\"", Some(5)).unwrap();
    recorder.record("get", "user:1 \"x\"", None).unwrap();
    recorder.record("delete", "user:1 \"x\"", None).unwrap();
    check(&folder);
}

#[test]
fn the_recorder_in_python_is_understood() {
    let Some(python) = require(Program("python3")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = "from recorder import Recorder\n\
                  r = Recorder('requests.jsonl')\n\
                  r.record('set', 'k', 5, 60)\nr.record('get', 'k')\nr.record('delete', 'k')\n";
    let mut command = Command::new(python);
    command.args(["-B", "-c", script]).env("PYTHONPATH", recorders());
    run(command.current_dir(folder.path()));
    check(&folder);
}

#[test]
fn the_recorder_in_javascript_is_understood() {
    let Some(node) = require(Program("node")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "import {{ Recorder }} from {:?};\nconst r = new Recorder('requests.jsonl');\n\
         r.record('set', 'k', 5, 60);\nr.record('get', 'k');\nr.record('delete', 'k');\n",
        recorders().join("recorder.mjs")
    );
    let mut command = Command::new(node);
    run(command.args(["--input-type=module", "-e", &script]).current_dir(folder.path()));
    check(&folder);
}

#[test]
fn the_recorder_in_go_is_understood() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("go"));
    let Some(go) = programs.find(|file| file.is_file()) else {
        return report_skip("go is not installed");
    };
    let folder = tempfile::tempdir().unwrap();
    let main = "package main\n\nimport (\n\t\"os\"\n\n\t\"example.com/test/recorder\"\n)\n\n\
                func main() {\n\tfile, _ := os.Create(\"requests.jsonl\")\n\
                \tr := recorder.Recorder{Output: file}\n\tr.Record(\"set\", \"k\", 5)\n\
                \tr.Record(\"get\", \"k\", -1)\n\tr.Record(\"delete\", \"k\", -1)\n}\n";
    std::fs::write(folder.path().join("go.mod"), "module example.com/test\n\ngo 1.19\n").unwrap();
    std::fs::write(folder.path().join("main.go"), main).unwrap();
    std::fs::create_dir(folder.path().join("recorder")).unwrap();
    std::fs::copy(recorders().join("recorder.go"), folder.path().join("recorder/recorder.go"))
        .unwrap();
    let mut command = Command::new(go);
    command.args(["run", "."]).env("GOCACHE", folder.path().join("cache"));
    run(command.env("GOFLAGS", "-mod=mod").current_dir(folder.path()));
    check(&folder);
}
