//! Servers for strategies that need one, as the driver asks for them.

mod postgres;
mod redis;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use bakeoff_services::parity;
use bakeoff_services::postgres::Template;

/// A server that cannot be had.
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

/// Where servers come from.
pub trait Servers: Sync {
    /// The version of a service, which is how one finds out that it can be had at all.
    ///
    /// # Errors
    /// [`ServerError`] with the reason, and what would mend it.
    fn version(&self, service: &str) -> Result<String, ServerError>;

    /// A server for one process or one trial, empty within `namespace`. `limit_bytes` is what a
    /// server of our own may hold; `None`: no limit.
    ///
    /// # Errors
    /// [`ServerError`] with the reason.
    fn lease(
        &self,
        service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
    ) -> Result<Box<dyn Lease>, ServerError>;

    /// What a server of our own has to be allowed so that it holds so many entries, found by
    /// letting `fill` put the entries of a range of ids into the server at an address. `None`
    /// where limits are not ours to set.
    ///
    /// # Errors
    /// Those of `fill` and of the server.
    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        connections: u64,
        fill: &mut Fill<'_>,
    ) -> Result<Option<u64>, ServerError>;
}

/// A server in use; what it holds of ours goes when this is dropped.
pub trait Lease: Send {
    /// Where strategies connect to.
    fn address(&self) -> String;

    /// Bytes that it has allocated in all, or that what we have there takes.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn used_bytes(&self) -> Result<u64, ServerError>;

    /// The most bytes that it has had allocated at once; `None` where it does not keep account.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn peak_bytes(&self) -> Result<Option<u64>, ServerError>;

    /// Whether it limits strategies, and its limits are its owner's, which we do not touch.
    fn as_configured(&self) -> bool;

    /// Whether what it may hold is ours to limit.
    fn takes_limit(&self) -> bool;

    /// Kills it, where it is ours to kill.
    ///
    /// # Errors
    /// [`ServerError`] if it is not, or does not die.
    fn kill(&self) -> Result<(), ServerError> {
        Err(ServerError(format!("{} is not ours to kill", self.address())))
    }

    /// Starts it again, empty, at the same address.
    ///
    /// # Errors
    /// [`ServerError`] if it does not come up.
    fn revive(&self) -> Result<(), ServerError> {
        Err(ServerError(format!("{} was never killed", self.address())))
    }

    /// Lets nobody reach it any more, where it is ours; it keeps what it holds.
    ///
    /// # Errors
    /// [`ServerError`] if it is not ours, or does not answer.
    fn cut_off(&self) -> Result<(), ServerError> {
        Err(ServerError(format!("{} is not ours to cut off", self.address())))
    }

    /// Lets everybody reach it again.
    ///
    /// # Errors
    /// [`ServerError`] if it was not cut off.
    fn reconnect(&self) -> Result<(), ServerError> {
        Err(ServerError(format!("{} was never cut off", self.address())))
    }
}

/// Servers that a URL names, or private ones.
#[derive(Clone, Debug, Default)]
pub struct RealServers {
    redis_url: Option<String>,
    database_url: Option<String>,
    allow_remote: bool,
    /// What private PostgreSQL servers are copied from, once the first one was needed.
    template: Arc<Mutex<Option<Template>>>,
}

impl RealServers {
    /// Uses a Redis and a PostgreSQL that run already, where they are named; only `allow_remote`
    /// lets them be on another machine.
    #[must_use]
    pub fn new(
        redis_url: Option<String>,
        database_url: Option<String>,
        allow_remote: bool,
    ) -> Self {
        Self { redis_url, database_url, allow_remote, template: Arc::default() }
    }
}

fn unknown(service: &str) -> ServerError {
    ServerError(format!(
        "no service {service:?} is known; `services` in variant.toml may name: redis, postgres"
    ))
}

impl Servers for RealServers {
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

    fn limit_for(
        &self,
        service: &str,
        entries: u64,
        connections: u64,
        fill: &mut Fill<'_>,
    ) -> Result<Option<u64>, ServerError> {
        // Others have no limit to size: a strategy keeps its own.
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
