//! Redis servers: private ones, or the user's own with a key prefix for each lease.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bakeoff_services::process::cpu_time;
use bakeoff_services::{RedisServer, ServerTime};

use super::{RealServers, ServerError, ServerLease};

impl RealServers {
    pub(super) fn redis(
        &self,
        limit_bytes: u64,
        time: ServerTime,
    ) -> Result<RedisServer, ServerError> {
        match &self.external.redis_url {
            Some(url) => Ok(RedisServer::from_url(url, self.external.allow_remote)?),
            None => Ok(RedisServer::start_with_clock(limit_bytes, time)?),
        }
    }

    pub(super) fn redis_version(&self) -> Result<String, ServerError> {
        let redis = self.redis(0, ServerTime::Real)?;
        let version = redis.version()?;
        // The suffix keeps results of the user's own server separate from those of private servers.
        Ok(if redis.is_private() { version } else { version + ", as configured" })
    }

    pub(super) fn lease_redis(
        &self,
        namespace: &str,
        limit_bytes: Option<u64>,
        time: ServerTime,
    ) -> Result<Box<dyn ServerLease>, ServerError> {
        let limit_bytes = limit_bytes.unwrap_or(0);
        let redis = self.redis(limit_bytes, time)?;
        if !redis.is_private() {
            redis.clean_prefix(namespace)?;
        }
        Ok(Box::new(RedisLease { redis, namespace: namespace.to_owned(), limit_bytes }))
    }
}

struct RedisLease {
    redis: RedisServer,
    namespace: String,
    limit_bytes: u64,
}

impl ServerLease for RedisLease {
    fn address(&self) -> String {
        self.redis.address().to_owned()
    }

    fn clock_page(&self) -> Option<PathBuf> {
        self.redis.clock_page().map(Path::to_owned)
    }

    fn used_bytes(&self) -> Result<u64, ServerError> {
        Ok(self.redis.used_memory()?)
    }

    fn peak_bytes(&self) -> Result<Option<u64>, ServerError> {
        Ok(Some(self.redis.used_memory_peak()?))
    }

    fn cpu_time(&self) -> Option<Duration> {
        cpu_time(self.redis.pid()?).ok()
    }

    fn as_configured(&self) -> bool {
        !self.redis.is_private()
    }

    fn takes_limit(&self) -> bool {
        self.redis.is_private()
    }

    fn kill(&self) -> Result<(), ServerError> {
        Ok(self.redis.kill()?)
    }

    fn restart(&self) -> Result<(), ServerError> {
        Ok(self.redis.restart(self.limit_bytes)?)
    }

    fn disconnect(&self) -> Result<(), ServerError> {
        Ok(self.redis.disconnect()?)
    }

    fn reconnect(&self) -> Result<(), ServerError> {
        Ok(self.redis.reconnect()?)
    }
}

impl Drop for RedisLease {
    fn drop(&mut self) {
        if !self.redis.is_private() {
            // Errors are ignored: if the server does not answer, the keys expire.
            let _ = self.redis.clean_prefix(&self.namespace);
        }
    }
}
