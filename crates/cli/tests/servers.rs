//! Servers that a URL names: passwords stay secret.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Passwords that appear nowhere else, one for each test because tests run at the same time.
const GOOD_PASSWORD: &str = "marker-7Gq2";
const WRONG_PASSWORD: &str = "marker-3Xw9";

/// A workspace with one strategy, a Python script that asks for a Redis and does not use it.
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
        let python = Command::new("python3").arg("--version").output();
        let (Ok(program), Ok(_)) = (bakeoff_services::redis::program(), python) else {
            assert!(std::env::var_os("CI").is_none(), "redis-server or python3 is missing");
            println!("skipped: redis-server or python3 is missing");
            return None;
        };
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
    let child = command.spawn().unwrap();
    let own = format!("/proc/{}/cmdline", child.id());
    let shows = |path: &Path| {
        fs::read(path).is_ok_and(|line| String::from_utf8_lossy(&line).contains(password))
    };
    let started = Instant::now();
    while shows(Path::new(&own)) {
        assert!(started.elapsed() < Duration::from_secs(5), "the process title shows the password");
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
fn assert_secret(root: &TempDir, output: &Output, password: &str) {
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
    assert_secret(&root, &output, GOOD_PASSWORD);
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
        assert_secret(&root, &output, WRONG_PASSWORD);
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
        assert_secret(&root, &output, WRONG_PASSWORD);
    }
}
