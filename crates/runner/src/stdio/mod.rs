//! Standard input and output of the runner: reads messages from stdin and writes messages to
//! stdout.

pub(crate) mod handshake;
pub(crate) mod heartbeat;

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bakeoff_protocol::message::{DriverMessage, RunnerMessage};

use crate::failure::Failure;

/// Error of sending a message: the driver cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("cannot send a message to the driver: {0}")]
pub(crate) struct SendError(#[from] io::Error);

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        Self::Runner(error.to_string())
    }
}

/// Writer of messages to stdout, shared with the heartbeat.
#[derive(Clone, Debug)]
pub(crate) struct MessageWriter(Arc<Mutex<File>>);

impl MessageWriter {
    /// Reserves stdout for the messages of the protocol.
    ///
    /// From now on, everything else printed to stdout goes to stderr, so that a strategy that
    /// prints cannot corrupt a message.
    ///
    /// # Errors
    /// The error of the system if stdout cannot be redirected.
    pub(crate) fn claim_stdout() -> io::Result<Self> {
        let own = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(Self(Arc::new(Mutex::new(File::from(own)))))
    }

    /// Writes one message as a line of JSON.
    ///
    /// # Errors
    /// [`SendError`] if the driver no longer reads.
    pub(crate) fn send(&self, message: &RunnerMessage) -> Result<(), SendError> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::from)?;
        line.push(b'\n');
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?;
        Ok(())
    }
}

/// Reader of messages from stdin.
#[derive(Debug)]
pub(crate) struct MessageReader(Receiver<Result<DriverMessage, String>>);

impl MessageReader {
    /// Starts a thread that reads stdin.
    ///
    /// The thread calls `on_end` when stdin ends without a `bye`, even during a trial, because the
    /// driver has then ended.
    pub(crate) fn open(on_end: impl FnOnce() + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            if forward_lines(&sender) == InputEnd::Input {
                on_end();
            }
        });
        Self(receiver)
    }

    /// Returns the next message, or the reason why a line is not a message; `None` after the last
    /// message.
    pub(crate) fn next(&self) -> Option<Result<DriverMessage, String>> {
        self.0.recv().ok()
    }
}

/// Reason why no more messages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InputEnd {
    /// Stdin has ended.
    Input,
    /// The message `bye` was read, or the receiver was dropped.
    Session,
}

fn forward_lines(sender: &Sender<Result<DriverMessage, String>>) -> InputEnd {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return InputEnd::Input,
            Ok(_) => {}
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let message = serde_json::from_slice(line.trim_ascii())
            .map_err(|error| format!("cannot parse message {}: {error}", excerpt(&line)));
        let is_last = matches!(message, Ok(DriverMessage::Bye));
        if sender.send(message).is_err() || is_last {
            return InputEnd::Session;
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
