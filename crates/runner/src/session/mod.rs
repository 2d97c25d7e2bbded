//! The conversation with a driver: messages one after the other, each with its answer.

pub(crate) mod check;
mod identity;
mod probe;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bakeoff_protocol::Meter;
use bakeoff_protocol::message::{DriverMessage, RunnerMessage, TrialCommand};
use bakeoff_strategy::{Options, Strategy};

use self::check::Check;
pub(crate) use self::identity::TREE;
use self::probe::{BodySizes, OpenedStrategy, Probe, ProbeTarget};
use crate::failure::Failure;
use crate::wire::{Inbox, SendError, Wire};
use crate::{paced, trial};

/// State of a runner between messages.
pub(crate) struct Session<'a, S> {
    strategy: &'a str,
    wire: Wire,
    inbox: Inbox,
    /// Strategy that the last probe left open.
    opened: Option<OpenedStrategy<S>>,
}

impl<'a, S: Strategy> Session<'a, S> {
    pub(crate) fn new(strategy: &'a str, wire: Wire, inbox: Inbox) -> Self {
        Self { strategy, wire, inbox, opened: None }
    }

    /// Answers messages until `bye`.
    ///
    /// # Errors
    /// [`SendError`] if the driver does not read any more.
    pub(crate) fn run(mut self) -> Result<(), SendError> {
        while let Some(message) = self.inbox.next() {
            let outcome = match message {
                Ok(message) => catch_unwind(AssertUnwindSafe(|| self.answer(message)))
                    .unwrap_or_else(|panic| Err(Failure::from_panic(&*panic))),
                Err(malformed) => Err(Failure::Protocol(malformed)),
            };
            let answer = outcome.unwrap_or_else(|failure| RunnerMessage::Error {
                kind: failure.kind(),
                message: failure.to_string(),
            });
            self.wire.send(&answer)?;
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
                let cases = Check { services, namespace, options, seed }.run::<S>()?;
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
                "`go` without a prepared trial; send `trial` and wait for `ready` first",
            ))),
            DriverMessage::Bye => {
                self.close()?;
                Ok(RunnerMessage::Bye)
            }
        }
    }

    fn trial(&self, command: &TrialCommand) -> Result<RunnerMessage, Failure> {
        let report = match command.spec.meter {
            Meter::Paced => paced::run::<S>(command, &self.wire, &self.inbox)?,
            _ => trial::run::<S>(command, &self.wire, &self.inbox)?,
        };
        // A driver abandons a trial with `bye`.
        Ok(report.map_or(RunnerMessage::Bye, |report| RunnerMessage::Sample(Box::new(report))))
    }

    /// Runs a probe in the strategy that the last probe left open, if its target is the same.
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
