//! Who looks into the journal: a thread of its own, since the runtimes of a strategy's callers do
//! not run all the time.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bakeoff_patterns::{Change, Instance, Nearby};
use bakeoff_strategy::{OpenConfig, OpenError, Options, Strategy};
use bakeoff_variant_redis::{Redis, RedisError};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::journal::{self, PAGE};

/// For how long the server may take to answer: longer than any that is merely busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// A thread that looks until this is dropped.
#[derive(Debug)]
pub(crate) struct Poller {
    _until: oneshot::Sender<()>,
}

impl Poller {
    /// Begins to look every so often, and returns once it knows where the journal stands.
    ///
    /// # Errors
    /// [`OpenError`] if there is no server.
    pub(crate) async fn start(
        config: &OpenConfig,
        every: Duration,
        instance: Instance,
        near: Arc<dyn Nearby>,
    ) -> Result<Self, OpenError> {
        let config = OpenConfig { options: Options::default(), connections: 1, ..config.clone() };
        let (until, over) = oneshot::channel();
        let (first, begun) = oneshot::channel();
        spawn(config, Reader { instance, near, at: Vec::new() }, every, first, over)
            .map_err(|error| OpenError::Failed(format!("no thread to read a journal: {error}")))?;
        match begun.await {
            Ok(opened) => opened.map(|()| Self { _until: until }),
            Err(_) => {
                Err(OpenError::Failed(String::from("the thread that reads a journal has died")))
            }
        }
    }
}

fn spawn(
    config: OpenConfig,
    mut reader: Reader,
    every: Duration,
    first: oneshot::Sender<Result<(), OpenError>>,
    over: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let look = async move {
        let opened = Redis::open(&config).await;
        let begun = match &opened {
            Ok(redis) => reader.begin(redis).await.map_err(|error| {
                OpenError::Failed(format!("no journal on the Redis server: {error}"))
            }),
            Err(error) => Err(error.clone()),
        };
        let is_begun = begun.is_ok();
        // Nobody waits any more where the opening was given up.
        let _ = first.send(begun);
        if let (Ok(redis), true) = (opened, is_begun) {
            reader.read(&redis, every).await;
        }
    };
    let run = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = over => {}
                () = look => {}
            }
        });
    };
    thread::Builder::new().name(String::from("journal reader")).spawn(run).map(drop)
}

/// Who reads the journal for the near tier of one instance.
struct Reader {
    instance: Instance,
    near: Arc<dyn Nearby>,
    /// The entry that was read last.
    at: Vec<u8>,
}

impl Reader {
    /// Marks in the journal where reading begins, so that a later look can tell whether anything is
    /// missing, and has everything forgotten that may be older than that.
    async fn begin(&mut self, redis: &Redis) -> Result<(), RedisError> {
        self.at = journal::append(redis, b"").await?;
        journal::keep(redis).await?;
        self.near.forget_all();
        Ok(())
    }

    /// Looks for ever. While the server is away nothing is kept near.
    async fn read(&mut self, redis: &Redis, every: Duration) {
        let mut reached = true;
        loop {
            sleep(every).await;
            let looked = timeout(PATIENCE, async {
                if reached { self.look(redis).await } else { self.begin(redis).await }
            });
            let now = matches!(looked.await, Ok(Ok(())));
            if now != reached {
                if now { self.near.hear() } else { self.near.cut_off() }
            }
            reached = now;
        }
    }

    /// Reads what was written down since the last look.
    async fn look(&mut self, redis: &Redis) -> Result<(), RedisError> {
        loop {
            let entries = journal::from(redis, &self.at).await?;
            if entries.first().is_none_or(|first| first.id != self.at) {
                return self.begin(redis).await;
            }
            for entry in &entries[1..] {
                // A mark of somebody who begins says nothing.
                match self.instance.change(&entry.message).filter(|_| !entry.message.is_empty()) {
                    Some(Change::Key(key)) => self.near.forget(key),
                    Some(Change::All) => self.near.forget_all(),
                    None => {}
                }
            }
            let is_last = entries.len() < PAGE;
            if let Some(last) = entries.into_iter().next_back() {
                self.at = last.id;
            }
            if is_last {
                return journal::keep(redis).await;
            }
        }
    }
}
