//! Session with a driver: answers one message after the other.

pub(crate) mod check;
mod identity;
mod probe;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bakeoff_protocol::Meter;
use bakeoff_protocol::message::{DriverMessage, RunnerMessage, TrialCommand};
use bakeoff_strategy::{Options, Strategy};

use self::check::ConformanceCheck;
pub(crate) use self::identity::TREE;
use self::probe::{BodySizes, OpenedStrategy, Probe, ProbeTarget};
use crate::failure::Failure;
use crate::stdio::{MessageReader, MessageWriter, SendError};
use crate::{paced, trial};

/// State that a runner keeps between messages.
pub(crate) struct Session<'a, S> {
    strategy: &'a str,
    writer: MessageWriter,
    reader: MessageReader,
    /// Strategy that stayed open after the last probe.
    opened: Option<OpenedStrategy<S>>,
}

impl<'a, S: Strategy> Session<'a, S> {
    pub(crate) fn new(strategy: &'a str, writer: MessageWriter, reader: MessageReader) -> Self {
        Self { strategy, writer, reader, opened: None }
    }

    /// Answers messages until `bye` or the end of stdin.
    ///
    /// # Errors
    /// [`SendError`] if the driver no longer reads.
    pub(crate) fn run(mut self) -> Result<(), SendError> {
        while let Some(message) = self.reader.next() {
            let outcome = match message {
                Ok(message) => catch_unwind(AssertUnwindSafe(|| self.answer(message)))
                    .unwrap_or_else(|panic| Err(Failure::from_panic(&*panic))),
                Err(malformed) => Err(Failure::Protocol(malformed)),
            };
            let answer = outcome.unwrap_or_else(|failure| RunnerMessage::Error {
                kind: failure.kind(),
                message: failure.to_string(),
            });
            self.writer.send(&answer)?;
            if answer == RunnerMessage::Bye {
                break;
            }
        }
        Ok(())
    }

    fn answer(&mut self, message: DriverMessage) -> Result<RunnerMessage, Failure> {
        match message {
            DriverMessage::Hello { .. } => {
                Ok(RunnerMessage::Hello(Box::new(identity::hello::<S>(self.strategy))))
            }
            DriverMessage::Plan { capacity_entries, options } => {
                let service_entries = S::server_capacity(capacity_entries, &Options(options))?;
                Ok(RunnerMessage::Planned { service_entries })
            }
            DriverMessage::Check { services, namespace, options, seed } => {
                self.close()?;
                let cases = ConformanceCheck { services, namespace, options, seed }.run::<S>()?;
                Ok(RunnerMessage::Checked { cases })
            }
            DriverMessage::Trial(command) => {
                self.close()?;
                self.trial(&command)
            }
            DriverMessage::Probe {
                action,
                ids,
                value_bytes,
                value_sizes,
                capacity,
                namespace,
                services,
                options,
            } => {
                let target = ProbeTarget { capacity, namespace, services, options };
                let sizes = BodySizes { fixed: value_bytes, cycle: value_sizes };
                self.probe(&Probe { action, ids, sizes, target })
            }
            DriverMessage::Go => Err(Failure::Protocol(String::from(
                "cannot handle `go`: no trial is prepared; send `trial` and wait for `ready` first",
            ))),
            DriverMessage::Bye => {
                self.close()?;
                Ok(RunnerMessage::Bye)
            }
        }
    }

    fn trial(&self, command: &TrialCommand) -> Result<RunnerMessage, Failure> {
        let report = match command.spec.meter {
            Meter::Paced => paced::run::<S>(command, &self.writer, &self.reader)?,
            _ => trial::run::<S>(command, &self.writer, &self.reader)?,
        };
        // Without a report the driver has abandoned the trial with `bye`.
        Ok(report.map_or(RunnerMessage::Bye, |report| RunnerMessage::Sample(Box::new(report))))
    }

    /// Runs a probe. Uses the strategy that the last probe left open if it has the same target.
    fn probe(&mut self, probe: &Probe) -> Result<RunnerMessage, Failure> {
        if !self.opened.as_ref().is_some_and(|opened| opened.has_target(&probe.target)) {
            self.close()?;
        }
        match &mut self.opened {
            Some(opened) => opened.run(probe),
            none => none.insert(OpenedStrategy::open(probe.target.clone())?).run(probe),
        }
    }

    fn close(&mut self) -> Result<(), Failure> {
        self.opened.take().map_or(Ok(()), OpenedStrategy::close)
    }
}
