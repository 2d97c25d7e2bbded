//! Redis and PostgreSQL servers for strategies: private ones, or the user's own.

mod external_server_guard;
mod postgres;
mod redis;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bakeoff_services::postgres::Template;
use bakeoff_services::redis::Occupancy;
use bakeoff_services::{ServerTime, parity};

pub(crate) use self::external_server_guard::ExternalServerGuard;

/// Reason why a server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(pub String);

impl From<bakeoff_services::Error> for ServerError {
    fn from(error: bakeoff_services::Error) -> Self {
        Self(error.to_string())
    }
}

/// Callback that stores entries with the given ids in the server at the given address.
pub type FillServer<'a> = dyn FnMut(&str, Range<u64>) -> Result<(), ServerError> + 'a;

/// Starts private servers or connects to the user's own; tests use a fake.
pub trait ServerProvider: Sync {
    /// Returns the version of a service; fails if no server is available.
    ///
    /// # Errors
    /// [`ServerError`] with the reason and what the user can do.
    fn version(&self, service: &str) -> Result<String, ServerError>;

    /// Leases a server for one process or one trial; `namespace` is empty at first.
    ///
    /// `limit_bytes` is the memory limit of a private server; `None` sets no limit. `time` is the
    /// clock of a private server.
    ///
    /// # Errors
    /// [`ServerError`] with the reason.
    fn lease(
        &self,
        service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
        time: ServerTime,
    ) -> Result<Box<dyn ServerLease>, ServerError>;

    /// Returns the memory and the numbers of keys of the user's own server.
    ///
    /// `None` for a private server and for services that never evict. Keys that start with
    /// `own_prefix` do not count as keys of other applications.
    ///
    /// # Errors
    /// [`ServerError`] if the server does not answer.
    fn occupancy(
        &self,
        _service: &str,
        _own_prefix: &str,
    ) -> Result<Option<Occupancy>, ServerError> {
        Ok(None)
    }

    /// Returns true if the user accepts that other applications lose keys on the user's own server.
    fn allows_eviction(&self) -> bool {
        false
    }

    /// Returns the memory limit in bytes at which a private server holds `entries` entries with
    /// one connection.
    ///
    /// `fill` stores the entries. `None` if Bakeoff cannot set a limit on the server.
    ///
    /// # Errors
    /// Any error of `fill` or of the server.
    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        fill: &mut FillServer<'_>,
    ) -> Result<Option<u64>, ServerError>;
}

/// Leased server; dropping the lease deletes the data in its namespace.
pub trait ServerLease: Send {
    /// Address that strategies connect to.
    fn address(&self) -> String;

    /// Returns the path of the page with the server's virtual clock; `None` in real time.
    fn clock_page(&self) -> Option<PathBuf> {
        None
    }

    /// Returns the server's allocated memory, or else the size of the lease's data, in bytes.
    ///
    /// # Errors
    /// [`ServerError`] if the server does not answer.
    fn used_bytes(&self) -> Result<u64, ServerError>;

    /// Returns the peak of allocated memory in bytes; `None` if the server does not record it.
    ///
    /// # Errors
    /// [`ServerError`] if the server does not answer.
    fn peak_bytes(&self) -> Result<Option<u64>, ServerError>;

    /// Returns the processor time that a private server has used; `None` if it is unknown.
    fn cpu_time(&self) -> Option<Duration> {
        None
    }

    /// Returns true for the user's own server if its configured memory limit applies to strategies.
    fn as_configured(&self) -> bool;

    /// Returns true if Bakeoff sets the server's memory limit.
    fn takes_limit(&self) -> bool;

    /// Kills a private server.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private or does not end.
    fn kill(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot kill the server: it is not a private server")))
    }

    /// Starts a killed server again at the same address.
    ///
    /// # Errors
    /// [`ServerError`] if the server was not killed or does not start.
    fn restart(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot restart the server: it was not killed")))
    }

    /// Makes a private server unreachable; the server keeps its data.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private or does not answer.
    fn disconnect(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot disconnect the server: it is not a private server")))
    }

    /// Makes a disconnected server reachable again.
    ///
    /// # Errors
    /// [`ServerError`] if the server was not disconnected.
    fn reconnect(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot reconnect the server: it was not disconnected")))
    }
}

/// URLs of the user's own servers, and permissions to use them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExternalServers {
    /// URL of a Redis server to use instead of a private one.
    pub redis_url: Option<String>,
    /// URL of a PostgreSQL server to use instead of a private one.
    pub database_url: Option<String>,
    /// Accepts servers on other machines.
    pub allow_remote: bool,
    /// Accepts a Redis server whose memory limit could cost other applications their keys.
    pub allow_eviction: bool,
}

impl std::fmt::Debug for ExternalServers {
    /// Leaves out the URLs, which may contain passwords.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ExternalServers")
            .field("allow_remote", &self.allow_remote)
            .field("allow_eviction", &self.allow_eviction)
            .finish_non_exhaustive()
    }
}

/// Provider of real servers: the user's own for services with a URL, otherwise private ones.
#[derive(Clone, Debug, Default)]
pub struct RealServers {
    external: ExternalServers,
    /// Data directory that private PostgreSQL servers are copied from, created on first use.
    template: Arc<Mutex<Option<Template>>>,
}

impl RealServers {
    /// Creates a provider; services without a URL get private servers.
    #[must_use]
    pub fn new(external: ExternalServers) -> Self {
        Self { external, template: Arc::default() }
    }
}

fn unknown(service: &str) -> ServerError {
    ServerError(format!("unknown service {service:?} in variant.toml; available: redis, postgres"))
}

impl ServerProvider for RealServers {
    fn version(&self, service: &str) -> Result<String, ServerError> {
        match service {
            "redis" => self.redis_version(),
            "postgres" => Ok(self.postgres(ServerTime::Real)?.version()?),
            other => Err(unknown(other)),
        }
    }

    fn lease(
        &self,
        service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
        time: ServerTime,
    ) -> Result<Box<dyn ServerLease>, ServerError> {
        match service {
            "redis" => self.lease_redis(namespace, limit_bytes, time),
            "postgres" => self.lease_postgres(namespace, time),
            other => Err(unknown(other)),
        }
    }

    fn occupancy(&self, service: &str, own_prefix: &str) -> Result<Option<Occupancy>, ServerError> {
        if service != "redis" || self.external.redis_url.is_none() {
            return Ok(None);
        }
        Ok(Some(self.redis(0, ServerTime::Real)?.occupancy(own_prefix)?))
    }

    fn allows_eviction(&self) -> bool {
        self.external.allow_eviction
    }

    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        fill: &mut FillServer<'_>,
    ) -> Result<Option<u64>, ServerError> {
        // Only Redis has a memory limit; with other services, the strategy limits itself.
        if service != "redis" {
            return Ok(None);
        }
        let redis = self.redis(0, ServerTime::Real)?;
        if !redis.is_private() {
            return Ok(None);
        }
        let found = parity::calibrate(&redis, entries, |ids| fill(redis.address(), ids))?;
        Ok(Some(found.maxmemory_bytes))
    }
}
