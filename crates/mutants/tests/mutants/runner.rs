//! The mutants as runners: the results of the kit reach the driver over the protocol.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use bakeoff_protocol::message::{CheckCase, DriverMessage, RunnerMessage};

/// Returns the cases that a mutant's runner reports for `check`.
fn check(name: &str) -> Vec<CheckCase> {
    let mut runner = Command::new(env!("CARGO_BIN_EXE_bakeoff-mutants"))
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the runner starts");
    let request = DriverMessage::Check {
        services: BTreeMap::new(),
        namespace: String::from("mutants"),
        options: BTreeMap::new(),
        seed: 7,
    };
    let mut stdin = runner.stdin.take().expect("a pipe");
    for request in [request, DriverMessage::Bye] {
        writeln!(stdin, "{}", serde_json::to_string(&request).expect("JSON")).expect("written");
    }
    let stdout = BufReader::new(runner.stdout.take().expect("a pipe"));
    let mut cases = None;
    for line in stdout.lines() {
        let line = line.expect("UTF-8");
        if let RunnerMessage::Checked { cases: found } =
            serde_json::from_str(&line).expect("a reply")
        {
            cases = Some(found);
        }
    }
    assert!(runner.wait().expect("waited").success(), "{name}: the runner failed");
    cases.expect("an answer to check")
}

#[test]
fn a_failed_rule_reaches_the_driver() {
    let expected = [("panics", "get-after-put"), ("never-completes", "sync"), ("correct", "")];
    for (name, rule) in expected {
        let cases = check(name);
        let first = cases.iter().find(|case| !case.passed).map_or("", |case| case.name.as_str());
        assert_eq!(first, rule, "{name}: {cases:#?}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_a_list_of_the_known_names() {
    let output = Command::new(env!("CARGO_BIN_EXE_bakeoff-mutants"))
        .arg("no-such-name")
        .output()
        .expect("the runner starts");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("hangs") && stderr.contains("correct"), "{stderr}");
}
