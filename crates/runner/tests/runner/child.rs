//! Runner as a child process, with the driver's side of the protocol.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use bakeoff_protocol::message::{
    DriverMessage, RunnerErrorKind, RunnerMessage, TrialCommand, TrialEnvironment,
};
use bakeoff_protocol::{Capacity, Load, Meter, TrialReport, TrialSpec, Window};

/// Runner as a child process, which is killed at the end of the test.
pub(crate) struct Runner {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Runner {
    /// Starts the synchronous test strategy.
    pub(crate) fn sync() -> Self {
        Self::start(test_strategy("sync"))
    }

    /// Starts the asynchronous test strategy.
    pub(crate) fn asynchronous() -> Self {
        Self::start(test_strategy("async"))
    }

    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self { child, stdin, stdout }
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        writeln!(stdin, "{line}").expect("the runner listens");
        stdin.flush().expect("the runner listens");
    }

    pub(crate) fn send(&mut self, request: &DriverMessage) {
        self.send_line(&serde_json::to_string(request).expect("messages are JSON"));
    }

    /// Receives the next message other than `progress`.
    pub(crate) fn receive(&mut self) -> RunnerMessage {
        loop {
            let message = self.receive_any();
            if !matches!(message, RunnerMessage::Progress { .. }) {
                return message;
            }
        }
    }

    fn receive_any(&mut self) -> RunnerMessage {
        let mut line = String::new();
        let bytes = self.stdout.read_line(&mut line).expect("the runner's stdout is text");
        assert!(bytes > 0, "the runner ended without a message");
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("not a message: {line:?}: {error}"))
    }

    /// Waits until the runner reports at least `requests` finished requests. Returns the reported
    /// number.
    pub(crate) fn wait_for_progress(&mut self, requests: u64) -> u64 {
        loop {
            match self.receive_any() {
                RunnerMessage::Progress { done, .. } if done >= requests => return done,
                RunnerMessage::Progress { .. } => {}
                other => panic!("{other:?} before {requests} requests"),
            }
        }
    }

    pub(crate) fn ask(&mut self, request: &DriverMessage) -> RunnerMessage {
        self.send(request);
        self.receive()
    }

    /// Runs a trial until its `sample` or an error.
    pub(crate) fn trial(
        &mut self,
        request: TrialCommand,
    ) -> Result<TrialReport, (RunnerErrorKind, String)> {
        match self.ask(&DriverMessage::Trial(Box::new(request))) {
            RunnerMessage::Ready => {}
            RunnerMessage::Error { kind, message } => return Err((kind, message)),
            other => panic!("{other:?} instead of ready"),
        }
        match self.ask(&DriverMessage::Go) {
            RunnerMessage::Sample(report) => Ok(*report),
            RunnerMessage::Error { kind, message } => Err((kind, message)),
            other => panic!("{other:?} instead of a sample"),
        }
    }

    /// Waits until the runner ends by itself.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("the runner is our child")
    }

    /// Closes stdin and waits until the runner ends.
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        self.stdin = None;
        self.child.wait().expect("the runner is our child")
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // The runner may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the command of a test strategy: `sync`, `async` or `moka`.
pub(crate) fn test_strategy(which: &str) -> Command {
    let mut command = example("test_strategies");
    command.env("BAKEOFF_TEST_STRATEGY", which);
    command
}

/// Returns the command of an example, which cargo builds with the tests.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("this test has a path");
    let profile: PathBuf = test.ancestors().nth(2).expect("tests are in deps").to_owned();
    Command::new(profile.join("examples").join(name))
}

/// Creates a hit-ratio trial with one worker and one request in flight.
pub(crate) fn hit_ratio(workload: &Path, entries: u64) -> TrialCommand {
    let (names, capacity) = (("lru", "s", "w"), Capacity::Entries(entries));
    TrialCommand {
        spec: TrialSpec::new(names, Meter::HitRatio, capacity, Load::ONE, 1),
        environment: TrialEnvironment {
            workload_path: workload.to_owned(),
            namespace: String::from("test"),
            ..TrialEnvironment::default()
        },
    }
}

/// Sets the measured window of a trial and its warm-up.
pub(crate) fn measure(
    command: &mut TrialCommand,
    (start, length): (u64, u64),
    warmup_requests: u64,
    min_measured_ns: u64,
) {
    command.spec.window = Some(Window { start, length });
    command.spec.warmup_requests = warmup_requests;
    command.spec.min_measured_ns = min_measured_ns;
}

/// Creates a hit-ratio trial of a test strategy that has a fault from call `at` of `get` on.
pub(crate) fn faulty(workload: &Path, fault: &str, at: u64) -> TrialCommand {
    let mut request = hit_ratio(workload, 10);
    request.environment.options.insert(String::from("fault"), fault.to_owned());
    request.environment.options.insert(String::from("at"), at.to_string());
    request
}
