//! Behavior of the command line: mistakes, help, workloads, exit codes and files left on the disk.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

/// Creates a workspace outside git, with one strategy that is never built.
pub fn workspace() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "[workspace]\nmembers = [\"variants/*\"]\n");
    write("variants/lru/variant.toml", "title = \"LRU\"\nsummary = \"one\"\ndefault = true\n");
    write("variants/lru/Cargo.toml", "[package]\nname = \"bakeoff-variant-lru\"\n");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    for name in ["smoke", "user-profiles"] {
        let text = fs::read_to_string(scenarios.join(format!("{name}.toml"))).unwrap();
        write(&format!("scenarios/{name}.toml"), &text);
    }
    root
}

pub fn bakeoff(root: &TempDir) -> Command {
    let mut command = Command::cargo_bin("bakeoff").unwrap();
    command.current_dir(root.path());
    for (name, _) in std::env::vars() {
        if name.starts_with("BAKEOFF_") || matches!(name.as_ref(), "REDIS_URL" | "DATABASE_URL") {
            command.env_remove(name);
        }
    }
    command
}

/// Asserts that an exploration is refused with exit code 2 and leaves no results.
fn assert_refused(name: &str, variants: &str, expected: &str) {
    let root = workspace();
    bakeoff(&root)
        .args(["explore", "--in-place", "--name", name, "--variants", variants])
        .assert()
        .code(2)
        .stderr(contains(expected));
    assert!(!root.path().join("results").exists(), "{name} {variants}");
}

