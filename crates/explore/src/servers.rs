//! Servers for strategies that need one, as the driver asks for them.

use std::ops::Range;

use bakeoff_services::{Redis, parity};

use crate::trial::TrialError;

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
pub type Fill<'a> = dyn FnMut(&str, Range<u64>) -> Result<(), TrialError> + 'a;

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
    ) -> Result<Option<u64>, TrialError>;
}

/// A server in use; what it holds of ours goes when this is dropped.
pub trait Lease: Send {
    /// Where strategies connect to.
    fn address(&self) -> String;

    /// Bytes that it has allocated in all.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn used_bytes(&self) -> Result<u64, ServerError>;

    /// The most bytes that it has had allocated at once.
    ///
    /// # Errors
    /// [`ServerError`] if it does not answer.
    fn peak_bytes(&self) -> Result<u64, ServerError>;

    /// Whether its limits are its owner's, which we do not touch.
    fn as_configured(&self) -> bool;

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

/// Redis: the one that a URL names, or private ones.
#[derive(Clone, Debug, Default)]
pub struct RealServers {
    /// A server that runs already.
    pub redis_url: Option<String>,
    /// Whether it may be on another machine.
    pub allow_remote: bool,
}

impl RealServers {
    fn redis(&self, limit_bytes: u64) -> Result<Redis, ServerError> {
        match &self.redis_url {
            Some(url) => Ok(Redis::from_url(url, self.allow_remote)?),
            None => Ok(Redis::start(limit_bytes)?),
        }
    }
}

impl Servers for RealServers {
    fn version(&self, service: &str) -> Result<String, ServerError> {
        match service {
            "redis" => {
                let redis = self.redis(0)?;
                let version = redis.version()?;
                // Its figures are never taken for those of a server that we limit ourselves.
                Ok(if redis.is_private() { version } else { version + ", as configured" })
            }
            other => Err(ServerError(format!(
                "no service {other:?} is known; `services` in variant.toml may name: redis"
            ))),
        }
    }

    fn lease(
        &self,
        _service: &str,
        namespace: &str,
        limit_bytes: Option<u64>,
    ) -> Result<Box<dyn Lease>, ServerError> {
        let redis = self.redis(limit_bytes.unwrap_or(0))?;
        if !redis.is_private() {
            redis.clean_prefix(namespace)?;
        }
        let limit_bytes = limit_bytes.unwrap_or(0);
        Ok(Box::new(RedisLease { redis, namespace: namespace.to_owned(), limit_bytes }))
    }

    fn limit_for(
        &self,
        _service: &str,
        entries: u64,
        connections: u64,
        fill: &mut Fill<'_>,
    ) -> Result<Option<u64>, TrialError> {
        let redis = self.redis(0)?;
        if !redis.is_private() {
            return Ok(None);
        }
        let found = parity::calibrate(&redis, entries, |ids| fill(redis.address(), ids))?;
        Ok(Some(found.maxmemory_for_connections(connections)))
    }
}

struct RedisLease {
    redis: Redis,
    namespace: String,
    limit_bytes: u64,
}

impl Lease for RedisLease {
    fn address(&self) -> String {
        self.redis.address().to_owned()
    }

    fn used_bytes(&self) -> Result<u64, ServerError> {
        Ok(self.redis.used_memory()?)
    }

    fn peak_bytes(&self) -> Result<u64, ServerError> {
        Ok(self.redis.used_memory_peak()?)
    }

    fn as_configured(&self) -> bool {
        !self.redis.is_private()
    }

    fn kill(&self) -> Result<(), ServerError> {
        Ok(self.redis.kill()?)
    }

    fn revive(&self) -> Result<(), ServerError> {
        Ok(self.redis.revive(self.limit_bytes)?)
    }

    fn cut_off(&self) -> Result<(), ServerError> {
        Ok(self.redis.cut_off()?)
    }

    fn reconnect(&self) -> Result<(), ServerError> {
        Ok(self.redis.reconnect()?)
    }
}

impl Drop for RedisLease {
    fn drop(&mut self) {
        if !self.redis.is_private() {
            // The server may be gone; a strategy's keys have a time to live for that case.
            let _ = self.redis.clean_prefix(&self.namespace);
        }
    }
}
