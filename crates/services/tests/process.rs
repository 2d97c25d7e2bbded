//! Processes end with their owner. This program has no test harness, because it runs itself again
//! as a supervisor and as a parent that is killed.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use bakeoff_services::process::{self, Child, Signal, SpawnOptions};

/// Time limit for the end of a process.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    if let Some(code) = process::supervise_if_asked() {
        return code;
    }
    if std::env::args().nth(1).as_deref() == Some("be-parent") {
        return run_as_parent();
    }
    let cases: [(&str, fn()); 9] = [
        ("dropping a child ends its group", dropping_ends_the_group),
        ("the end of a leader ends its group", the_leader_ends_the_group),
        ("waiting has a limit", waiting_has_a_limit),
        ("a missing program is an error", a_missing_program_is_an_error),
        ("a supervised command keeps its exit code and its pipes", exit_codes_and_pipes_are_kept),
        (
            "a supervised command that cannot start exits with 127",
            a_command_that_cannot_start_exits_with_127,
        ),
        (
            "the end of a command ends processes that left its session",
            the_end_of_the_command_ends_detached_processes,
        ),
        (
            "stopping a supervised command ends processes that left its session",
            a_stop_signal_ends_detached_processes,
        ),
        ("kill -9 of the parent ends everything", killing_the_parent_ends_everything),
    ];
    // Arguments select cases by name, as in the usual test harness.
    let selected: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for (name, case) in cases {
        if selected.is_empty() || selected.iter().any(|word| name.contains(word.as_str())) {
            case();
            println!("ok: {name}");
        }
    }
    ExitCode::SUCCESS
}

/// Returns a shell script that starts two `sleep` processes and prints their ids. The second one is
/// in its own session, and its parent has ended.
fn script(then: &str) -> String {
    format!(
        "sleep 300 & echo $!; flag=$(mktemp -u); \
         (flag=$flag setsid sh -c 'echo $$; : >$flag; exec sleep 300' >&3 &) 3>&1; \
         until [ -e $flag ]; do sleep 0.01; done; rm $flag; echo end; {then}"
    )
}

fn shell(mut command: Command, script: &str, options: SpawnOptions) -> (Child, Vec<u32>) {
    command.args(["-c", script]).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = process::spawn(command, options).expect("starts");
    let pids = numbers(BufReader::new(child.take_stdout().expect("piped")));
    (child, pids)
}

