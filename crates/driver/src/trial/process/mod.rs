//! One runner process as the driver sees it: started, asked, watched, ended.

mod error;
mod launch;
mod lines;
mod log;
mod memory;

use std::io::Write;
use std::path::Path;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bakeoff_protocol::message::{CheckCase, DriverMessage, Hello, RunnerMessage, TrialCommand};
use bakeoff_protocol::{PROTOCOL_VERSION, TrialReport};
use bakeoff_services::process::{Child, SpawnOptions, spawn};

pub use error::RunnerError;
pub use launch::Launch;

use crate::interrupt::Interrupt;
use lines::{Line, LineReader};
use log::Log;
use memory::MemoryWatch;

/// How long a runner may take, and how much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For an answer that takes no work: `hello`, `plan`, `bye`.
    pub answer: Duration,
    /// Between two messages while it works; a runner that works says `progress` now and then.
    pub silence: Duration,
    /// When the variant's whole time is over.
    pub deadline: Instant,
    /// Anonymous resident bytes of the runner and its descendants.
    pub memory_bytes: Option<u64>,
    /// Pause between two looks at memory, deadline and ctrl-C.
    pub poll: Duration,
}

/// What two pipes and a process id make: a runner.
#[derive(Debug)]
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    replies: Receiver<Line>,
    log: Log,
    memory: MemoryWatch,
    limits: Limits,
    interrupt: Interrupt,
    /// Requests done, as the last `progress` said.
    done: Option<u64>,
    started: Instant,
}

impl Client {
    /// Starts a runner in a process group of its own that dies with us. What it writes to
    /// stderr goes to `log`, under `heading`.
    ///
    /// # Errors
    /// [`RunnerError::Start`] if the process cannot be started.
    pub fn start(
        launch: &Launch,
        log: &Path,
        heading: &str,
        limits: Limits,
        interrupt: &Interrupt,
    ) -> Result<Self, RunnerError> {
        let failed = |source| RunnerError::Start { program: launch.program.clone(), source };
        let mut child = spawn(launch.command(), SpawnOptions::default()).map_err(failed)?;
        if let Some(budget_bytes) = limits.memory_bytes {
            memory::limit_allocations(child.pid(), budget_bytes);
        }
        let missing = || failed(std::io::Error::other("a pipe is missing"));
        let stdin = child.take_stdin().ok_or_else(missing)?;
        let stdout = child.take_stdout().ok_or_else(missing)?;
        let stderr = child.take_stderr().ok_or_else(missing)?;
        Ok(Self {
            memory: MemoryWatch::new(child.pid(), limits.memory_bytes),
            replies: LineReader::start(stdout),
            log: Log::start(stderr, log, heading),
            stdin: Some(stdin),
            child,
            limits,
            interrupt: interrupt.clone(),
            done: None,
            started: Instant::now(),
        })
    }

    /// Nanoseconds since it was started.
    #[must_use]
    pub fn age_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Who is it?
    ///
    /// # Errors
    /// [`RunnerError`] if it does not say.
    pub fn hello(&mut self) -> Result<Hello, RunnerError> {
        self.send(&DriverMessage::Hello { protocol: PROTOCOL_VERSION })?;
        match self.answer("hello", self.limits.answer)? {
            RunnerMessage::Hello(hello) => Ok(*hello),
            other => Err(unexpected("hello", &other)),
        }
    }

    /// How many entries its service has to hold.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not say.
    pub fn plan(&mut self, request: &DriverMessage) -> Result<u64, RunnerError> {
        self.send(request)?;
        match self.answer("plan", self.limits.answer)? {
            RunnerMessage::Planned { service_entries } => Ok(service_entries),
            other => Err(unexpected("planned", &other)),
        }
    }

    /// Holds it against the conformance kit, which takes its time.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not finish.
    pub fn check(&mut self, request: &DriverMessage) -> Result<Vec<CheckCase>, RunnerError> {
        self.send(request)?;
        match self.working("checked", &mut |_, _| {})? {
            RunnerMessage::Checked { cases } => Ok(cases),
            other => Err(unexpected("checked", &other)),
        }
    }

    /// Puts, gets or clears keys; how many it found, and how many answers were wrong.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not say.
    pub fn probe(&mut self, request: &DriverMessage) -> Result<Probed, RunnerError> {
        self.send(request)?;
        match self.working("probed", &mut |_, _| {})? {
            RunnerMessage::Probed { found, wrong, entries_held } => {
                Ok(Probed { found, wrong, entries_held })
            }
            other => Err(unexpected("probed", &other)),
        }
    }

