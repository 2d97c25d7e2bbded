//! The two ends of the protocol: lines from stdin, replies to what was stdout.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::process;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bakeoff_protocol::message::{Reply, Request};

/// The sending end, shared with the heartbeat.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Arc<Mutex<File>>);

impl Wire {
    /// Takes stdout for the protocol alone: whatever else is printed there goes to stderr from now
    /// on, so that a strategy that prints cannot break a line.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn claim_stdout() -> io::Result<Self> {
        let own = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(Self(Arc::new(Mutex::new(File::from(own)))))
    }

    /// Sends one reply. A driver that no longer listens ends the runner.
    pub(crate) fn send(&self, reply: &Reply) {
        let mut line = match serde_json::to_vec(reply) {
            Ok(line) => line,
            Err(error) => {
                eprintln!("a reply could not be written as JSON: {error}");
                process::exit(1)
            }
        };
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if file.write_all(&line).is_err() {
            process::exit(1);
        }
    }
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Inbox(Receiver<Result<Request, String>>);

impl Inbox {
    /// Reads stdin on a thread of its own, so that its end is noticed in the middle of a trial.
    pub(crate) fn open() -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || listen(&sender));
        Self(receiver)
    }

    /// The next message, or what is wrong with it; `None` once there will be no other.
    pub(crate) fn next(&self) -> Option<Result<Request, String>> {
        self.0.recv().ok()
    }
}

/// Ends the process when stdin ends, unless a `bye` is still to be answered: a driver that is gone
/// wants nothing more, one that piped its whole session in wants the rest of it.
fn listen(sender: &Sender<Result<Request, String>>) {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => process::exit(0),
            Ok(_) => {}
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let message = serde_json::from_slice(line.trim_ascii()).map_err(|error| {
            format!("not a message of this protocol: {error} in {}", excerpt(&line))
        });
        let last = matches!(message, Ok(Request::Bye));
        if sender.send(message).is_err() || last {
            return;
        }
    }
}

fn excerpt(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.trim_ascii());
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
