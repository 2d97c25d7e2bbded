//! The conversation with a driver: one message after the other, each with its reply.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bakeoff_protocol::message::{Reply, Request};
use bakeoff_strategy::{Options, Strategy};

use crate::check::Check;
use crate::failure::Failure;
use crate::identity;
use crate::probe::{Opened, Probe, Sizes, Target};
use crate::trial::{self, Outcome};
use crate::wire::{Inbox, Wire};

/// What a runner remembers between messages.
pub(crate) struct Session<'a, S> {
    strategy: &'a str,
    wire: Wire,
    inbox: Inbox,
    /// Left open by a probe.
    opened: Option<Opened<S>>,
}

impl<'a, S: Strategy> Session<'a, S> {
    pub(crate) fn new(strategy: &'a str, wire: Wire, inbox: Inbox) -> Self {
        Self { strategy, wire, inbox, opened: None }
    }

    /// Answers messages until `bye`.
    pub(crate) fn run(mut self) {
        while let Some(message) = self.inbox.next() {
            let outcome = match message {
                Ok(request) => catch_unwind(AssertUnwindSafe(|| self.answer(request)))
                    .unwrap_or_else(|panic| Err(Failure::from_panic(&*panic))),
                Err(malformed) => Err(Failure::Protocol(malformed)),
            };
            let reply = outcome.unwrap_or_else(|failure| Reply::Error {
                kind: failure.kind(),
                message: failure.to_string(),
            });
            self.wire.send(&reply);
            if reply == Reply::Bye {
                return;
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<Reply, Failure> {
        match request {
            Request::Hello { .. } => {
                Ok(Reply::Hello(Box::new(identity::hello::<S>(self.strategy))))
            }
            Request::Plan { capacity_entries, options } => {
                let service_entries = S::server_capacity(capacity_entries, &Options(options))?;
                Ok(Reply::Planned { service_entries })
            }
            Request::Check { services, namespace, options, seed } => {
                self.close()?;
                let cases = Check { services, namespace, options, seed }.run::<S>()?;
                Ok(Reply::Checked { cases })
            }
            Request::Trial(request) => {
                self.close()?;
                match trial::run::<S>(&request, &self.wire, &self.inbox)? {
                    Outcome::Done(report) => Ok(Reply::Sample(report)),
                    Outcome::Abandoned => Ok(Reply::Bye),
                }
            }
            Request::Probe {
                action,
                ids,
                value_bytes,
                value_sizes,
                capacity,
                namespace,
                services,
                options,
            } => {
                let target = Target { capacity, namespace, services, options };
                let sizes = Sizes { fixed: value_bytes, turns: value_sizes };
                self.probe(&Probe { action, ids, sizes, target })
            }
            Request::Go => Err(Failure::Protocol(String::from(
                "`go` without a prepared trial: send `trial` and wait for `ready` first",
            ))),
            Request::Bye => {
                self.close()?;
                Ok(Reply::Bye)
            }
        }
    }

    /// A probe goes on with what the last one left open, if that was opened with the same.
    fn probe(&mut self, probe: &Probe) -> Result<Reply, Failure> {
        if !self.opened.as_ref().is_some_and(|opened| opened.is_open_with(&probe.target)) {
            self.close()?;
        }
        match &mut self.opened {
            Some(opened) => opened.act(probe),
            none => none.insert(Opened::open(probe.target.clone())?).act(probe),
        }
    }

    /// Closes what a probe left open.
    fn close(&mut self) -> Result<(), Failure> {
        self.opened.take().map_or(Ok(()), Opened::close)
    }
}
