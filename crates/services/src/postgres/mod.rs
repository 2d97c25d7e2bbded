//! PostgreSQL: a private server of our own, or the one that a URL names.

mod address;
mod cluster;
mod schema;
mod wire;

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::process::Child;

use address::Address;
pub use address::address_without_password;
use cluster::{Cluster, DATABASE, Programs, ROLE};
pub use cluster::{PROGRAM_VARIABLE, Template, program};
pub use schema::schema_of;
use wire::{Connection, Failure, Row};

/// How long a private server may take to answer; 20 to 50 ms are usual, more after a crash.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping a private one ends it and removes its folder.
pub struct Postgres {
    address: Address,
    connection: Mutex<Connection>,
    own: Option<Own>,
}

/// What only a private server has. Fields are dropped in order: the server before its folder.
struct Own {
    server: Mutex<Child>,
    cluster: Cluster,
}

impl Own {
    fn server(&self) -> MutexGuard<'_, Child> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn socket(&self) -> PathBuf {
        Address::socket(self.cluster.path(), address::DEFAULT_PORT)
    }

    /// Where the socket lies while nobody is to find it.
    fn hidden_socket(&self) -> PathBuf {
        self.cluster.path().join("hidden")
    }
}

impl Postgres {
    /// Starts a private server: a Unix socket in a short temporary folder and no port, nothing
    /// flushed to disk, no password. It ends with us, however we end. As root, which PostgreSQL
    /// refuses to run as, it runs as `postgres` or `nobody`.
    ///
    /// # Errors
    /// [`Error::Missing`] where no server is installed, with the command that mends it;
    /// [`Error::NotReady`] where it does not come up; [`Error::Folder`]; [`Error::OnlyRoot`].
    pub fn start() -> Result<Self, Error> {
        Self::start_in(Cluster::make(Programs::find()?)?)
    }

