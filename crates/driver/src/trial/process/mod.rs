//! Starts a runner's process, exchanges messages with it, and enforces its limits.

mod error;
mod launch;
mod memory_watch;
mod replay_limit;
mod stderr_log;
mod stdout_lines;

use std::io::Write;
use std::path::Path;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bakeoff_protocol::message::{CheckCase, DriverMessage, Hello, RunnerMessage, TrialCommand};
use bakeoff_protocol::{PROTOCOL_VERSION, TrialReport};
use bakeoff_services::process::{Child, SpawnOptions, spawn};

pub use error::RunnerError;
pub use launch::LaunchCommand;

use crate::interrupt::Interrupt;
use memory_watch::MemoryWatch;
use replay_limit::ReplayLimit;
use stderr_log::StderrLog;
use stdout_lines::{LineReader, OutputLine};

/// Limits of a runner's time and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerLimits {
    /// Time limit of the answers to `hello`, `plan` and `bye`, which need no work.
    pub answer: Duration,
    /// Time limit between two messages of a busy runner, which sends `progress` regularly.
    pub silence: Duration,
    /// Time at which the time limit of the variant is reached.
    pub deadline: Instant,
    /// Time limit of the measured part of a trial; `None` for no limit but `deadline`.
    pub replay: Option<Duration>,
    /// Limit of the anonymous memory of the runner and its descendants, in bytes.
    pub memory_bytes: Option<u64>,
    /// Interval of the checks of memory, deadline and interrupt.
    pub poll: Duration,
}

/// Running process of a runner.
#[derive(Debug)]
pub struct RunnerProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    replies: Receiver<OutputLine>,
    log: StderrLog,
    memory: MemoryWatch,
    limits: RunnerLimits,
    interrupt: Interrupt,
    /// Requests done according to the last `progress` message.
    done: Option<u64>,
    started: Instant,
}

impl RunnerProcess {
    /// Starts a runner in its own process group, which ends when this process ends.
    ///
    /// Its stderr is appended to `log` below `heading`.
    ///
    /// # Errors
    /// [`RunnerError::Start`] if the process cannot be started.
    pub fn start(
        launch: &LaunchCommand,
        log: &Path,
        heading: &str,
        limits: RunnerLimits,
        interrupt: &Interrupt,
    ) -> Result<Self, RunnerError> {
        let failed = |source| RunnerError::Start { program: launch.program.clone(), source };
        let mut child = spawn(launch.command(), SpawnOptions::default()).map_err(failed)?;
        if let Some(budget_bytes) = limits.memory_bytes {
            memory_watch::limit_allocations(child.pid(), budget_bytes);
        }
        let missing = || failed(std::io::Error::other("a pipe is missing"));
        let stdin = child.take_stdin().ok_or_else(missing)?;
        let stdout = child.take_stdout().ok_or_else(missing)?;
        let stderr = child.take_stderr().ok_or_else(missing)?;
        Ok(Self {
            memory: MemoryWatch::new(child.pid(), limits.memory_bytes),
            replies: LineReader::start(stdout),
            log: StderrLog::start(stderr, log, heading),
            stdin: Some(stdin),
            child,
            limits,
            interrupt: interrupt.clone(),
            done: None,
            started: Instant::now(),
        })
    }

    /// Returns the time since the start of the process, in nanoseconds.
    #[must_use]
    pub fn age_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Sends `hello` and returns the runner's answer.
    ///
    /// # Errors
    /// [`RunnerError`] if the runner does not answer.
    pub fn hello(&mut self) -> Result<Hello, RunnerError> {
        self.send(&DriverMessage::Hello { protocol: PROTOCOL_VERSION })?;
        match self.answer("hello", self.limits.answer)? {
            RunnerMessage::Hello(hello) => Ok(*hello),
            other => Err(unexpected("hello", &other)),
        }
    }

    /// Asks the runner for the number of entries that the service must hold.
    ///
    /// # Errors
    /// [`RunnerError`] if the runner does not answer.
    pub fn plan(&mut self, request: &DriverMessage) -> Result<u64, RunnerError> {
        self.send(request)?;
        match self.answer("plan", self.limits.answer)? {
            RunnerMessage::Planned { service_entries } => Ok(service_entries),
            other => Err(unexpected("planned", &other)),
        }
    }

    /// Runs the conformance check.
    ///
    /// # Errors
    /// [`RunnerError`] if the check does not complete.
    pub fn check(&mut self, request: &DriverMessage) -> Result<Vec<CheckCase>, RunnerError> {
        self.send(request)?;
        let answer = self.wait_for_result("checked", &mut |_, _| Ok(()));
        match answer.map_err(|error| self.hanging_rule(error))? {
            RunnerMessage::Checked { cases } => Ok(cases),
            other => Err(unexpected("checked", &other)),
        }
    }

    /// Puts, gets or clears keys; returns how many were found and how many answers were wrong.
    ///
    /// # Errors
    /// [`RunnerError`] if the runner does not answer.
    pub fn probe(&mut self, request: &DriverMessage) -> Result<ProbeResult, RunnerError> {
        self.send(request)?;
        match self.wait_for_result("probed", &mut |_, _| Ok(()))? {
            RunnerMessage::Probed { found, wrong, entries_held } => {
                Ok(ProbeResult { found, wrong, entries_held })
            }
            other => Err(unexpected("probed", &other)),
        }
    }