#[test]
fn invalid_requests_are_refused_and_create_no_file() {
    assert_refused("../x", r#"{"lru":"x"}"#, "not a valid name");
    assert_refused("ok", r#"{"lru":"x""#, "line 1");
    assert_refused("ok", r#"{"lru":"x","lru":"y"}"#, "lru");
    assert_refused("ok", r#"{"a":{"strategy":"lur"}}"#, "did you mean \"lru\"");
    assert_refused("ok", r#"{"../x":"y"}"#, "not a valid name");
}

#[test]
fn values_are_read_from_the_environment() {
    let root = workspace();
    bakeoff(&root)
        .args(["explore", "--in-place"])
        .env("BAKEOFF_NAME", "ok")
        .env("BAKEOFF_VARIANTS", "{\"a$(touch pwned)`\":\"it's\"}")
        .assert()
        .code(2)
        .stderr(contains("not a valid name"));
    assert!(!root.path().join("pwned").exists());
}

#[test]
fn workload_info_and_bounds_are_printed() {
    let root = workspace();
    fs::write(root.path().join("tiny.trace"), "1\n2\n1\n3\n1\n2\n").unwrap();
    bakeoff(&root)
        .args(["workload", "info", "--trace", "lirs:tiny.trace", "--json"])
        .assert()
        .success()
        .stdout(contains("\"requests\":6").and(contains("\"unique_keys\":3")));
    bakeoff(&root)
        .args(["workload", "bounds", "--trace", "lirs:tiny.trace", "--capacity", "1,2", "--json"])
        .assert()
        .success()
        .stdout(contains("\"infinite_hits\":3").and(contains("\"capacity_entries\":2")));
    bakeoff(&root)
        .args(["workload", "bounds", "--trace", "lirs:tiny.trace", "--capacity", "0"])
        .assert()
        .code(2);
    bakeoff(&root)
        .args(["workload", "info", "--trace", "no-such-file"])
        .assert()
        .code(2)
        .stderr(contains("no-such-file"));
}

#[test]
fn a_log_becomes_a_portrait_a_curve_and_a_scenario() {
    let root = workspace();
    let log: String = (0..400_u32)
        .map(|number| {
            let (second, key) = (number % 60, number * number % 37);
            format!(
                "h - - [10/Oct/2000:13:55:{second:02} -0700] \"GET /item/{key} HTTP/1.1\" 200 {key}\n"
            )
        })
        .collect();
    fs::write(root.path().join("access.log"), log).unwrap();
    let run = |words: &[&str]| bakeoff(&root).arg("workload").args(words).assert().success();
    run(&["import", "access.log"])
        .stdout(contains("Zipf exponent").and(contains("reuse distance")))
        .stderr(contains("read as access-log: the lines").and(contains("request 3: read /item/4")));
    run(&["import", "access.log", "--portrait", "html"])
        .stdout(contains("<svg").and(contains("</html>")));
    run(&["import", "access.log", "--anonymize=word", "--output", "shared.bkw"])
        .stdout(contains("requests        400 (19 keys)"));
    let shared = fs::read(root.path().join("shared.bkw")).unwrap();
    assert!(!shared.windows(5).any(|bytes| bytes == b"/item"), "a key is readable");
    bakeoff(&root)
        .args(["workload", "import", "access.log", "--anonymize"])
        .assert()
        .code(2)
        .stderr(contains("--output"));
    // The secret in the environment is used only with --output.
    bakeoff(&root)
        .args(["workload", "import", "access.log"])
        .env("BAKEOFF_SECRET", "word")
        .assert()
        .success();
    bakeoff(&root)
        .args(["workload", "import", "access.log", "--output", "again.bkw"])
        .env("BAKEOFF_SECRET", "word")
        .assert()
        .success();
    assert_eq!(fs::read(root.path().join("again.bkw")).unwrap(), shared);
    // An empty secret is probably an unset variable of a script, not a request for a random one.
    bakeoff(&root)
        .args(["workload", "import", "access.log", "--output", "empty.bkw"])
        .env("BAKEOFF_SECRET", "")
        .assert()
        .code(2)
        .stderr(contains("BAKEOFF_SECRET"));
    bakeoff(&root)
        .args(["workload", "import", "access.log", "--anonymize=", "--output", "empty.bkw"])
        .assert()
        .code(2)
        .stderr(contains("--anonymize"));
    assert!(!root.path().join("empty.bkw").exists());
    run(&["curve", "--trace", "shared.bkw", "--capacity", "100%", "--json"])
        .stdout(contains("\"lru_hits\":381"));
    run(&["curve", "--trace", "access.log", "--sample", "0.5"]).stderr(contains("estimated from"));
    run(&["synth", "--like", "access.log", "--output", "scenarios/like.toml"])
        .stderr(contains("points on average"));
    bakeoff(&root).args(["scenario", "validate", "scenarios/like.toml"]).assert().success();
}

#[test]
fn missing_sizes_of_a_log_are_reported() {
    let root = workspace();
    fs::write(root.path().join("keys.csv"), "key,time\na,0\nb,1\na,2\n").unwrap();
    let run = |portrait: &[&str]| {
        let mut command = bakeoff(&root);
        command.args(["workload", "import", "keys.csv"]).args(portrait).assert().success()
    };
    run(&[]).stdout(
        contains("sizes           unknown (512 bytes assumed)")
            .and(contains("1.0/s, peak 1.0 times the mean over 1 s, too short to detect bursts")),
    );
    run(&["--portrait", "html"])
        .stdout(contains("unknown (512 bytes assumed)").and(contains("dispersion").not()));
    run(&["--portrait", "json"]).stdout(contains("\"sizes\":null"));
}

#[test]
fn the_import_of_a_parquet_file_prints_the_command_that_converts_it() {
    let root = workspace();
    fs::write(root.path().join("requests.parquet"), b"PAR1\x15\x04\x15\0PAR1").unwrap();
    bakeoff(&root)
        .args(["workload", "import", "requests.parquet"])
        .assert()
        .code(2)
        .stderr(contains("duckdb -c").and(contains("requests.csv' (HEADER)")));
}

#[test]
fn an_output_never_replaces_a_log() {
    let root = workspace();
    let log = "1\n2\n1\n3\n1\n2\n";
    fs::write(root.path().join("keep.trace"), log).unwrap();
    fs::write(root.path().join("notes.txt"), log).unwrap();
    let refused = |words: &[&str], output: &str, expected: &str| {
        let mut command = bakeoff(&root);
        command.arg("workload").args(words).args(["--output", output]);
        command.assert().code(2).stderr(contains(output).and(contains(expected)));
        let file = output.strip_prefix("./").unwrap_or(output);
        assert_eq!(fs::read_to_string(root.path().join(file)).unwrap(), log, "{words:?}");
    };
    refused(&["import", "lirs:keep.trace"], "keep.trace", "another output");
    refused(&["compile", "--trace", "lirs:*.trace"], "./keep.trace", "another output");
    refused(&["synth", "--like", "lirs:keep.trace"], "keep.trace", "another output");
    refused(&["import", "lirs:keep.trace"], "notes.txt", "not a compiled workload");
    refused(&["compile", "--scenario", "smoke"], "notes.txt", "not a compiled workload");
    for _ in 0..2 {
        bakeoff(&root)
            .args(["workload", "import", "lirs:keep.trace", "--output", "own.bkw"])
            .assert()
            .success();
    }
}

#[test]
fn operations_columns_and_standard_input_are_options() {
    let root = workspace();
    fs::write(root.path().join("a.trace"), "l 0x1 1\ns 0x1 1\n").unwrap();
    let info = |words: &[&str]| {
        let mut command = bakeoff(&root);
        command.args(["workload", "info", "--json", "--trace"]).args(words);
        command
    };
    info(&["address:a.trace"]).assert().success().stdout(contains("\"writes\":0"));
    info(&["address:a.trace", "--keep-ops"]).assert().success().stdout(contains("\"writes\":1"));
    info(&["csv:-", "--columns", "key=2,size=1"])
        .write_stdin("10,a\n20,b\n30,a\n")
        .assert()
        .success()
        .stdout(contains("\"unique_keys\":2").and(contains("\"bytes\":60")));
    #[cfg(target_os = "linux")]
    info(&["csv:/dev/stdin"])
        .write_stdin("key\na\nb\n")
        .assert()
        .success()
        .stdout(contains("\"unique_keys\":2"));
    info(&["a.trace", "--columns", "kye=2"]).assert().code(2).stderr(contains("key=url"));
    info(&["a.trace", "--trace", "lirs:a.trace"]).assert().code(2).stderr(contains("same format"));
    bakeoff(&root).args(["workload", "info", "--scenario", "smoke", "--keep-ops"]).assert().code(2);
}

#[test]
fn scenarios_are_listed_validated_and_created() {
    let root = workspace();
    bakeoff(&root)
        .args(["scenario", "list"])
        .assert()
        .success()
        .stdout(contains("user-profiles").and(contains("smoke")));
    bakeoff(&root).args(["scenario", "new", "mine", "--from", "smoke"]).assert().success();
    bakeoff(&root).args(["scenario", "new", "mine", "--from", "smoke"]).assert().code(2);
    fs::write(root.path().join("scenarios/mine.toml"), "schema = 1\nsumary = \"x\"\n").unwrap();
    bakeoff(&root)
        .args(["scenario", "validate"])
        .assert()
        .code(2)
        .stderr(contains("mine.toml:2").and(contains("summary")));
    let replay = "schema = 1\nsummary = \"x\"\n[workload]\ntrace = \"gone.log\"\n\
                  [capacity]\nsizes = [1]\ntimed = 1\n";
    fs::write(root.path().join("scenarios/mine.toml"), replay).unwrap();
    bakeoff(&root)
        .args(["scenario", "validate", "scenarios/mine.toml"])
        .assert()
        .code(2)
        .stderr(contains("mine.toml").and(contains("gone.log")));
}

#[test]
fn a_missing_exploration_is_an_error() {
    let root = workspace();
    bakeoff(&root).args(["list"]).assert().success().stdout(contains("no explorations yet"));
    bakeoff(&root).args(["results", "none"]).assert().code(2).stderr(contains("\"none\""));
    bakeoff(&root).args(["cleanup", "none", "--in-place"]).assert().code(2);
    let branches_too = ["cleanup", "none", "--in-place", "--delete-branches"];
    bakeoff(&root).args(branches_too).assert().code(2).stderr(contains("\"none\""));
    let elsewhere = tempfile::tempdir().unwrap();
    bakeoff(&elsewhere).args(["scenario", "list"]).assert().code(2);
}

#[test]
fn help_completions_and_man_page_agree() {
    let root = workspace();
    bakeoff(&root).arg("--help").assert().success().stdout(contains("Exit codes"));
    bakeoff(&root).args(["completions", "bash"]).assert().success().stdout(contains("explore"));
    bakeoff(&root).arg("man").assert().success().stdout(contains(".TH"));
    bakeoff(&root).args(["doctor", "--json"]).assert().success().stdout(contains("\"tools\""));
}
