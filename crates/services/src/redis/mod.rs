//! Redis (or Valkey): a private server of our own, or the one that a URL names.

mod faults;
mod figures;
mod keys;
mod occupancy;
mod server;

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use self::occupancy::Occupancy;
use self::server::Own;
pub use self::server::{PROGRAM_VARIABLE, program};
use crate::Error;
use crate::address::Address;
pub use crate::address::address_without_password;
use crate::resp::{Connection, Reply};

/// A running server. Dropping a private one ends it and removes its folder.
pub struct Redis {
    address: Address,
    /// The address with its password, for those who connect.
    url: String,
    connection: Mutex<Connection>,
    own: Option<Own>,
}

impl Redis {
    /// Starts a private server: a Unix socket in a short temporary folder, nothing on disk,
    /// `allkeys-lru`. It ends with us, however we end.
    ///
    /// `maxmemory_bytes` is its memory limit; 0 is none.
    ///
    /// # Errors
    /// [`Error::Missing`] where no server is installed, with the command that mends it;
    /// [`Error::NotReady`] where it does not come up; [`Error::Folder`].
    pub fn start(maxmemory_bytes: u64) -> Result<Self, Error> {
        Self::start_program(&program()?, maxmemory_bytes)
    }

    /// The same, with the server's program.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_program(program: &Path, maxmemory_bytes: u64) -> Result<Self, Error> {
        let (own, address, connection) = Own::start(program, maxmemory_bytes)?;
        let connection = Mutex::new(connection);
        let redis = Self { address, url: own.url(), connection, own: Some(own) };
        redis.call_everything_once()?;
        Ok(redis)
    }

    /// Since version 7 a server sets up a histogram of 24 KiB when a command is first called. In a
    /// small cache that is a hundred entries, evicted the moment somebody counts them; so all
    /// commands that strategies and we use are called before anything is measured.
    fn call_everything_once(&self) -> Result<(), Error> {
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
            match self.ask(command) {
                // A limit below the server's own needs lets nothing be stored: the user's choice.
                Ok(_) | Err(Error::Server { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.empty()
    }

    /// Connects to the server that a URL names. Nothing of it is changed, ever: not its
    /// configuration, and no key outside the prefixes that [`clean_prefix`](Self::clean_prefix)
    /// is given.
    ///
    /// # Errors
    /// [`Error::Address`]; [`Error::Remote`] if it is not on this machine and `allow_remote` is
    /// false; [`Error::Refused`] if nobody answers there.
    pub fn from_url(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        if !allow_remote && !address.is_local() {
            return Err(Error::Remote { url: address.to_string() });
        }
        let refused =
            |source| Error::Refused { url: address.to_string(), source, variable: "REDIS_URL" };
        let mut connection = Connection::open(&address).map_err(refused)?;
        match connection.ask(&["PING"]).map_err(refused)? {
            Reply::Error(message) => Err(refused(io::Error::other(message))),
            _ => Ok(Self {
                address,
                url: url.to_owned(),
                connection: Mutex::new(connection),
                own: None,
            }),
        }
    }

    /// Where strategies connect to: `unix:///path` or `redis://host:port`. It holds the
    /// password, if there is one: not for logs or records.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.url
    }

    /// The address without its password.
    #[must_use]
    pub fn shown_address(&self) -> String {
        self.address.to_string()
    }

    /// Whether we started it.
    #[must_use]
    pub const fn is_private(&self) -> bool {
        self.own.is_some()
    }

    /// The process of a private server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(|own| own.server().pid())
    }

    /// Sets the memory limit in bytes of a private server; 0 is none.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Broken`], [`Error::Server`].
    pub fn set_maxmemory(&self, bytes: u64) -> Result<(), Error> {
        self.ours("setting maxmemory")?;
        self.ask(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]).map(drop)
    }

    /// Empties a private server, and gives freed memory back to the system.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::Broken`], [`Error::Server`].
    pub fn empty(&self) -> Result<(), Error> {
        self.ours("emptying")?;
        self.ask(&["FLUSHALL", "SYNC"])?;
        // Builds without jemalloc refuse; nothing is lost then.
        match self.ask(&["MEMORY", "PURGE"]) {
            Ok(_) | Err(Error::Server { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn ask<W: AsRef<[u8]>>(&self, words: &[W]) -> Result<Reply, Error> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = match connection.ask(words) {
            Ok(reply) => reply,
            Err(source) => {
                // Half a reply may be left on the line; the next command wants a clean one.
                if let Ok(fresh) = Connection::open(&self.address) {
                    *connection = fresh;
                }
                return Err(Error::Broken { url: self.shown_address(), source });
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

    fn ours(&self, what: &'static str) -> Result<(), Error> {
        self.own(what).map(drop)
    }

    fn own(&self, what: &'static str) -> Result<&Own, Error> {
        self.own.as_ref().ok_or_else(|| Error::NotOurs { what, url: self.shown_address() })
    }

    fn unexpected(&self, command: &str) -> Error {
        Error::Server {
            url: self.shown_address(),
            command: command.to_owned(),
            message: String::from("its reply has another form than Redis gives it"),
        }
    }
}

fn shown(word: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(word.as_ref()).into_owned()
}
