//! Redis or Valkey server: private, or given by a URL.

mod faults;
mod info;
mod keys;
mod monitor;
mod occupancy;
mod server;

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use self::monitor::{Monitor, MonitorLimits};
pub use self::occupancy::Occupancy;
use self::server::PrivateServer;
pub use self::server::{PROGRAM_VARIABLE, program};
use crate::address::Address;
pub use crate::address::address_without_password;
use crate::resp::{Connection, Reply};
use crate::{Error, ServerTime};

/// Running server. Dropping a private server ends the process and removes its directory.
pub struct RedisServer {
    address: Address,
    /// Address with its password, for clients.
    url: String,
    connection: Mutex<Connection>,
    private_server: Option<PrivateServer>,
}

impl RedisServer {
    /// Starts a private server on a Unix socket in a temporary directory.
    ///
    /// It writes nothing to disk, evicts by `allkeys-lru`, and ends with this process.
    /// `maxmemory_bytes` is its memory limit; 0 for none.
    ///
    /// # Errors
    /// [`Error::Missing`] if no server is installed; [`Error::NotReady`] if it does not start;
    /// [`Error::Directory`].
    pub fn start(maxmemory_bytes: u64) -> Result<Self, Error> {
        Self::start_with_clock(maxmemory_bytes, ServerTime::Real)
    }

    /// Starts a private server like [`start`](Self::start), with the given clock.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start).
    pub fn start_with_clock(maxmemory_bytes: u64, time: ServerTime) -> Result<Self, Error> {
        Self::start_server(&program()?, maxmemory_bytes, time)
    }

    /// Starts a private server with the given program.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start).
    pub fn start_program(program: &Path, maxmemory_bytes: u64) -> Result<Self, Error> {
        Self::start_server(program, maxmemory_bytes, ServerTime::Real)
    }

    fn start_server(program: &Path, maxmemory_bytes: u64, time: ServerTime) -> Result<Self, Error> {
        let (own, address, connection) = PrivateServer::start(program, maxmemory_bytes, time)?;
        let connection = Mutex::new(connection);
        let redis = Self { address, url: own.url(), connection, private_server: Some(own) };
        redis.call_commands_once()?;
        Ok(redis)
    }

    /// Calls each command that strategies and this crate use once, before any measurement.
    ///
    /// Since version 7 the first call of a command allocates a histogram of 24 KiB. That is the
    /// memory of about a hundred small entries, which would be evicted during a measurement.
    fn call_commands_once(&self) -> Result<(), Error> {
        let commands: [&[&str]; 15] = [
            &["HELLO"],
            &["PING"],
            &["PUBLISH", "bakeoff", ""],
            &["SUBSCRIBE", "bakeoff"],
            &["UNSUBSCRIBE", "bakeoff"],
            &["CLIENT", "TRACKING", "OFF"],
            &["GET", "bakeoff"],
            &["MGET", "bakeoff"],
            &["SET", "bakeoff", "", "PX", "1000"],
            &["UNLINK", "bakeoff"],
            &["SCAN", "0"],
            &["DBSIZE"],
            &["INFO", "memory"],
            &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
            &["CONFIG", "GET", "maxmemory"],
        ];
        for command in commands {
            match self.call(command) {
                // With a memory limit below the server's own needs, writes fail; the caller chose
                // that limit.
                Ok(_) | Err(Error::Server { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.empty()
    }

    /// Connects to the server at a URL.
    ///
    /// The configuration of such a server is never changed, and neither is any key without a prefix
    /// given to [`clean_prefix`](Self::clean_prefix).
    ///
    /// # Errors
    /// [`Error::Address`] if the URL is invalid; [`Error::Remote`] if the server is on another
    /// machine and `allow_remote` is false; [`Error::Refused`] if the connection or the login
    /// fails.
    pub fn from_url(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let (address, connection) = connect(url, allow_remote, "PING")?;
        Ok(Self {
            address,
            url: url.to_owned(),
            connection: Mutex::new(connection),
            private_server: None,
        })
    }

    /// Returns the URL for clients: `unix:///path` or `redis://host:port`. It contains the
    /// password: do not log or record it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.url
    }

    /// Address without its password.
    #[must_use]
    pub fn shown_address(&self) -> String {
        self.address.to_string()
    }

    /// Returns true if this process started the server.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.private_server.is_some()
    }

    /// Returns the process id of a private server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.private_server.as_ref().map(|own| own.server().pid())
    }

    /// Returns the path of the page that a private server's virtual clock follows.
    ///
    /// `None` if the server follows the clock of its machine.
    #[must_use]
    pub fn clock_page(&self) -> Option<&Path> {
        self.private_server.as_ref()?.clock_page()
    }

    /// Sets the memory limit of a private server in bytes; 0 for none.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::ConnectionLost`], [`Error::Server`].
    pub fn set_maxmemory(&self, bytes: u64) -> Result<(), Error> {
        self.require_private("limit the memory of")?;
        self.call(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]).map(drop)
    }

    /// Removes all keys of a private server and returns freed memory to the system.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::ConnectionLost`], [`Error::Server`].
    pub fn empty(&self) -> Result<(), Error> {
        self.require_private("empty")?;
        self.call(&["FLUSHALL", "SYNC"])?;
        // Builds without jemalloc refuse `MEMORY PURGE`, which does no harm.
        match self.call(&["MEMORY", "PURGE"]) {
            Ok(_) | Err(Error::Server { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn call<W: AsRef<[u8]>>(&self, words: &[W]) -> Result<Reply, Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = match connection.call(words) {
            Ok(reply) => reply,
            Err(source) => {
                // Part of a reply may be unread, so the next command needs a new connection.
                if let Ok(fresh) = Connection::open(&self.address) {
                    *connection = fresh;
                }
                return Err(Error::ConnectionLost { url: self.shown_address(), source });
            }
        };
        match reply {
            Reply::Error(message) => Err(Error::Server {
                url: self.shown_address(),
                command: words.first().map(shown).unwrap_or_default(),
                message,
            }),
            reply => Ok(reply),
        }
    }

    fn require_private(&self, operation: &'static str) -> Result<(), Error> {
        self.private(operation).map(drop)
    }

    fn private(&self, operation: &'static str) -> Result<&PrivateServer, Error> {
        self.private_server
            .as_ref()
            .ok_or_else(|| Error::NotPrivate { operation, url: self.shown_address() })
    }

    fn unexpected(&self, command: &str) -> Error {
        Error::Server {
            url: self.shown_address(),
            command: command.to_owned(),
            message: String::from("unexpected form of the reply"),
        }
    }
}

fn shown(word: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(word.as_ref()).into_owned()
}

/// Connects to the server at a URL and calls a command without arguments.
fn connect(url: &str, allow_remote: bool, command: &str) -> Result<(Address, Connection), Error> {
    let address = Address::parse(url)?;
    if !allow_remote && !address.is_local() {
        return Err(Error::Remote { url: address.to_string() });
    }
    let refused =
        |source| Error::Refused { url: address.to_string(), source, variable: "REDIS_URL" };
    let mut connection = Connection::open(&address).map_err(refused)?;
    match connection.call(&[command]).map_err(refused)? {
        Reply::Error(message) => Err(refused(io::Error::other(message))),
        _ => Ok((address, connection)),
    }
}
