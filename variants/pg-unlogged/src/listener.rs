//! Subscription to notifications, over a connection of its own.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{InstanceId, InvalidationTarget, Subscriber, receive_with_pings};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::PgError;

/// Time limit for connecting and for responses; a working server needs less, even if busy.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Subscriber to one channel.
pub(crate) struct PgSubscriber {
    pub(crate) config: Config,
    pub(crate) channel: String,
    pub(crate) instance: InstanceId,
    pub(crate) target: Arc<dyn InvalidationTarget>,
}

impl Subscriber for PgSubscriber {
    type Connection = (Client, UnboundedReceiver<String>);
    type Error = PgError;

    const SOURCE: &'static str = "PostgreSQL";

    async fn connect(&mut self) -> Result<Self::Connection, PgError> {
        let mut config = self.config.clone();
        config.connect_timeout(TIMEOUT);
        let (client, mut connection) = config.connect(NoTls).await?;
        let (sender, notifications) = unbounded_channel();
        // The task ends with the connection, which drops `sender` and thereby closes the channel.
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
        self.target.connected();
        Ok((client, notifications))
    }

    async fn run(&mut self, (client, mut notifications): Self::Connection) {
        let on_notification = |payload: String| {
            if let Some(change) = self.instance.decode_hex(&payload) {
                self.target.apply(change);
            }
            ControlFlow::Continue(())
        };
        let ping = async || matches!(timeout(TIMEOUT, client.check_connection()).await, Ok(Ok(())));
        receive_with_pings(&mut notifications, on_notification, ping).await;
        self.target.disconnected();
    }
}
