//! Servers given by a URL: passwords stay secret, and keys of other owners are safe.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_test_support::{Program, require};
use tempfile::TempDir;

/// Passwords that appear nowhere else, one for each test because tests run at the same time.
const GOOD_PASSWORD: &str = "marker-7Gq2";
const WRONG_PASSWORD: &str = "marker-3Xw9";

/// Creates a workspace with one strategy, a Python script that requires Redis and does not use it.
fn workspace() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.path().join("variants/py-lru");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::create_dir(root.path().join("scenarios")).unwrap();
    fs::copy(ours.join("scenarios/smoke.toml"), root.path().join("scenarios/smoke.toml")).unwrap();
    fs::copy(ours.join("crates/runner/tests/python/runner.py"), folder.join("runner.py")).unwrap();
    let write = |path: &str, text: &str| fs::write(root.path().join(path), text).unwrap();
    write("Cargo.toml", "[workspace]\nmembers = [\"variants/*\"]\n");
    write(
        "variants/py-lru/Cargo.toml",
        "[package]\nname = \"bakeoff-variant-py-lru\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    write("variants/py-lru/src/lib.rs", "//! The strategy is a script.\n");
    write(
        "variants/py-lru/variant.toml",
        "title = \"OrderedDict\"\nsummary = \"least recently used, in Python\"\n\
         services = [\"redis\"]\n[command]\nrun = [\"python3\", \"runner.py\"]\n",
    );
    root
}

