//! Checks that every bundled strategy passes the conformance kit, in the runner that explorations
//! use.
//!
//! The strategies are the folders of `variants/`. `bakeoff check NAME` checks a single strategy.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use bakeoff_protocol::message::{CheckCase, DriverMessage, RunnerMessage};
use bakeoff_protocol::variant::Manifest;
use bakeoff_test_support::{PrivatePostgres, PrivateRedis, require};
use serde_json::Value;

const SEED: u64 = 7;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the names of all strategies, sorted.
fn strategies() -> Vec<String> {
    let folders = fs::read_dir(workspace().join("variants")).unwrap();
    let folders = folders.map(|folder| folder.unwrap().path());
    let mut names: Vec<String> = folders
        .filter(|folder| folder.join("variant.toml").is_file())
        .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Builds all runners and returns their paths by package.
///
/// The arguments select the features that `cargo test --workspace` selects, so that nothing is
/// compiled twice.
fn build_runners() -> HashMap<String, PathBuf> {
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--bins", "--test", "conformance"])
        .args(["--message-format", "json"])
        .current_dir(workspace())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(build.status.success(), "the runners cannot be built");
    let messages = build.stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    messages
        .filter_map(|message: Value| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, message["executable"].as_str()?.into()))
        })
        .collect()
}

fn manifest(strategy: &str) -> Manifest {
    let path = workspace().join("variants").join(strategy).join("variant.toml");
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Asks a runner to check its strategy.
fn check(runner: &Path, services: BTreeMap<String, String>) -> Vec<CheckCase> {
    let mut runner = Command::new(runner)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = DriverMessage::Check {
        services,
        namespace: String::from("conformance"),
        options: BTreeMap::new(),
        seed: SEED,
    };
    let mut stdin = runner.stdin.take().unwrap();
    for request in [request, DriverMessage::Bye] {
        writeln!(stdin, "{}", serde_json::to_string(&request).unwrap()).unwrap();
    }
    let replies = BufReader::new(runner.stdout.take().unwrap()).lines();
    let replies: Vec<RunnerMessage> =
        replies.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert!(runner.wait().unwrap().success(), "the runner failed: {replies:?}");
    let cases = replies.into_iter().find_map(|reply| match reply {
        RunnerMessage::Checked { cases } => Some(cases),
        _ => None,
    });
    cases.expect("an answer to check")
}

/// Returns the rules that a strategy fails, without known failures; `None` if a service is missing.
fn failed_rules(strategy: &str, runner: &Path) -> Option<Vec<String>> {
    let manifest = manifest(strategy);
    let mut addresses = BTreeMap::new();
    // Each strategy has its own servers, which end when this function returns.
    let mut redis = None;
    let mut postgres = None;
    for service in manifest.services.clone() {
        let address = match service.as_str() {
            "redis" => {
                let server = redis.insert(require(PrivateRedis { maxmemory: 256 << 20 })?);
                server.address().to_owned()
            }
            "postgres" => {
                let server = postgres.insert(require(PrivatePostgres)?);
                server.create_schema("conformance").unwrap();
                server.address("conformance")
            }
            other => panic!("{strategy} needs {other}, which this test does not start"),
        };
        addresses.insert(service, address);
    }
    let cases = check(runner, addresses);
    assert!(cases.len() > 10, "{strategy}: only {cases:?}");
    let failed = manifest.unexpected_failures(&cases);
    Some(failed.map(|case| format!("{strategy}: {}: {}", case.name, case.detail)).collect())
}

#[test]
fn all_bundled_strategies_pass_the_kit() {
    let runners = build_runners();
    let strategies = strategies();
    assert!(strategies.len() >= 25, "{strategies:?}");
    let remaining = Mutex::new(strategies.iter());
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(strategy) = remaining.lock().unwrap().next() else { break };
                    let package = format!("bakeoff-variant-{strategy}");
                    let runner = runners.get(&package).expect("every strategy has a runner");
                    let rules = failed_rules(strategy, runner);
                    failed.lock().unwrap().extend(rules.unwrap_or_default());
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:#?}");
}
