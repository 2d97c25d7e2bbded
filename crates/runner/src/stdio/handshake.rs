//! Exchange of `ready` and `go` (or `bye`) between the preparation of a trial and its measurement.

use bakeoff_protocol::message::{DriverMessage, RunnerErrorKind, RunnerMessage};

use super::{MessageReader, MessageWriter, SendError};

/// Answer of the driver to `ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadyAnswer {
    /// The driver starts the measurement.
    Go,
    /// The driver ends the session without a measurement.
    Abandoned,
}

/// Sends `ready` and waits for `go` or `bye`. Any other message is answered with an error.
///
/// # Errors
/// [`SendError`] if the driver no longer reads.
pub(crate) fn announce_ready(
    writer: &MessageWriter,
    reader: &MessageReader,
) -> Result<ReadyAnswer, SendError> {
    writer.send(&RunnerMessage::Ready)?;
    loop {
        let message = match reader.next() {
            Some(Ok(DriverMessage::Go)) => return Ok(ReadyAnswer::Go),
            Some(Ok(DriverMessage::Bye)) | None => return Ok(ReadyAnswer::Abandoned),
            Some(Ok(_)) => {
                String::from("cannot handle the message: a trial is prepared; send `go` or `bye`")
            }
            Some(Err(message)) => message,
        };
        writer.send(&RunnerMessage::Error { kind: RunnerErrorKind::Protocol, message })?;
    }
}
