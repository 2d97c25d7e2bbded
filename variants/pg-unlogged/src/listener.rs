//! Hearing of notifications: a connection of its own, on which the server pushes.

use std::future::poll_fn;
use std::time::Duration;

use bakeoff_patterns::{Ear, Listener};
use bakeoff_strategy::OpenError;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::PgError;

/// After so long without a word the server is asked whether it is still there.
const PULSE: Duration = Duration::from_secs(1);
/// For how long the server may take to answer: longer than any that is merely busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is heard, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The connection is there: everything from now on will be heard.
    Connected,
    /// Somebody notified the channel, with this text.
    Notified(String),
    /// The connection is gone: what happens until [`Connected`](Self::Connected) is not heard.
    Lost,
}

/// Begins to listen, and returns once the server has agreed, after [`Heard::Connected`].
///
/// # Errors
/// [`OpenError`] if there is no server.
pub(crate) async fn listen(
    config: Config,
    channel: String,
    hear: impl FnMut(Heard) + Send + 'static,
) -> Result<Listener, OpenError> {
    Listener::start(PgEar { config, channel, hear }).await
}

type Notifications = mpsc::UnboundedReceiver<String>;

/// Listens to one channel.
struct PgEar<H> {
    config: Config,
    channel: String,
    hear: H,
}

impl<H: FnMut(Heard)> Ear for PgEar<H> {
    type Line = (Client, Notifications);
    type Error = PgError;

    const TO: &'static str = "PostgreSQL";

    async fn connect(&mut self) -> Result<Self::Line, PgError> {
        let mut config = self.config.clone();
        config.connect_timeout(PATIENCE);
        let (client, mut connection) = config.connect(NoTls).await?;
        let (sender, notifications) = mpsc::unbounded_channel();
        // Ends with the connection, and with it the notifications.
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(notification) = message
                    && sender.send(notification.payload().to_owned()).is_err()
                {
                    return;
                }
            }
        });
        client.batch_execute(&format!("LISTEN {}", self.channel)).await?;
        (self.hear)(Heard::Connected);
        Ok((client, notifications))
    }

    /// A connection that breaks without a word (a cable, a machine that is switched off) is found
    /// out by asking.
    async fn attend(&mut self, (client, mut notifications): Self::Line) {
        loop {
            match timeout(PULSE, notifications.recv()).await {
                Ok(Some(text)) => (self.hear)(Heard::Notified(text)),
                Ok(None) => break,
                Err(_) => {
                    let answer = timeout(PATIENCE, client.check_connection()).await;
                    if !matches!(answer, Ok(Ok(()))) {
                        break;
                    }
                }
            }
        }
        (self.hear)(Heard::Lost);
    }
}
