//! First start of a new runner: it must answer `hello` and report the tree that it was built from.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_protocol::message::DriverMessage;
use bakeoff_services::process::{self, Child, SpawnOptions};

/// Time that a runner has to answer.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// Upper bound of the answer's length.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Attempts to start a file that is busy, 10 ms apart.
const START_ATTEMPTS: usize = 50;

/// Returns the tree that a runner reports, or why there is none.
pub(super) fn reported_tree(runner: &Path) -> Result<String, String> {
    let mut child = start(runner).map_err(|error| error.to_string())?;
    let (Some(mut stdin), Some(stdout)) = (child.take_stdin(), child.take_stdout()) else {
        return Err("it has no pipes".to_owned());
    };
    let reader = thread::spawn(move || {
        let mut answer = String::new();
        let read = stdout.take(MAX_ANSWER_BYTES).read_to_string(&mut answer);
        read.map(|_| answer)
    });
    // The runner may end before it has read all of it; its answer counts.
    let _ = stdin.write_all(&requests());
    drop(stdin);
    match child.wait_timeout(TIME_LIMIT) {
        Ok(Some(_)) => {}
        Ok(None) => {
            let _ = child.kill();
            return Err(format!("no answer within {} s", TIME_LIMIT.as_secs()));
        }
        Err(error) => return Err(error.to_string()),
    }
    let answer = reader.join().map_err(|_| "its answer cannot be read".to_owned())?;
    tree_in(&answer.map_err(|error| error.to_string())?)
}

/// Starts a runner. A process that was just forked from this one can hold the new file open for
/// writing for a moment; then the start is repeated.
fn start(runner: &Path) -> io::Result<Child> {
    for _ in 0..START_ATTEMPTS {
        let mut command = Command::new(runner);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        match process::spawn(command, SpawnOptions::default()) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
    Err(io::ErrorKind::ExecutableFileBusy.into())
}

fn requests() -> Vec<u8> {
    let requests = [DriverMessage::Hello { protocol: PROTOCOL_VERSION }, DriverMessage::Bye];
    let lines = requests.iter().filter_map(|request| serde_json::to_string(request).ok());
    lines.flat_map(|line| (line + "\n").into_bytes()).collect()
}

/// Reads one field only: the `hello` of a runner from an older tree may differ otherwise.
fn tree_in(answer: &str) -> Result<String, String> {
    let line = answer.lines().next().ok_or("it ended without an answer")?;
    let message: serde_json::Value =
        serde_json::from_str(line).map_err(|_| format!("`{line}` is not a message"))?;
    if message["type"] != "hello" {
        return Err(format!("`{line}` is not a `hello`"));
    }
    Ok(message["tree"].as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hello_reports_a_tree() {
        assert_eq!(tree_in("{\"type\":\"hello\",\"tree\":\"ab\",\"new\":1}\n{}"), Ok("ab".into()));
        assert_eq!(tree_in("{\"type\":\"hello\"}"), Ok(String::new()));
        assert!(tree_in("").is_err());
        assert!(tree_in("panicked").unwrap_err().contains("panicked"));
        assert!(tree_in("{\"type\":\"error\"}").is_err());
    }
}
