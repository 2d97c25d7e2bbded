//! The messages between `trial` and the measurement.

use bakeoff_protocol::message::{DriverMessage, RunnerErrorKind, RunnerMessage};

use super::{Inbox, SendError, Wire};

/// Reaction of the driver to `ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Measure.
    Go,
    /// End the session without measuring.
    Abandoned,
}

/// Sends `ready` and waits for `go` or `bye`; any other message is answered with an error.
///
/// # Errors
/// [`SendError`] if the driver does not read any more.
pub(crate) fn announce_ready(wire: &Wire, inbox: &Inbox) -> Result<Start, SendError> {
    wire.send(&RunnerMessage::Ready)?;
    loop {
        let message = match inbox.next() {
            Some(Ok(DriverMessage::Go)) => return Ok(Start::Go),
            Some(Ok(DriverMessage::Bye)) | None => return Ok(Start::Abandoned),
            Some(Ok(_)) => String::from("a trial is prepared; send `go` or `bye`"),
            Some(Err(message)) => message,
        };
        wire.send(&RunnerMessage::Error { kind: RunnerErrorKind::Protocol, message })?;
    }
}
