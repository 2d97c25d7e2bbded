//! PostgreSQL server: private, or given by a URL.

mod address;
mod cluster;
mod schema_name;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::Child;
use crate::{Error, ServerTime};

use address::Address;
pub use address::address_without_password;
use cluster::{Cluster, DATABASE, Programs, ROLE};
pub use cluster::{PROGRAM_VARIABLE, Template, program};
pub use schema_name::schema_name;
use wire::{Connection, Failure, Row};

/// Time limit of a private server's start; 20 to 50 ms are usual, more after a crash.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Running server. Dropping a private server ends the process and removes its directory.
pub struct PostgresServer {
    address: Address,
    connection: Mutex<Connection>,
    private_server: Option<PrivateServer>,
}

/// Parts of a private server. Fields are dropped in order: the process before its directory.
struct PrivateServer {
    server: Mutex<Child>,
    cluster: Cluster,
}

impl PrivateServer {
    fn server(&self) -> MutexGuard<'_, Child> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn socket(&self) -> PathBuf {
        Address::socket(self.cluster.path(), address::DEFAULT_PORT)
    }

    /// Returns the path of the socket while the server is disconnected.
    fn unreachable_socket(&self) -> PathBuf {
        self.cluster.path().join("hidden")
    }
}

impl PostgresServer {
    /// Starts a private server on a Unix socket in a temporary directory.
    ///
    /// The server has no port and no password, flushes nothing to disk, and ends with this process.
    /// PostgreSQL refuses to run as root, so root starts it as the user `postgres` or `nobody`.
    ///
    /// # Errors
    /// [`Error::Missing`] if no server is installed; [`Error::NotReady`] if it does not start;
    /// [`Error::Directory`]; [`Error::NeedsOrdinaryUser`].
    pub fn start() -> Result<Self, Error> {
        Self::start_in(Cluster::make(Programs::find()?)?)
    }

    /// Starts a private server from a copy of a template, which saves running `initdb` again.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start).
    pub fn start_from(template: &Template, time: ServerTime) -> Result<Self, Error> {
        let mut cluster = template.copy()?;
        cluster.set_time(time)?;
        Self::start_in(cluster)
    }

    /// Starts a private server with the given program.
    ///
    /// # Errors
    /// The errors of [`start`](Self::start).
    pub fn start_program(program: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::start_in(Cluster::make(Programs::with_server(program.into())?)?)
    }

    fn start_in(cluster: Cluster) -> Result<Self, Error> {
        let mut server = cluster.start()?;
        let address = Address::private(cluster.path(), ROLE, DATABASE);
        let connection =
            wait_until_ready(&mut server, &address).map_err(|reason| cluster.not_ready(reason))?;
        let private_server = Some(PrivateServer { server: Mutex::new(server), cluster });
        Ok(Self { address, connection: Mutex::new(connection), private_server })
    }