    /// The same, from a copy of a template: faster from the second server on.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_from(template: &Template) -> Result<Self, Error> {
        Self::start_in(template.copy()?)
    }

    /// The same, with the server's program.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_program(program: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::start_in(Cluster::make(Programs::beside(program.into())?)?)
    }

    fn start_in(cluster: Cluster) -> Result<Self, Error> {
        let mut server = cluster.start()?;
        let address = Address::private(cluster.path(), ROLE, DATABASE);
        let connection =
            wait_until_ready(&mut server, &address).map_err(|why| cluster.not_ready(why))?;
        let own = Some(Own { server: Mutex::new(server), cluster });
        Ok(Self { address, connection: Mutex::new(connection), own })
    }

    /// Connects to the server that a URL names. Nothing of it is changed but the schemas that
    /// [`make_schema`](Self::make_schema) is given.
    ///
    /// # Errors
    /// [`Error::Address`]; [`Error::Remote`] if it is not on this machine and `allow_remote` is
    /// false; [`Error::Refused`] if nobody answers there.
    pub fn from_url(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        if !allow_remote && !address.is_local() {
            return Err(Error::Remote { url: address.to_string() });
        }
        let connection = Connection::open(&address).map_err(|failure| Error::Refused {
            url: address.to_string(),
            source: match failure {
                Failure::Broken(error) => error,
                refused @ Failure::Refused(_) => std::io::Error::other(refused.to_string()),
            },
            variable: "DATABASE_URL",
        })?;
        Ok(Self { address, connection: Mutex::new(connection), own: None })
    }

    /// Where clients connect to, with `schema` as the place of their tables. It holds the password,
    /// if there is one: not for logs or records.
    #[must_use]
    pub fn address(&self, schema: &str) -> String {
        self.address.url(Some(schema))
    }

    /// The address without user and password.
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

    /// Kills a private server, as a crash would: whoever is connected loses the connection, and
    /// what was not logged is gone.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it cannot be killed.
    pub fn kill(&self) -> Result<(), Error> {
        let own = self.own("killing")?;
        let killed = own.server().kill();
        killed.map(drop).map_err(|error| own.cluster.not_ready(error.to_string()))
    }

    /// Starts a killed private server again, where it was. It recovers what was committed; tables
    /// that are not logged come back empty.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it does not come up.
    pub fn revive(&self) -> Result<(), Error> {
        let own = self.own("starting again")?;
        let mut server = own.cluster.start()?;
        let ready = wait_until_ready(&mut server, &self.address);
        let connection = ready.map_err(|why| own.cluster.not_ready(why))?;
        *own.server() = server;
        *self.connection() = connection;
        Ok(())
    }

    /// Cuts a private server off, as a broken cable would: every connection but ours ends, and
    /// nobody finds the server any more. It keeps what it holds.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if the socket cannot be moved; [`Error::Broken`],
    /// [`Error::Server`].
    pub fn cut_off(&self) -> Result<(), Error> {
        let own = self.own("cutting off")?;
        fs::rename(own.socket(), own.hidden_socket())
            .map_err(|error| own.cluster.not_ready(error.to_string()))?;
        self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        .map(drop)
    }

    /// Lets everybody reach a server again that was cut off.
    ///
    /// # Errors
    /// [`Error::NotOurs`]; [`Error::NotReady`] if it was not cut off.
    pub fn reconnect(&self) -> Result<(), Error> {
        let own = self.own("reconnecting")?;
        fs::rename(own.hidden_socket(), own.socket())
            .map_err(|error| own.cluster.not_ready(error.to_string()))
    }

    /// The version, such as `postgresql 15.12 (Debian 15.12-0+deb12u2)`.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn version(&self) -> Result<String, Error> {
        Ok(format!("postgresql {}", self.value("SHOW server_version")?))
    }

    /// Makes a schema, empty, in place of one of that name.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`] (such as a role that may not make schemas).
    pub fn make_schema(&self, schema: &str) -> Result<(), Error> {
        self.drop_schema(schema)?;
        self.ask(&format!("CREATE SCHEMA {schema}")).map(drop)
    }

    /// Drops a schema with all that is in it, where it is there.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn drop_schema(&self, schema: &str) -> Result<(), Error> {
        // Without a notice in the server's log where there is none.
        self.ask(&format!(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE"
        ))
        .map(drop)
    }

    /// Whether there is such a schema.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn has_schema(&self, schema: &str) -> Result<bool, Error> {
        Ok(self.value(&format!("SELECT to_regnamespace('{schema}') IS NOT NULL"))? == "t")
    }

    /// Bytes of all tables of a schema, their indexes included.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn schema_bytes(&self, schema: &str) -> Result<u64, Error> {
        let bytes = self.value(&format!(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class \
             WHERE relkind IN ('r', 'm') AND relnamespace = to_regnamespace('{schema}')"
        ))?;
        bytes.parse().map_err(|_| self.refused("a size", format!("{bytes:?} is none")))
    }

    /// The one value of the one row.
    fn value(&self, statement: &str) -> Result<String, Error> {
        let row = self.ask(statement)?.into_iter().next().unwrap_or_default();
        let value = row.into_iter().next().flatten();
        value.ok_or_else(|| self.refused(statement, String::from("no value came")))
    }

    fn ask(&self, statement: &str) -> Result<Vec<Row>, Error> {
        let mut connection = self.connection();
        match connection.ask(statement) {
            Ok(rows) => Ok(rows),
            Err(Failure::Refused(message)) => Err(self.refused(statement, message)),
            Err(Failure::Broken(source)) => {
                // Half an answer may be left on the line; the next statement wants a clean one.
                if let Ok(fresh) = Connection::open(&self.address) {
                    *connection = fresh;
                }
                Err(Error::Broken { url: self.shown_address(), source })
            }
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self, what: &'static str) -> Result<&Own, Error> {
        self.own.as_ref().ok_or_else(|| Error::NotOurs { what, url: self.shown_address() })
    }

    fn refused(&self, command: &str, message: String) -> Error {
        Error::Server { url: self.shown_address(), command: command.to_owned(), message }
    }
}

fn wait_until_ready(server: &mut Child, address: &Address) -> Result<Connection, String> {
    let begun = Instant::now();
    loop {
        let refusal = match Connection::open(address) {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure.to_string(),
        };
        match server.try_wait() {
            Ok(Some(status)) => return Err(format!("it ended at once, {status}")),
            Ok(None) if begun.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            Ok(None) => return Err(format!("{refusal} for {} s", PATIENCE.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
}
