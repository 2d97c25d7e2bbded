//! Hearing what others do: a connection of its own, on which a server pushes.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::thread;
use std::time::Duration;

use bakeoff_strategy::OpenError;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Pause before a lost connection is opened anew.
const PAUSE: Duration = Duration::from_millis(20);

/// Who listens to what, and tells whom.
pub trait Ear {
    /// A connection on which there is something to hear.
    type Line;
    /// Why there is none.
    type Error: Display + Send + 'static;

    /// What is listened to, for messages and the name of the thread.
    const TO: &'static str;

    /// Opens a connection, and tells that everything from now on will be heard.
    ///
    /// # Errors
    /// What the server or the network said.
    fn connect(&mut self) -> impl Future<Output = Result<Self::Line, Self::Error>>;

    /// Hears everything until the connection is lost, and tells of that.
    fn attend(&mut self, line: Self::Line) -> impl Future<Output = ()>;
}

/// A thread that listens until this is dropped. It has a runtime of its own, because those of a
/// strategy's callers do not run all the time.
#[derive(Debug)]
pub struct Listener {
    _until: oneshot::Sender<()>,
}

impl Listener {
    /// Begins to listen, and returns once the server has agreed. A connection that is lost later is
    /// opened anew for as long as it takes.
    ///
    /// # Errors
    /// [`OpenError::Failed`] if the first connection fails, or there can be no thread.
    pub async fn start<E: Ear + Send + 'static>(ear: E) -> Result<Self, OpenError> {
        let cannot = |why: String| OpenError::Failed(format!("cannot listen to {}: {why}", E::TO));
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

type First<E> = oneshot::Sender<Result<(), E>>;

fn spawn<E: Ear + Send + 'static>(
    ear: E,
    first: First<E::Error>,
    over: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let until_over = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = over => {}
                () = listen(ear, first) => {}
            }
        });
    };
    thread::Builder::new().name(format!("{} listener", E::TO)).spawn(until_over).map(drop)
}

/// Listens for ever, or until the first connection fails.
async fn listen<E: Ear>(mut ear: E, first: First<E::Error>) {
    let mut first = Some(first);
    loop {
        let line = ear.connect().await;
        match (line, first.take()) {
            (Ok(line), waiting) => {
                if let Some(waiting) = waiting {
                    // Nobody waits any more where the opening was given up.
                    let _ = waiting.send(Ok(()));
                }
                ear.attend(line).await;
            }
            (Err(error), Some(waiting)) => {
                let _ = waiting.send(Err(error));
                return;
            }
            (Err(_), None) => {}
        }
        sleep(PAUSE).await;
    }
}
