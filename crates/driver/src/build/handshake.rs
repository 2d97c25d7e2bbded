//! Starts a new runner once, to read the tree id that the runner reports in its `hello`.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_protocol::message::DriverMessage;
use bakeoff_services::process::{self, Child, SpawnOptions};

/// Time limit for the answer of a runner.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// Maximum length of an answer.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// Maximum number of attempts to start a busy executable, 10 ms apart.
const START_ATTEMPTS: usize = 50;

/// Returns the tree id that a runner reports, or the reason why there is none.
pub(super) fn reported_tree(runner: &Path) -> Result<String, String> {
    let mut child = start(runner).map_err(|error| error.to_string())?;
    let (Some(mut stdin), Some(stdout)) = (child.take_stdin(), child.take_stdout()) else {
        return Err("its standard input and output are not connected".to_owned());
    };
    let reader = thread::spawn(move || {
        let mut answer = String::new();
        let read = stdout.take(MAX_ANSWER_BYTES).read_to_string(&mut answer);
        read.map(|_| answer)
    });
    // A write error is ignored, because the runner may answer and end before it has read
    // everything.
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

/// Starts a runner, and tries again while the executable is busy.
///
/// A child process that was just forked can briefly keep the new executable open for writing.
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

/// Returns the tree id in a `hello` message.
///
/// Ignores all other fields, which may differ in a runner of an older tree.
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