fn numbers(lines: impl BufRead) -> Vec<u32> {
    let lines = lines.lines().map(|line| line.expect("readable"));
    lines.take_while(|line| line != "end").map(|line| line.parse().expect("a number")).collect()
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn assert_gone_soon(pids: &[u32]) {
    let started = Instant::now();
    while pids.iter().any(|&pid| alive(pid)) {
        assert!(started.elapsed() < TIMEOUT, "still alive among {pids:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn dropping_ends_the_group() {
    let script = "sleep 300 & echo $!; echo end; wait";
    let (child, mut pids) = shell(Command::new("sh"), script, SpawnOptions::default());
    pids.push(child.pid());
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|&pid| alive(pid)));
    drop(child);
    assert_gone_soon(&pids);
}

fn the_leader_ends_the_group() {
    let script = "sleep 300 >/dev/null & echo $!; echo end; exit 3";
    let (mut child, pids) = shell(Command::new("sh"), script, SpawnOptions::default());
    assert_eq!(child.wait().expect("waited").code(), Some(3));
    assert_eq!(pids.len(), 1);
    assert_gone_soon(&pids);
    assert_eq!(child.kill().expect("already ended").code(), Some(3));
}

fn waiting_has_a_limit() {
    let mut command = Command::new("sleep");
    command.arg("300");
    let mut child = process::spawn(command, SpawnOptions::default()).expect("starts");
    assert_eq!(child.wait_timeout(Duration::from_millis(20)).expect("waited"), None);
    child.signal_group(Signal::TERM).expect("sent");
    assert!(child.wait_timeout(TIMEOUT).expect("waited").is_some_and(|s| !s.success()));
}

fn a_missing_program_is_an_error() {
    let error = process::spawn(Command::new("/no/such/program"), SpawnOptions::default());
    assert_eq!(error.expect_err("missing").kind(), std::io::ErrorKind::NotFound);
}

fn exit_codes_and_pipes_are_kept() {
    let mut command = process::supervised("sh").expect("path known");
    command.args(["-c", "read word; echo got $word; exit 7"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = process::spawn(command, SpawnOptions::supervised()).expect("starts");
    child.take_stdin().expect("piped").write_all(b"this\n").expect("written");
    let mut printed = String::new();
    child.take_stdout().expect("piped").read_to_string(&mut printed).expect("read");
    assert_eq!(printed, "got this\n");
    assert_eq!(child.wait().expect("waited").code(), Some(7));

    let (mut child, _) = shell(
        process::supervised("sh").expect("path known"),
        "echo end; kill -11 $$",
        SpawnOptions::supervised(),
    );
    assert_eq!(child.wait().expect("waited").code(), Some(128 + 11));
}

fn a_command_that_cannot_start_exits_with_127() {
    let mut command = process::supervised("/no/such/program").expect("path known");
    command.stderr(Stdio::piped());
    let mut child = process::spawn(command, SpawnOptions::supervised()).expect("starts");
    let mut printed = String::new();
    child.take_stderr().expect("piped").read_to_string(&mut printed).expect("read");
    assert_eq!(child.wait().expect("waited").code(), Some(127));
    assert!(printed.contains("/no/such/program"), "{printed}");
}

fn the_end_of_the_command_ends_detached_processes() {
    let supervised = process::supervised("sh").expect("path known");
    let (mut child, pids) = shell(supervised, &script("exit 4"), SpawnOptions::supervised());
    assert_eq!(pids.len(), 2);
    assert_eq!(child.wait().expect("waited").code(), Some(4));
    // The supervisor ends last.
    assert!(!pids.iter().any(|&pid| alive(pid)));
}

fn a_stop_signal_ends_detached_processes() {
    let supervised = process::supervised("sh").expect("path known");
    let (mut child, pids) = shell(supervised, &script("sleep 300"), SpawnOptions::supervised());
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|&pid| alive(pid)));
    // Supervisor, shell and both sleepers; some shells fork once more for the last command.
    assert!(process::usage(child.pid()).expect("known").processes >= 4);
    assert_eq!(child.kill().expect("stopped").code(), Some(128 + 15));
    assert!(!pids.iter().any(|&pid| alive(pid)));
}

/// Starts a supervised tree and a plain child from threads that end, prints their ids, and waits to
/// be killed.
fn run_as_parent() -> ExitCode {
    let tree = std::thread::spawn(|| {
        let supervised = process::supervised("sh").expect("path known");
        shell(supervised, &script("sleep 300"), SpawnOptions::supervised())
    });
    let plain = std::thread::spawn(|| {
        shell(Command::new("sh"), "echo end; exec sleep 300", SpawnOptions::default())
    });
    let (tree, mut pids) = tree.join().expect("started");
    let (plain, _) = plain.join().expect("started");
    pids.extend([tree.pid(), plain.pid()]);
    // A server, if installed, ends with this process too.
    let server = bakeoff_services::RedisServer::start(0).ok();
    pids.extend(server.as_ref().and_then(bakeoff_services::RedisServer::pid));
    let database = bakeoff_services::PostgresServer::start().ok();
    let postmaster = database.as_ref().and_then(bakeoff_services::PostgresServer::pid);
    pids.extend(postmaster);
    // PostgreSQL's processes lead their own sessions.
    pids.extend(postmaster.into_iter().flat_map(children));
    for pid in pids {
        println!("{pid}");
    }
    println!("end");
    std::thread::sleep(Duration::from_secs(300));
    drop((tree, plain, server, database));
    ExitCode::SUCCESS
}

fn children(pid: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let listed = listed.unwrap_or_default();
    listed.split_whitespace().map(|pid| pid.parse().expect("a number")).collect()
}

fn killing_the_parent_ends_everything() {
    let mut parent = Command::new(std::env::current_exe().expect("path known"))
        .arg("be-parent")
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let pids = numbers(BufReader::new(parent.stdout.take().expect("piped")));
    assert!(pids.len() >= 4);
    std::thread::sleep(Duration::from_millis(50));
    // The processes outlive the threads that started them.
    assert!(pids.iter().all(|&pid| alive(pid)), "{pids:?}");
    parent.kill().expect("killed");
    parent.wait().expect("reaped");
    assert_gone_soon(&pids);
}
