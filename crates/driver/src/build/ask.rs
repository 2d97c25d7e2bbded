//! Asking a new runner for the tree that it was built from: the receipt that it starts, and that
//! it is not another tree's.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use bakeoff_protocol::PROTOCOL_VERSION;
use bakeoff_protocol::message::Request;
use bakeoff_services::process::{self, Child, SpawnOptions};

/// How long a runner has to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// No `hello` is longer.
const LONGEST_ANSWER_BYTES: u64 = 1 << 20;

/// The tree in a runner's `hello`; else why there is none.
pub(super) fn tree_of(runner: &Path) -> Result<String, String> {
    let mut child = start(runner).map_err(|error| error.to_string())?;
    let (Some(mut stdin), Some(stdout)) = (child.take_stdin(), child.take_stdout()) else {
        return Err("it has no pipes".to_owned());
    };
    let reader = thread::spawn(move || {
        let mut answer = String::new();
        let read = stdout.take(LONGEST_ANSWER_BYTES).read_to_string(&mut answer);
        read.map(|_| answer)
    });
    // It may end before it has read everything; what it said counts.
    let _ = stdin.write_all(&questions());
    drop(stdin);
    match child.wait_timeout(PATIENCE) {
        Ok(Some(_)) => {}
        Ok(None) => {
            let _ = child.kill();
            return Err(format!("nothing within {} s", PATIENCE.as_secs()));
        }
        Err(error) => return Err(error.to_string()),
    }
    let answer = reader.join().map_err(|_| "its answer could not be read".to_owned())?;
    tree_in(&answer.map_err(|error| error.to_string())?)
}

/// Starts it, waiting while another process that was just forked from us still holds the file
/// open for writing.
fn start(runner: &Path) -> io::Result<Child> {
    for _ in 0..50 {
        let mut command = Command::new(runner);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        match process::spawn(command, SpawnOptions::default()) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(10));
            }
            answer => return answer,
        }
    }
    Err(io::ErrorKind::ExecutableFileBusy.into())
}

fn questions() -> Vec<u8> {
    let questions = [Request::Hello { protocol: PROTOCOL_VERSION }, Request::Bye];
    let lines = questions.iter().filter_map(|question| serde_json::to_string(question).ok());
    lines.flat_map(|line| (line + "\n").into_bytes()).collect()
}

/// Reads no more than the one field: a runner of an older tree may say other things in its
/// `hello` than we know.
fn tree_in(answer: &str) -> Result<String, String> {
    let line = answer.lines().next().ok_or("it ended without a word")?;
    let message: serde_json::Value =
        serde_json::from_str(line).map_err(|_| format!("`{line}` is not a message"))?;
    if message["type"] != "hello" {
        return Err(format!("`{line}`"));
    }
    Ok(message["tree"].as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hello_names_a_tree() {
        assert_eq!(tree_in("{\"type\":\"hello\",\"tree\":\"ab\",\"new\":1}\n{}"), Ok("ab".into()));
        assert_eq!(tree_in("{\"type\":\"hello\"}"), Ok(String::new()));
        assert!(tree_in("").is_err());
        assert!(tree_in("panicked").unwrap_err().contains("panicked"));
        assert!(tree_in("{\"type\":\"error\"}").is_err());
    }
}