    /// Prepares a trial; afterwards the runner waits for [`measure`](Self::measure).
    ///
    /// `on_progress` receives the number of requests done and in total.
    ///
    /// # Errors
    /// [`RunnerError`] if the preparation fails.
    pub fn prepare(
        &mut self,
        request: TrialCommand,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<(), RunnerError> {
        self.done = None;
        self.send(&DriverMessage::Trial(Box::new(request)))?;
        let mut progress = |done, total| {
            on_progress(done, total);
            Ok(())
        };
        match self.wait_for_result("ready", &mut progress)? {
            RunnerMessage::Ready => Ok(()),
            other => Err(unexpected("ready", &other)),
        }
    }

    /// Starts a prepared trial and waits for its report.
    ///
    /// # Errors
    /// [`RunnerError`] if the trial does not complete.
    pub fn measure(
        &mut self,
        mut on_progress: impl FnMut(u64, u64),
    ) -> Result<TrialReport, RunnerError> {
        self.send(&DriverMessage::Go)?;
        let limit = self.limits.replay.map(ReplayLimit::start);
        let mut progress = |done, total| {
            on_progress(done, total);
            limit.map_or(Ok(()), |limit| limit.check(done, total))
        };
        match self.wait_for_result("sample", &mut progress)? {
            RunnerMessage::Sample(report) => Ok(*report),
            other => Err(unexpected("sample", &other)),
        }
    }

    /// Ends the runner and waits for its process.
    ///
    /// # Errors
    /// [`RunnerError`] if the runner does not answer or end; the process is then killed.
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
                awaited: "its exit after `bye`",
                seconds: self.limits.answer.as_secs_f64(),
            }),
            Err(source) => Err(RunnerError::Pipe(source)),
        }
    }

    /// Adds the rule that the runner printed last, if it did not answer in time.
    fn hanging_rule(&self, error: RunnerError) -> RunnerError {
        let RunnerError::Silent { seconds, .. } = error else { return error };
        let log = self.log.tail();
        match log.lines().rev().find_map(|line| line.strip_prefix("rule ")) {
            Some(rule) => RunnerError::HangingRule { rule: rule.trim().to_owned(), seconds },
            None => error,
        }
    }

    fn send(&mut self, request: &DriverMessage) -> Result<(), RunnerError> {
        let mut line = serde_json::to_vec(request)
            .map_err(|error| RunnerError::Pipe(std::io::Error::other(error)))?;
        line.push(b'\n');
        let Some(stdin) = &mut self.stdin else { return Err(self.ended()) };
        match stdin.write_all(&line).and_then(|()| stdin.flush()) {
            Ok(()) => Ok(()),
            // The runner closed its stdin; its last message or its exit status explains why.
            Err(_) => match self.receive("an answer", self.limits.answer) {
                Err(reason) => Err(reason),
                Ok(_) => Err(self.ended()),
            },
        }
    }

    /// Waits for an answer; each `progress` message restarts the time limit.
    fn wait_for_result(
        &mut self,
        awaited: &'static str,
        on_progress: &mut impl FnMut(u64, u64) -> Result<(), RunnerError>,
    ) -> Result<RunnerMessage, RunnerError> {
        loop {
            match self.answer(awaited, self.limits.silence)? {
                RunnerMessage::Progress { done, total } => {
                    self.done = Some(done);
                    on_progress(done, total)?;
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
            // Limits are checked before every message, because a runner may flood its output.
            self.watch()?;
            match self.replies.recv_timeout(self.limits.poll) {
                Ok(OutputLine::Whole(line)) if line.trim_ascii().is_empty() => {}
                Ok(OutputLine::Whole(line)) => {
                    return serde_json::from_slice(&line)
                        .map_err(|error| RunnerError::garbage(&line, &error));
                }
                Ok(OutputLine::TooLong) => {
                    return Err(RunnerError::LongLine { limit: stdout_lines::MAX_LINE_BYTES });
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
        if self.interrupt.is_set() {
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

    /// Describes the end of a runner whose stdout is closed.
    fn ended(&mut self) -> RunnerError {
        match self.child.wait_timeout(self.limits.answer) {
            Ok(Some(status)) => {
                let stderr = self.log.tail();
                match self.limits.memory_bytes {
                    Some(budget_bytes) if memory_watch::allocation_failed(&stderr) => {
                        RunnerError::Memory {
                            budget_bytes,
                            held_bytes: budget_bytes,
                            done: self.done,
                        }
                    }
                    _ => RunnerError::Exited { status: status.to_string(), stderr },
                }
            }
            Ok(None) => RunnerError::ClosedOutput,
            Err(source) => RunnerError::Pipe(source),
        }
    }
}

/// Result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// Number of keys found.
    pub found: u64,
    /// Number of wrong answers.
    pub wrong: u64,
    /// Number of entries that the cache holds.
    pub entries_held: u64,
}

fn unexpected(wanted: &'static str, got: &RunnerMessage) -> RunnerError {
    let mut got = serde_json::to_string(got).unwrap_or_default();
    got.truncate(got.floor_char_boundary(200));
    RunnerError::Unexpected { wanted, got }
}
