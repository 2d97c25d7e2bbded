//! Servers for strategies that need one.

mod foreign_keys;
mod postgres;
mod redis;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use bakeoff_services::parity;
use bakeoff_services::postgres::Template;
use bakeoff_services::redis::Occupancy;

pub(crate) use self::foreign_keys::ForeignKeys;

/// Reason why a server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ServerError(pub String);

impl From<bakeoff_services::Error> for ServerError {
    fn from(error: bakeoff_services::Error) -> Self {
        Self(error.to_string())
    }
}

/// Puts the entries of a range of ids into the server at an address.
pub type Fill<'a> = dyn FnMut(&str, Range<u64>) -> Result<(), ServerError> + 'a;

/// Provider of servers; tests replace it.
pub trait ServerProvider: Sync {
    /// Returns the version of a service; this also checks that it is available.
    ///
    /// # Errors
    /// [`ServerError`] with the reason and what to do.
    fn version(&self, service: &str) -> Result<String, ServerError>;

    /// Leases a server for one process or one trial, without data in `namespace`.
    ///
    /// `limit_bytes` is the memory limit of a private server.
    ///
    /// # Errors
    /// [`ServerError`] with the reason.
    fn lease(
        &self,
        service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
    ) -> Result<Box<dyn Lease>, ServerError>;

    /// Returns memory and keys of a server given by a URL; `None` for a private server and for
    /// services that never evict.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn occupancy(
        &self,
        _service: &str,
        _own_prefix: &str,
    ) -> Result<Option<Occupancy>, ServerError> {
        Ok(None)
    }

    /// True if others may lose the keys that they keep on a server that a URL names.
    fn allows_eviction(&self) -> bool {
        false
    }

    /// Finds the memory limit in bytes with which a private server holds `entries` entries.
    ///
    /// `fill` puts the entries of a range of ids into the server at an address. `None` if the
    /// server has no limit that we may set.
    ///
    /// # Errors
    /// Errors of `fill` and of the server.
    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        connections: u64,
        fill: &mut Fill<'_>,
    ) -> Result<Option<u64>, ServerError>;
}

/// Server in use; its data in the namespace is deleted on drop.
pub trait Lease: Send {
    /// Address that strategies connect to.
    fn address(&self) -> String;

    /// Returns the memory that the server has allocated, or that our data takes, in bytes.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn used_bytes(&self) -> Result<u64, ServerError>;

    /// Returns the peak of allocated memory in bytes; `None` if the server does not record it.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn peak_bytes(&self) -> Result<Option<u64>, ServerError>;

    /// True if the server's own memory limit applies, which we do not change.
    fn as_configured(&self) -> bool;

    /// True if we set its memory limit.
    fn takes_limit(&self) -> bool;

    /// Kills a private server.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private, or does not end.
    fn kill(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot kill the server: it is not a private server")))
    }

    /// Starts a killed server again, empty, at the same address.
    ///
    /// # Errors
    /// [`ServerError`] if it does not start.
    fn restart(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot restart the server: it was not killed")))
    }

    /// Makes a private server unreachable; it keeps its data.
    ///
    /// # Errors
    /// [`ServerError`] if the server is not private, or does not answer.
    fn disconnect(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot disconnect the server: it is not a private server")))
    }

    /// Makes a disconnected server reachable again.
    ///
    /// # Errors
    /// [`ServerError`] if it was not disconnected.
    fn reconnect(&self) -> Result<(), ServerError> {
        Err(ServerError(String::from("cannot reconnect the server: it was not disconnected")))
    }
}

/// Servers that the user runs, and permissions to use them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExternalServers {
    /// Redis to use instead of a private one.
    pub redis_url: Option<String>,
    /// PostgreSQL to use instead of a private one.
    pub database_url: Option<String>,
    /// Accepts servers on other machines.
    pub allow_remote: bool,
    /// Accepts a Redis whose memory limit could make it evict the keys of others.
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

/// Servers that a URL names, or private ones.
#[derive(Clone, Debug, Default)]
pub struct RealServers {
    external: ExternalServers,
    /// Template of private PostgreSQL servers, created for the first one.
    template: Arc<Mutex<Option<Template>>>,
}

impl RealServers {
    /// Uses the named servers, and private ones for the services without a URL.
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
            "postgres" => Ok(self.postgres()?.version()?),
            other => Err(unknown(other)),
        }
    }

    fn lease(
        &self,
        service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
    ) -> Result<Box<dyn Lease>, ServerError> {
        match service {
            "redis" => self.lease_redis(namespace, limit_bytes),
            "postgres" => self.lease_postgres(namespace),
            other => Err(unknown(other)),
        }
    }

    fn occupancy(&self, service: &str, own_prefix: &str) -> Result<Option<Occupancy>, ServerError> {
        if service != "redis" || self.external.redis_url.is_none() {
            return Ok(None);
        }
        Ok(Some(self.redis(0)?.occupancy(own_prefix)?))
    }

    fn allows_eviction(&self) -> bool {
        self.external.allow_eviction
    }

    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        connections: u64,
        fill: &mut Fill<'_>,
    ) -> Result<Option<u64>, ServerError> {
        // Other services have no limit; the strategy keeps its own.
        if service != "redis" {
            return Ok(None);
        }
        let redis = self.redis(0)?;
        if !redis.is_private() {
            return Ok(None);
        }
        let found = parity::calibrate(&redis, entries, |ids| fill(redis.address(), ids))?;
        Ok(Some(found.maxmemory_for_connections(connections)))
    }
}
