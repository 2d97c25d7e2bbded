//! Background thread that receives messages pushed by a server.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use bakeoff_strategy::OpenError;
use tokio::runtime::Builder;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

/// Pause before a lost connection is reopened.
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);
/// Time without a message after which the server is pinged.
const PING_AFTER: Duration = Duration::from_secs(1);

/// Receives the messages of a server over a connection of its own.
pub trait Subscriber {
    /// An open connection.
    type Connection;
    /// Failure to connect.
    type Error: Display + Send + 'static;

    /// Name of the server, for error messages and the name of the thread.
    const SOURCE: &'static str;

    /// Connects and subscribes. All messages sent after this call returns are received.
    ///
    /// # Errors
    /// The failure of the server or the network.
    fn connect(&mut self) -> impl Future<Output = Result<Self::Connection, Self::Error>>;

    /// Processes messages until the connection is lost.
    fn run(&mut self, connection: Self::Connection) -> impl Future<Output = ()>;
}

/// Processes messages until `on_message` returns `Break`, the channel is closed, or a ping fails.
///
/// Sends a `ping` after one second without a message, to detect connections that break without
/// notice, such as a pulled cable.
pub async fn receive_with_pings<M>(
    messages: &mut UnboundedReceiver<M>,
    mut on_message: impl FnMut(M) -> ControlFlow<()>,
    mut ping: impl AsyncFnMut() -> bool,
) {
    loop {
        match timeout(PING_AFTER, messages.recv()).await {
            Ok(Some(message)) => {
                if on_message(message).is_break() {
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => {
                if !ping().await {
                    return;
                }
            }
        }
    }
}

/// Thread that runs a [`Subscriber`] until this handle is dropped.
///
/// The thread has its own runtime, because the runtimes of a strategy's callers do not run all the
/// time.
#[derive(Debug)]
pub struct Listener {
    _stop: oneshot::Sender<()>,
}

impl Listener {
    /// Starts the thread and waits until it is connected. If the connection is lost later, the
    /// thread tries to reconnect until it succeeds.
    ///
    /// # Errors
    /// [`OpenError::Failed`] if the first connection fails, or the thread cannot be started.
    pub async fn start<S: Subscriber + Send + 'static>(subscriber: S) -> Result<Self, OpenError> {
        let failed = |cause: String| {
            OpenError::Failed(format!("cannot subscribe to {}: {cause}", S::SOURCE))
        };
        let (stop, stopped) = oneshot::channel();
        let (first, connected) = oneshot::channel();
        spawn(subscriber, first, stopped).map_err(|error| failed(error.to_string()))?;
        match connected.await {
            Ok(Ok(())) => Ok(Self { _stop: stop }),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed(String::from("the listener thread ended"))),
        }
    }
}

/// Sends the result of the first attempt to connect.
type FirstConnectionSender<E> = oneshot::Sender<Result<(), E>>;

fn spawn<S: Subscriber + Send + 'static>(
    subscriber: S,
    first: FirstConnectionSender<S::Error>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let run_until_stopped = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = stopped => {}
                () = run(subscriber, first) => {}
            }
        });
    };
    thread::Builder::new()
        .name(format!("{} listener", S::SOURCE))
        .spawn(run_until_stopped)
        .map(drop)
}

/// Connects and processes messages forever; returns only if the first connection fails.
async fn run<S: Subscriber>(mut subscriber: S, first: FirstConnectionSender<S::Error>) {
    let mut first = Some(first);
    loop {
        let connection = subscriber.connect().await;
        match (connection, first.take()) {
            (Ok(connection), first) => {
                if let Some(first) = first {
                    // Fails if the caller of `start` was cancelled.
                    let _ = first.send(Ok(()));
                }
                subscriber.run(connection).await;
            }
            (Err(error), Some(first)) => {
                let _ = first.send(Err(error));
                return;
            }
            (Err(_), None) => {}
        }
        sleep(RECONNECT_PAUSE).await;
    }
}