    /// Connects to the server at a URL.
    ///
    /// Only the schemas given to [`create_schema`](Self::create_schema) are changed.
    ///
    /// # Errors
    /// [`Error::Address`] if the URL is invalid; [`Error::Remote`] if the server is on another
    /// machine and `allow_remote` is false; [`Error::Refused`] if the connection or the login
    /// fails.
    pub fn from_url(url: &str, allow_remote: bool) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        if !allow_remote && !address.is_local() {
            return Err(Error::Remote { url: address.to_string() });
        }
        let connection = Connection::open(&address).map_err(|failure| Error::Refused {
            url: address.to_string(),
            source: match failure {
                Failure::ConnectionLost(error) => error,
                refused @ Failure::Refused(_) => std::io::Error::other(refused.to_string()),
            },
            variable: "DATABASE_URL",
        })?;
        Ok(Self { address, connection: Mutex::new(connection), private_server: None })
    }

    /// Returns the URL for clients whose tables are in `schema`. It contains the password: do not
    /// log or record it.
    #[must_use]
    pub fn address(&self, schema: &str) -> String {
        self.address.url(Some(schema))
    }

    /// Address without user and password.
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
        self.private_server.as_ref()?.cluster.clock_page()
    }

    /// Kills a private server like a crash: connections end, and unlogged data is lost.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it cannot be killed.
    pub fn kill(&self) -> Result<(), Error> {
        let own = self.private("kill")?;
        let killed = own.server().kill();
        killed.map(drop).map_err(|error| own.cluster.not_ready(error.to_string()))
    }

    /// Starts a killed private server again at the same address.
    ///
    /// The server recovers committed data; unlogged tables are empty.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it does not start.
    pub fn restart(&self) -> Result<(), Error> {
        let own = self.private("restart")?;
        let mut server = own.cluster.start()?;
        let ready = wait_until_ready(&mut server, &self.address);
        let connection = ready.map_err(|reason| own.cluster.not_ready(reason))?;
        *own.server() = server;
        *self.connection() = connection;
        Ok(())
    }

    /// Makes a private server unreachable like a network failure: all connections but ours end, and
    /// new ones fail. The server keeps its data.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if the socket cannot be moved;
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn disconnect(&self) -> Result<(), Error> {
        let own = self.private("disconnect")?;
        fs::rename(own.socket(), own.unreachable_socket())
            .map_err(|error| own.cluster.not_ready(error.to_string()))?;
        self.call(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        .map(drop)
    }

    /// Makes a disconnected server reachable again.
    ///
    /// # Errors
    /// [`Error::NotPrivate`]; [`Error::NotReady`] if it was not disconnected.
    pub fn reconnect(&self) -> Result<(), Error> {
        let own = self.private("reconnect")?;
        fs::rename(own.unreachable_socket(), own.socket())
            .map_err(|error| own.cluster.not_ready(error.to_string()))
    }

    /// Returns the version, for example `postgresql 15.12 (Debian 15.12-0+deb12u2)`.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn version(&self) -> Result<String, Error> {
        Ok(format!("postgresql {}", self.value("SHOW server_version")?))
    }

    /// Creates an empty schema, after dropping an existing one of that name.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`] (for example if the role may not create
    /// schemas).
    pub fn create_schema(&self, schema: &str) -> Result<(), Error> {
        self.drop_schema(schema)?;
        self.call(&format!("CREATE SCHEMA {schema}")).map(drop)
    }

    /// Drops a schema with its contents if it exists.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn drop_schema(&self, schema: &str) -> Result<(), Error> {
        // Avoids a notice in the server's log if the schema does not exist.
        self.call(&format!(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE"
        ))
        .map(drop)
    }

    /// Returns true if the schema exists.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn has_schema(&self, schema: &str) -> Result<bool, Error> {
        Ok(self.value(&format!("SELECT to_regnamespace('{schema}') IS NOT NULL"))? == "t")
    }

    /// Returns the size of all tables of a schema with their indexes, in bytes.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn schema_bytes(&self, schema: &str) -> Result<u64, Error> {
        let bytes = self.value(&format!(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class \
             WHERE relkind IN ('r', 'm') AND relnamespace = to_regnamespace('{schema}')"
        ))?;
        bytes.parse().map_err(|_| {
            self.refused("pg_total_relation_size", format!("{bytes:?} is not a number of bytes"))
        })
    }

    /// Returns the only value of the only row.
    fn value(&self, statement: &str) -> Result<String, Error> {
        let row = self.call(statement)?.into_iter().next().unwrap_or_default();
        let value = row.into_iter().next().flatten();
        value.ok_or_else(|| self.refused(statement, String::from("the result is empty")))
    }

    fn call(&self, statement: &str) -> Result<Vec<Row>, Error> {
        let mut connection = self.connection();
        match connection.call(statement) {
            Ok(rows) => Ok(rows),
            Err(Failure::Refused(message)) => Err(self.refused(statement, message)),
            Err(Failure::ConnectionLost(source)) => {
                // Part of an answer may be unread, so the next statement needs a new connection.
                if let Ok(fresh) = Connection::open(&self.address) {
                    *connection = fresh;
                }
                Err(Error::ConnectionLost { url: self.shown_address(), source })
            }
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn private(&self, operation: &'static str) -> Result<&PrivateServer, Error> {
        self.private_server
            .as_ref()
            .ok_or_else(|| Error::NotPrivate { operation, url: self.shown_address() })
    }

    fn refused(&self, command: &str, message: String) -> Error {
        Error::Server { url: self.shown_address(), command: command.to_owned(), message }
    }
}

fn wait_until_ready(server: &mut Child, address: &Address) -> Result<Connection, String> {
    let started = Instant::now();
    loop {
        let refusal = match Connection::open(address) {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure.to_string(),
        };
        match server.try_wait() {
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if started.elapsed() < START_TIMEOUT => {
                thread::sleep(Duration::from_millis(2))
            }
            Ok(None) => return Err(format!("{refusal} for {} s", START_TIMEOUT.as_secs())),
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use bakeoff_clock::ClockPage;
    use bakeoff_test_support::{PrivatePostgres, require};

    use super::*;

    #[test]
    fn a_server_follows_its_clock_page() {
        if require(PrivatePostgres).is_none() {
            return;
        }
        let template = Template::make().unwrap();
        let server = PostgresServer::start_from(&template, ServerTime::Virtual).unwrap();
        let path = server.clock_page().expect("the server follows its page");
        let page = ClockPage::open(path).unwrap();
        let seconds = || {
            let rows = server.call("SELECT extract(epoch FROM clock_timestamp())::bigint").unwrap();
            rows[0][0].as_deref().unwrap().parse::<u64>().unwrap()
        };
        let start = seconds();
        page.advance_to(Duration::from_secs(86_400));
        assert_eq!(seconds(), start + 86_400);
    }
}
