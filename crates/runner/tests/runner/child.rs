//! A runner as a child process, and a driver's side of the conversation.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use bakeoff_protocol::message::{ErrorKind, Reply, Request};
use bakeoff_protocol::trial::{Capacity, Load, Meter, TrialReport, TrialRequest};

/// A runner that is killed when the test is over.
pub(crate) struct Runner {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Runner {
    /// The in-process specimen.
    pub(crate) fn specimen() -> Self {
        Self::start(specimen_command("immediate"))
    }

    /// The specimen whose futures pend.
    pub(crate) fn awaited() -> Self {
        Self::start(specimen_command("awaited"))
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

    pub(crate) fn send(&mut self, request: &Request) {
        self.send_line(&serde_json::to_string(request).expect("messages are JSON"));
    }

    /// The next reply that is no progress.
    pub(crate) fn receive(&mut self) -> Reply {
        loop {
            let mut line = String::new();
            let bytes = self.stdout.read_line(&mut line).expect("the runner's stdout is text");
            assert!(bytes > 0, "the runner ended without a reply");
            let reply = serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("{line:?} is no reply: {error}"));
            if !matches!(reply, Reply::Progress { .. }) {
                return reply;
            }
        }
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Reply {
        self.send(request);
        self.receive()
    }

    /// A trial from `trial` to its `sample`, or to its error.
    pub(crate) fn trial(
        &mut self,
        request: TrialRequest,
    ) -> Result<TrialReport, (ErrorKind, String)> {
        match self.ask(&Request::Trial(Box::new(request))) {
            Reply::Ready => {}
            Reply::Error { kind, message } => return Err((kind, message)),
            other => panic!("{other:?} instead of ready"),
        }
        match self.ask(&Request::Go) {
            Reply::Sample(report) => Ok(*report),
            Reply::Error { kind, message } => Err((kind, message)),
            other => panic!("{other:?} instead of a sample"),
        }
    }

    /// Waits for an end that the runner comes to by itself.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("the runner is our child")
    }

    /// Closes stdin and waits for the end.
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        self.stdin = None;
        self.child.wait().expect("the runner is our child")
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The specimen that behaves as `which` says.
pub(crate) fn specimen_command(which: &str) -> Command {
    let mut command = example("specimen");
    command.env("BAKEOFF_SPECIMEN", which);
    command
}

/// An example, which cargo builds beside the tests.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("this test has a path");
    let profile: PathBuf = test.ancestors().nth(2).expect("tests lie in deps").to_owned();
    Command::new(profile.join("examples").join(name))
}

/// A hit-ratio trial with one worker and one request in flight.
pub(crate) fn hit_ratio(workload: &Path, entries: u64) -> TrialRequest {
    TrialRequest {
        meter: Meter::HitRatio,
        workload: workload.to_owned(),
        capacity: Capacity::Entries(entries),
        load: Load::ONE,
        seed: 1,
        namespace: String::from("test"),
        services: Default::default(),
        options: Default::default(),
        section: None,
        limit: None,
        warmup: 0,
        weigh_bytes: false,
        rate: None,
        setting: None,
    }
}

/// The same with a specimen that misbehaves.
pub(crate) fn faulty(workload: &Path, fault: &str, at: u64) -> TrialRequest {
    let mut request = hit_ratio(workload, 10);
    request.options.insert(String::from("fault"), fault.to_owned());
    request.options.insert(String::from("at"), at.to_string());
    request
}