    /// Runs one trial: prepared, begun, measured. `on_progress` hears requests done and in all.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not come to its end.
    pub fn trial(
        &mut self,
        request: TrialCommand,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<TrialReport, RunnerError> {
        self.prepare(request, &mut on_progress)?;
        self.measure(on_progress)
    }

    /// Prepares a trial: when this returns, the runner waits for [`measure`](Self::measure).
    ///
    /// # Errors
    /// [`RunnerError`] if it does not come so far.
    pub fn prepare(
        &mut self,
        request: TrialCommand,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<(), RunnerError> {
        self.done = None;
        self.send(&DriverMessage::Trial(Box::new(request)))?;
        match self.working("ready", &mut on_progress)? {
            RunnerMessage::Ready => Ok(()),
            other => Err(unexpected("ready", &other)),
        }
    }

    /// Lets a prepared trial begin, and waits for its report.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not come to its end.
    pub fn measure(
        &mut self,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<TrialReport, RunnerError> {
        self.send(&DriverMessage::Go)?;
        match self.working("sample", &mut on_progress)? {
            RunnerMessage::Sample(report) => Ok(*report),
            other => Err(unexpected("sample", &other)),
        }
    }

    /// Says good-bye and waits for the process to end.
    ///
    /// # Errors
    /// [`RunnerError`] if it does not answer or does not end; it is killed then.
    pub fn bye(mut self) -> Result<(), RunnerError> {
        self.send(&DriverMessage::Bye)?;
        match self.answer("bye", self.limits.answer)? {
            RunnerMessage::Bye => {}
            other => return Err(unexpected("bye", &other)),
        }
        self.stdin.take();
        match self.child.wait_timeout(self.limits.answer) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(RunnerError::Silent {
                awaited: "its end after `bye`",
                seconds: self.limits.answer.as_secs_f64(),
            }),
            Err(source) => Err(RunnerError::Pipe(source)),
        }
    }

    fn send(&mut self, request: &DriverMessage) -> Result<(), RunnerError> {
        let mut line = serde_json::to_vec(request)
            .map_err(|error| RunnerError::Pipe(std::io::Error::other(error)))?;
        line.push(b'\n');
        let Some(stdin) = &mut self.stdin else { return Err(self.ended()) };
        match stdin.write_all(&line).and_then(|()| stdin.flush()) {
            Ok(()) => Ok(()),
            // It closed its ears: what it said last, or how it ended, is the better reason.
            Err(_) => match self.receive("an answer", self.limits.answer) {
                Err(reason) => Err(reason),
                Ok(_) => Err(self.ended()),
            },
        }
    }

    /// Waits through `progress` messages, each of which starts the silence anew.
    fn working(
        &mut self,
        awaited: &'static str,
        on_progress: &mut impl FnMut(u64, u64),
    ) -> Result<RunnerMessage, RunnerError> {
        loop {
            match self.answer(awaited, self.limits.silence)? {
                RunnerMessage::Progress { done, total } => {
                    self.done = Some(done);
                    on_progress(done, total);
                }
                other => return Ok(other),
            }
        }
    }

    fn answer(
        &mut self,
        awaited: &'static str,
        within: Duration,
    ) -> Result<RunnerMessage, RunnerError> {
        match self.receive(awaited, within)? {
            RunnerMessage::Error { kind, message } => Err(RunnerError::Refused { kind, message }),
            reply => Ok(reply),
        }
    }

    fn receive(
        &mut self,
        awaited: &'static str,
        within: Duration,
    ) -> Result<RunnerMessage, RunnerError> {
        let begun = Instant::now();
        loop {
            // Looked at before every message: one that floods us is watched like a silent one.
            self.watch()?;
            match self.replies.recv_timeout(self.limits.poll) {
                Ok(Line::Whole(line)) if line.trim_ascii().is_empty() => {}
                Ok(Line::Whole(line)) => {
                    return serde_json::from_slice(&line)
                        .map_err(|error| RunnerError::garbage(&line, &error));
                }
                Ok(Line::TooLong) => {
                    return Err(RunnerError::LongLine { limit: lines::MAX_LINE_BYTES });
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() >= within => {
                    let seconds = within.as_secs_f64();
                    return Err(RunnerError::Silent { awaited, seconds });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn watch(&mut self) -> Result<(), RunnerError> {
        if self.interrupt.asked() {
            return Err(RunnerError::Interrupted);
        }
        if Instant::now() >= self.limits.deadline {
            return Err(RunnerError::OutOfTime);
        }
        match self.memory.exceeded() {
            None => Ok(()),
            Some(held_bytes) => Err(RunnerError::Memory {
                budget_bytes: self.limits.memory_bytes.unwrap_or(0),
                held_bytes,
                done: self.done,
            }),
        }
    }

    /// Its stdout is closed: how did it end?
    fn ended(&mut self) -> RunnerError {
        match self.child.wait_timeout(self.limits.answer) {
            Ok(Some(status)) => {
                let said = self.log.tail();
                match self.limits.memory_bytes {
                    Some(budget_bytes) if memory::allocation_failed(&said) => RunnerError::Memory {
                        budget_bytes,
                        held_bytes: budget_bytes,
                        done: self.done,
                    },
                    _ => RunnerError::Exited { status: status.to_string(), said },
                }
            }
            Ok(None) => RunnerError::ClosedOutput,
            Err(source) => RunnerError::Pipe(source),
        }
    }
}

/// Answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probed {
    /// Keys found.
    pub found: u64,
    /// Answers that were wrong.
    pub wrong: u64,
    /// Entries held in all.
    pub entries_held: u64,
}

fn unexpected(wanted: &'static str, got: &RunnerMessage) -> RunnerError {
    let mut got = serde_json::to_string(got).unwrap_or_default();
    got.truncate(got.floor_char_boundary(200));
    RunnerError::Unexpected { wanted, got }
}
