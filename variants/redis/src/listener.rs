//! Hearing what others do to a namespace: a connection of its own, on which the server pushes.

use std::time::Duration;

use bakeoff_patterns::{Ear, Listener};
use bakeoff_strategy::{Key, OpenConfig, OpenError};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind,
    Value as Answer, cmd,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::RedisError;
use crate::arguments::Prefix;

/// After so long without a word the server is asked whether it is still there.
const PULSE: Duration = Duration::from_secs(1);
/// For how long a connection may take to open, and the server to answer: longer than any that is
/// merely busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Messages that [`Redis::publish`](crate::Redis::publish) sends in the same namespace.
    Messages,
    /// Keys of the namespace that the server changes for whatever reason, those of our own writes,
    /// expiry and eviction among them: `CLIENT TRACKING` in its broadcasting mode, in which the
    /// server need not remember who has read what, and it does not matter which connection reads.
    Keys,
}

/// What is heard, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The connection is there: everything from now on will be heard.
    Connected,
    /// A message was published.
    Message(Vec<u8>),
    /// A key is no longer what it was.
    Changed(Key),
    /// No key is what it was.
    Emptied,
    /// The connection is gone: what happens until [`Connected`](Self::Connected) is not heard.
    Lost,
}

/// Begins to listen, and returns once the server has agreed, after [`Heard::Connected`].
///
/// # Errors
/// [`OpenError`] if there is no server, or one that knows no RESP3 (before version 6).
pub async fn listen(
    config: &OpenConfig,
    topic: Topic,
    hear: impl FnMut(Heard) + Send + 'static,
) -> Result<Listener, OpenError> {
    let client = client(config.service("redis")?)
        .map_err(|error| OpenError::Failed(format!("cannot listen to Redis: {error}")))?;
    Listener::start(RedisEar { client, topic, prefix: Prefix::new(&config.namespace), hear }).await
}

fn client(address: &str) -> redis::RedisResult<Client> {
    let info = address.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings))
}

/// Listens for one namespace.
struct RedisEar<H> {
    client: Client,
    topic: Topic,
    prefix: Prefix,
    hear: H,
}

impl<H: FnMut(Heard)> Ear for RedisEar<H> {
    type Line = (MultiplexedConnection, Pushes);
    type Error = RedisError;

    const TO: &'static str = "Redis";

    async fn connect(&mut self) -> Result<Self::Line, RedisError> {
        let (sender, pushes) = mpsc::unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(sender);
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        match self.topic {
            Topic::Messages => connection.subscribe(self.prefix.channel()).await?,
            Topic::Keys => self.tracking().exec_async(&mut connection).await?,
        }
        (self.hear)(Heard::Connected);
        Ok((connection, pushes))
    }

    /// A connection that breaks without a word (a cable, a machine that is switched off) is found
    /// out by asking.
    async fn attend(&mut self, (mut connection, mut pushes): Self::Line) {
        loop {
            match timeout(PULSE, pushes.recv()).await {
                Ok(Some(push)) if push.kind != PushKind::Disconnection => self.tell(push),
                Ok(_) => break,
                Err(_) => {
                    if cmd("PING").exec_async(&mut connection).await.is_err() {
                        break;
                    }
                }
            }
        }
        (self.hear)(Heard::Lost);
    }
}

impl<H: FnMut(Heard)> RedisEar<H> {
    fn tracking(&self) -> Cmd {
        let mut tracking = cmd("CLIENT");
        tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(self.prefix.channel());
        tracking
    }

    fn tell(&mut self, push: PushInfo) {
        match (push.kind, push.data.into_iter().next_back()) {
            (PushKind::Message, Some(Answer::BulkString(message))) => {
                (self.hear)(Heard::Message(message));
            }
            (PushKind::Invalidate, Some(Answer::Array(names))) => {
                for name in names {
                    if let Some(key) = self.key_of(&name) {
                        (self.hear)(Heard::Changed(key));
                    }
                }
            }
            (PushKind::Invalidate, _) => (self.hear)(Heard::Emptied),
            // That it was subscribed to, and the like.
            _ => {}
        }
    }

    fn key_of(&self, name: &Answer) -> Option<Key> {
        match name {
            Answer::BulkString(name) => self.prefix.key_of(name),
            _ => None,
        }
    }
}

type Pushes = mpsc::UnboundedReceiver<PushInfo>;