/// A Redis server of this test on a TCP port.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts a server; `None` if Redis or Python is not installed.
    fn start(arguments: &[&str]) -> Option<Self> {
        let program = require(Program("redis-server"))?;
        require(Program("python3"))?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "redis-server does not answer");
            thread::sleep(Duration::from_millis(5));
        }
        Some(Self { process, port })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn explore(root: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
    command
        .current_dir(root.path())
        .args(["explore", "--in-place", "--name", "x", "--scenarios", "smoke", "--rounds", "1"])
        .args(["--variants", r#"{"py-lru":"r"}"#])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars() {
        if name.starts_with("BAKEOFF_") || matches!(name.as_ref(), "REDIS_URL" | "DATABASE_URL") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end and asserts that no process shows the password, once the command has
/// had time to hide its own arguments.
fn run_with_hidden_arguments(mut command: Command, password: &str) -> Output {
    let mut child = command.spawn().unwrap();
    let own = format!("/proc/{}/cmdline", child.id());
    let started = Instant::now();
    loop {
        let line = fs::read(&own).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        let replaced = line.contains("explore") && !line.contains(password);
        if replaced || child.try_wait().unwrap().is_some() {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(9), "the process title is {line}");
        thread::sleep(Duration::from_millis(1));
    }
    let waiting = thread::spawn(move || child.wait_with_output().unwrap());
    while !waiting.is_finished() {
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let path = process.path().join("cmdline");
            let line = fs::read(&path).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            assert!(!line.contains(password) || line.contains("requirepass"), "{line}");
        }
        thread::sleep(Duration::from_millis(20));
    }
    waiting.join().unwrap()
}

/// Asserts that the password is in no output and in no file of the workspace.
fn assert_not_leaked(root: &TempDir, output: &Output, password: &str) {
    let terminal = [&*output.stdout, &*output.stderr].concat();
    let terminal = String::from_utf8_lossy(&terminal).into_owned();
    assert!(!terminal.contains(password), "{terminal}");
    let mut folders = vec![root.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read(&path).unwrap();
            let found = text.windows(password.len()).any(|part| part == password.as_bytes());
            assert!(!found, "{} contains the password", path.display());
        }
    }
}

#[test]
fn a_password_is_in_no_output_of_a_run_that_succeeds() {
    let Some(server) = Server::start(&["--requirepass", GOOD_PASSWORD]) else { return };
    let root = workspace();
    let url = format!("redis://:{GOOD_PASSWORD}@127.0.0.1:{}", server.port);
    let output = run_with_hidden_arguments(explore(&root, &["--redis-url", &url]), GOOD_PASSWORD);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_not_leaked(&root, &output, GOOD_PASSWORD);
    let summary = fs::read_to_string(root.path().join("results/x/summary.md")).unwrap();
    let hint = format!("set REDIS_URL to redis://127.0.0.1:{} with its password", server.port);
    assert!(summary.contains(&hint), "{summary}");
}

#[test]
fn a_password_is_in_no_output_of_a_run_that_fails() {
    let Some(server) = Server::start(&["--requirepass", "another"]) else { return };
    let urls = [
        format!("redis://:{WRONG_PASSWORD}@127.0.0.1:{}", server.port),
        format!("redis://:{WRONG_PASSWORD}@127.0.0.1:1"),
        format!("redis://:{WRONG_PASSWORD}@nosuch.invalid"),
        format!("rediss://u:{WRONG_PASSWORD}@127.0.0.1:1"),
        format!("redis://:{WRONG_PASSWORD}"),
        format!("redis://u:x?{WRONG_PASSWORD}@127.0.0.1"),
        format!("unix:///tmp/none?pass={WRONG_PASSWORD}"),
        format!(":{WRONG_PASSWORD}@127.0.0.1"),
    ];
    for url in &urls {
        let root = workspace();
        let output = run_with_hidden_arguments(
            explore(&root, &[&format!("--redis-url={url}")]),
            WRONG_PASSWORD,
        );
        assert!(!output.status.success(), "{url}");
        assert_not_leaked(&root, &output, WRONG_PASSWORD);
    }
    for url in ["postgresql://u:P@127.0.0.1:1/x", "postgres://u:P@h:x/x", "u:P@h/x"] {
        let root = workspace();
        let manifest = root.path().join("variants/py-lru/variant.toml");
        let text = fs::read_to_string(&manifest).unwrap().replace("redis\"", "postgres\"");
        fs::write(&manifest, text).unwrap();
        let url = url.replace('P', WRONG_PASSWORD);
        let output =
            run_with_hidden_arguments(explore(&root, &["--database-url", &url]), WRONG_PASSWORD);
        assert!(!output.status.success(), "{url}");
        assert_not_leaked(&root, &output, WRONG_PASSWORD);
    }
}

/// Sends inline commands and returns the last reply line.
fn redis(server: &Server, commands: &[String]) -> String {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut writer = BufWriter::new(stream);
    for command in commands {
        writer.write_all(command.as_bytes()).unwrap();
        writer.write_all(b"\r\n").unwrap();
    }
    writer.flush().unwrap();
    let mut line = String::new();
    for _ in commands {
        line.clear();
        lines.read_line(&mut line).unwrap();
    }
    line.trim().to_owned()
}

fn dbsize(server: &Server) -> String {
    redis(server, &[String::from("DBSIZE")])
}

#[test]
fn a_server_that_would_evict_the_keys_of_others_is_refused() {
    let limit = ["--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"];
    let Some(server) = Server::start(&limit) else { return };
    let keys: Vec<String> = (0..10_251).map(|key| format!("SET theirs:{key} x")).collect();
    redis(&server, &keys);
    assert_eq!(dbsize(&server), ":10251");
    let url = format!("redis://127.0.0.1:{}", server.port);
    let root = workspace();
    let refused = explore(&root, &["--redis-url", &url]).output().unwrap();
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("10251 keys") && message.contains("--allow-eviction"), "{message}");
    assert!(!root.path().join("results").exists());
    for command in
        [&["check", "py-lru"][..], &["replay", "py-lru", "--scenario", "smoke", "--capacity", "9"]]
    {
        let mut bakeoff = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
        let refused =
            bakeoff.current_dir(root.path()).args(command).env("REDIS_URL", &url).output();
        assert_eq!(refused.unwrap().status.code(), Some(2), "{command:?}");
    }
    assert_eq!(dbsize(&server), ":10251");
    let allowed = explore(&root, &["--redis-url", &url, "--allow-eviction"]).output().unwrap();
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));
}

#[test]
fn keys_of_others_that_disappear_during_a_run_fail_it() {
    let Some(server) = Server::start(&[]) else { return };
    redis(&server, &[String::from("SET theirs:1 x"), String::from("SET theirs:2 x")]);
    let url = format!("redis://127.0.0.1:{}", server.port);
    let root = workspace();
    let child = explore(&root, &["--redis-url", &url]).spawn().unwrap();
    let record = root.path().join("results/x/exploration.json");
    let started = Instant::now();
    while !record.exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "the run does not begin");
        thread::sleep(Duration::from_millis(5));
    }
    redis(&server, &[String::from("DEL theirs:1")]);
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("lost keys that are not ours: 2 before the run, 1 after"),
        "{message}"
    );
    assert!(record.exists(), "the samples are kept");
}
