//! Subscription to changes of a namespace, over a connection of its own.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bakeoff_patterns::{InstanceId, InvalidationTarget, Listener, Subscriber, receive_with_pings};
use bakeoff_strategy::{OpenConfig, OpenError};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind,
    Value as Response, cmd,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::RedisError;
use crate::encoding::Prefix;

/// Time limit for connecting and for responses; a working server needs less, even if busy.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Kind of messages to subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// Messages that other instances send by [`Redis::publish`](crate::Redis::publish) in the same
    /// namespace; the id is that of this instance, whose own messages are ignored.
    Messages(InstanceId),
    /// Keys of the namespace that change for any reason, including own writes, expiry and eviction.
    ///
    /// Uses `CLIENT TRACKING` in broadcasting mode, in which the server does not remember which
    /// client has read which key, and any connection may read.
    KeyChanges,
}

/// Subscribes and passes all changes to `target`; returns once the server has confirmed.
///
/// # Errors
/// [`OpenError`] if the server is not available or does not support RESP3 (before version 6).
pub async fn subscribe(
    config: &OpenConfig,
    subscription: Subscription,
    target: Arc<dyn InvalidationTarget>,
) -> Result<Listener, OpenError> {
    let client = resp3_client(config.service("redis")?)
        .map_err(|error| OpenError::Failed(format!("cannot subscribe to Redis: {error}")))?;
    let prefix = Prefix::new(&config.namespace);
    Listener::start(RedisSubscriber { client, subscription, prefix, target }).await
}

fn resp3_client(address: &str) -> redis::RedisResult<Client> {
    let info = address.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings))
}

/// Subscriber to one namespace.
struct RedisSubscriber {
    client: Client,
    subscription: Subscription,
    prefix: Prefix,
    target: Arc<dyn InvalidationTarget>,
}

impl Subscriber for RedisSubscriber {
    type Connection = (MultiplexedConnection, UnboundedReceiver<PushInfo>);
    type Error = RedisError;

    const SOURCE: &'static str = "Redis";

    async fn connect(&mut self) -> Result<Self::Connection, RedisError> {
        let (sender, pushes) = unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_push_sender(sender);
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        match self.subscription {
            Subscription::Messages(_) => connection.subscribe(self.prefix.bytes()).await?,
            Subscription::KeyChanges => self.tracking().exec_async(&mut connection).await?,
        }
        self.target.connected();
        Ok((connection, pushes))
    }

    async fn run(&mut self, (mut connection, mut pushes): Self::Connection) {
        let on_push = |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                return ControlFlow::Break(());
            }
            self.process(push);
            ControlFlow::Continue(())
        };
        let ping = async || cmd("PING").exec_async(&mut connection).await.is_ok();
        receive_with_pings(&mut pushes, on_push, ping).await;
        self.target.disconnected();
    }
}

impl RedisSubscriber {
    fn tracking(&self) -> Cmd {
        let mut tracking = cmd("CLIENT");
        tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(self.prefix.bytes());
        tracking
    }

    fn process(&self, push: PushInfo) {
        match (self.subscription, push.kind, push.data.into_iter().next_back()) {
            (
                Subscription::Messages(instance),
                PushKind::Message,
                Some(Response::BulkString(message)),
            ) => {
                if let Some(change) = instance.decode(&message) {
                    self.target.apply(change);
                }
            }
            (Subscription::KeyChanges, PushKind::Invalidate, Some(Response::Array(names))) => {
                for name in names {
                    if let Response::BulkString(name) = name
                        && let Some(key) = self.prefix.decode_name(&name)
                    {
                        self.target.invalidate(key);
                    }
                }
            }
            (Subscription::KeyChanges, PushKind::Invalidate, _) => self.target.invalidate_all(),
            // Confirmations of a subscription, and other kinds of messages.
            _ => {}
        }
    }
}
