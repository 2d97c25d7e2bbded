//! Hearing of notifications: a connection of its own, on which the server pushes.

use std::future::poll_fn;
use std::io;
use std::thread;
use std::time::Duration;

use bakeoff_strategy::OpenError;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use crate::PgError;

/// Pause before a lost connection is opened anew.
const PAUSE: Duration = Duration::from_millis(20);
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

/// A thread that listens until this is dropped. It has a runtime of its own, because those of a
/// strategy's callers do not run all the time.
#[derive(Debug)]
pub(crate) struct Listener {
    _until: oneshot::Sender<()>,
}

impl Listener {
    /// Begins to listen, and returns once the server has agreed, after [`Heard::Connected`]. A
    /// connection that is lost later is opened anew for as long as it takes.
    ///
    /// # Errors
    /// [`OpenError`] if there is no server.
    pub(crate) async fn start(
        config: Config,
        channel: String,
        hear: impl FnMut(Heard) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let cannot = |why: String| OpenError::Failed(format!("cannot listen to PostgreSQL: {why}"));
        let ear = Ear { config, channel, hear };
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

type First = oneshot::Sender<Result<(), PgError>>;
type Notifications = mpsc::UnboundedReceiver<String>;

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
    thread::Builder::new().name(String::from("pg listener")).spawn(listen).map(drop)
}

/// Who listens to what, and tells whom.
struct Ear<H> {
    config: Config,
    channel: String,
    hear: H,
}

impl<H: FnMut(Heard)> Ear<H> {
    /// Listens for ever, or until the first connection fails.
    async fn listen(&mut self, first: First) {
        let mut first = Some(first);
        loop {
            match self.connect().await {
                Ok((client, notifications)) => {
                    (self.hear)(Heard::Connected);
                    if let Some(first) = first.take() {
                        // Nobody waits any more where the opening was given up.
                        let _ = first.send(Ok(()));
                    }
                    self.attend(&client, notifications).await;
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

    async fn connect(&self) -> Result<(Client, Notifications), PgError> {
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
        Ok((client, notifications))
    }

    /// Hears everything until the connection is lost. One that breaks without a word (a cable, a
    /// machine that is switched off) is found out by asking.
    async fn attend(&mut self, client: &Client, mut notifications: Notifications) {
        loop {
            match timeout(PULSE, notifications.recv()).await {
                Ok(Some(text)) => (self.hear)(Heard::Notified(text)),
                Ok(None) => return,
                Err(_) => {
                    let answer = timeout(PATIENCE, client.check_connection()).await;
                    if !matches!(answer, Ok(Ok(()))) {
                        return;
                    }
                }
            }
        }
    }
}
