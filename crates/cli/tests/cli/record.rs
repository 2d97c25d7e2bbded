//! `bakeoff workload record` with a private Redis server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use bakeoff_test_support::{PrivateRedis, require};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::command_line::{bakeoff, workspace};

/// Sends commands to a server on a Unix socket and waits for each reply.
fn send(socket: &str, commands: &[&str]) {
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    for command in commands {
        stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
        let mut reply = String::new();
        replies.read_line(&mut reply).unwrap();
        assert!(!reply.starts_with('-'), "{command}: {reply}");
        // A value follows the length of a bulk string.
        if reply.starts_with('$') && !reply.starts_with("$-1") {
            replies.read_line(&mut reply).unwrap();
        }
    }
}

#[test]
fn requests_are_recorded_with_hashed_keys() {
    let Some(server) = require(PrivateRedis { maxmemory: 0 }) else { return };
    let root = workspace();
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_bakeoff"))
        .args(["workload", "record", server.address(), "--seconds", "600"])
        .args(["--output", "requests.jsonl"])
        .current_dir(root.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(recorder.stderr.take().unwrap()).lines();
    let first = messages.next().unwrap().unwrap();
    assert!(first.contains("MONITOR slows the server down"), "{first}");
    let socket = server.address().strip_prefix("unix://").unwrap();
    send(socket, &["SET session:1 hello", "EXPIRE session:1 60", "GET session:1", "PING", "DEL a"]);
    let pid = recorder.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert!(recorder.wait().unwrap().success());
    let rest: Vec<String> = messages.map(Result::unwrap).collect();
    assert!(rest[0].contains("recorded 3 requests"), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("1 × command PING")), "{rest:?}");

    let text = fs::read_to_string(root.path().join("requests.jsonl")).unwrap();
    assert!(!text.contains("session"), "a key is readable: {text}");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| &line["op"]).collect::<Vec<_>>(), ["set", "get", "delete"]);
    assert_eq!((&lines[0]["size"], &lines[0]["ttl"]), (&5.into(), &60.0.into()));
    assert_eq!(lines[0]["key"], lines[1]["key"]);
    bakeoff(&root)
        .args(["workload", "import", "requests.jsonl", "--json"])
        .assert()
        .success()
        .stdout(contains("\"unique_keys\":2").and(contains("\"part\":\"ttl\"")));
    // A recording never replaces a file.
    bakeoff(&root)
        .args(["workload", "record", server.address(), "--seconds", "1"])
        .args(["--output", "requests.jsonl"])
        .assert()
        .code(2)
        .stderr(contains("requests.jsonl"));
}

#[test]
fn the_output_is_created_before_the_server_is_contacted() {
    let root = workspace();
    let record = |output: &str| {
        let mut command = bakeoff(&root);
        command.args(["workload", "record", "unix:///no/server", "--seconds", "1"]);
        command.args(["--output", output]).assert().code(2)
    };
    record("no/folder.jsonl").stderr(contains("folder.jsonl"));
    record("requests.jsonl").stderr(contains("/no/server"));
    assert!(!root.path().join("requests.jsonl").exists());
}
