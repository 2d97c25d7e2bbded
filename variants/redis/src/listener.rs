//! Hearing what others do to a namespace: a connection of its own, on which the server pushes.

use std::io;
use std::thread;
use std::time::Duration;

use bakeoff_strategy::{Key, OpenConfig, OpenError};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, ProtocolVersion, PushInfo, PushKind,
    Value as Answer, cmd,
};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::RedisError;
use crate::arguments::Prefix;

/// Pause before a lost connection is opened anew.
const PAUSE: Duration = Duration::from_millis(20);
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

/// A thread that listens until this is dropped. It has a runtime of its own, because those of a
/// strategy's callers do not run all the time.
#[derive(Debug)]
pub struct Listener {
    _until: oneshot::Sender<()>,
}

impl Listener {
    /// Begins to listen, and returns once the server has agreed, after [`Heard::Connected`]. A
    /// connection that is lost later is opened anew for as long as it takes.
    ///
    /// # Errors
    /// [`OpenError`] if there is no server, or one that knows no RESP3 (before version 6).
    pub async fn start(
        config: &OpenConfig,
        topic: Topic,
        hear: impl FnMut(Heard) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let cannot = |why: String| OpenError::Failed(format!("cannot listen to Redis: {why}"));
        let client = client(config.service("redis")?).map_err(|error| cannot(error.to_string()))?;
        let prefix = Prefix::new(&config.namespace);
        let ear = Ear { client, topic, prefix, hear };
        let (until, over) = oneshot::channel();
        let (first, begun) = oneshot::channel();
        spawn(ear, first, over).map_err(|error| cannot(error.to_string()))?;
        match begun.await {
            Ok(Ok(())) => Ok(Self { _until: until }),
            Ok(Err(error)) => Err(cannot(error.to_string())),
            Err(_) => Err(cannot(String::from("the thread that listens has died"))),
        }
    }
}

fn client(address: &str) -> redis::RedisResult<Client> {
    let info = address.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings))
}

type First = oneshot::Sender<Result<(), RedisError>>;

fn spawn<H: FnMut(Heard) + Send + 'static>(
    mut ear: Ear<H>,
    first: First,
    over: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listen = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = over => {}
                () = ear.listen(first) => {}
            }
        });
    };
    thread::Builder::new().name(String::from("redis listener")).spawn(listen).map(drop)
}

/// Who listens to what, and tells whom.
struct Ear<H> {
    client: Client,
    topic: Topic,
    prefix: Prefix,
    hear: H,
}

impl<H: FnMut(Heard)> Ear<H> {
    /// Listens for ever, or until the first connection fails.
    async fn listen(&mut self, first: First) {
        let mut first = Some(first);
        loop {
            match self.connect().await {
                Ok((connection, pushes)) => {
                    (self.hear)(Heard::Connected);
                    if let Some(first) = first.take() {
                        // Nobody waits any more where the opening was given up.
                        let _ = first.send(Ok(()));
                    }
                    self.attend(connection, pushes).await;
                    (self.hear)(Heard::Lost);
                }
                Err(error) => {
                    if let Some(first) = first.take() {
                        let _ = first.send(Err(error));
                        return;
                    }
                }
            }
            sleep(PAUSE).await;
        }
    }

    async fn connect(&self) -> Result<(MultiplexedConnection, Pushes), RedisError> {
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
        Ok((connection, pushes))
    }

    fn tracking(&self) -> Cmd {
        let mut tracking = cmd("CLIENT");
        tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(self.prefix.channel());
        tracking
    }

    /// Hears everything until the connection is lost. One that breaks without a word (a cable, a
    /// machine that is switched off) is found out by asking.
    async fn attend(&mut self, mut connection: MultiplexedConnection, mut pushes: Pushes) {
        loop {
            match timeout(PULSE, pushes.recv()).await {
                Ok(Some(push)) if push.kind != PushKind::Disconnection => self.tell(push),
                Ok(_) => return,
                Err(_) => {
                    if cmd("PING").exec_async(&mut connection).await.is_err() {
                        return;
                    }
                }
            }
        }
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
