//! The broken strategies as runners: what the kit finds reaches a driver, over the protocol.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use bakeoff_protocol::message::{CheckCase, Reply, Request};

/// Asks a runner of the strategy `name` to hold itself against the kit.
fn check(name: &str) -> Vec<CheckCase> {
    let mut runner = Command::new(env!("CARGO_BIN_EXE_bakeoff-mutants"))
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the runner starts");
    let request = Request::Check {
        services: BTreeMap::new(),
        namespace: String::from("broken"),
        options: BTreeMap::new(),
        seed: 7,
    };
    let mut stdin = runner.stdin.take().expect("a pipe");
    for request in [request, Request::Bye] {
        writeln!(stdin, "{}", serde_json::to_string(&request).expect("JSON")).expect("it reads");
    }
    let stdout = BufReader::new(runner.stdout.take().expect("a pipe"));
    let mut cases = None;
    for line in stdout.lines() {
        let line = line.expect("UTF-8");
        if let Reply::Checked { cases: found } = serde_json::from_str(&line).expect("a reply") {
            cases = Some(found);
        }
    }
    assert!(runner.wait().expect("it ends").success(), "{name}: a broken cache, a sound runner");
    cases.expect("an answer to check")
}

#[test]
fn a_finding_reaches_the_driver() {
    for (name, rule) in [("panics", "get-after-put"), ("pends", "immediate"), ("sound", "")] {
        let cases = check(name);
        let first = cases.iter().find(|case| !case.passed).map_or("", |case| case.name.as_str());
        assert_eq!(first, rule, "{name}: {cases:#?}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_those_that_exist() {
    let output = Command::new(env!("CARGO_BIN_EXE_bakeoff-mutants"))
        .arg("no-such-name")
        .output()
        .expect("the runner starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("hangs") && said.contains("sound"), "{said}");
}
