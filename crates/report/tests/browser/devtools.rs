//! Client of the Chrome DevTools protocol over a pair of pipes.
//!
//! With `--remote-debugging-pipe`, Chromium reads messages from descriptor 3 and writes answers and
//! events to descriptor 4. A message is a JSON text that ends with a zero byte. Protocol:
//! <https://chromedevtools.github.io/devtools-protocol/>.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Time limit of one answer on a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Connection to a browser.
pub struct DevTools {
    input: ChildStdin,
    output: Receiver<Value>,
    last_id: u64,
    /// Events that no caller has taken yet.
    events: Vec<Value>,
}

impl DevTools {
    /// Connects to a browser over its pipes.
    pub fn new(input: ChildStdin, output: ChildStdout) -> Self {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let Ok(message) = message else { return };
                let parsed = serde_json::from_slice(&message).unwrap();
                if sender.send(parsed).is_err() {
                    return;
                }
            }
        });
        Self { input, output: receiver, last_id: 0, events: Vec::new() }
    }

    /// Calls a method, of a page if `session` names one, and returns its result.
    pub fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(message.to_string().as_bytes()).unwrap();
        self.input.write_all(&[0]).unwrap();
        loop {
            let received = self.output.recv_timeout(TIMEOUT);
            let mut received = received.unwrap_or_else(|error| panic!("{method}: {error}"));
            if received["id"] == json!(self.last_id) {
                assert!(received["error"].is_null(), "{method}: {}", received["error"]);
                return received["result"].take();
            }
            self.events.push(received);
        }
    }

    /// Takes the events of a page that have arrived so far.
    pub fn take_events(&mut self, session: &str) -> Vec<Value> {
        self.events.extend(self.output.try_iter());
        self.events.extract_if(.., |event| event["sessionId"] == json!(session)).collect()
    }
}
