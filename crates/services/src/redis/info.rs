//! Version, memory and number of keys of a Redis server.

use std::collections::BTreeMap;

use super::RedisServer;
use crate::Error;
use crate::resp::Reply;

impl RedisServer {
    /// Returns the version and allocator, for example `redis 7.0.15 (jemalloc-5.3.0)`; the
    /// allocator affects the cost of an entry.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn version(&self) -> Result<String, Error> {
        let server = self.info("server")?;
        let memory = self.info("memory")?;
        let of = |fields: &BTreeMap<String, String>, name: &str| fields.get(name).cloned();
        let (name, version) = match of(&server, "valkey_version") {
            Some(version) => ("valkey", version),
            None => ("redis", of(&server, "redis_version").unwrap_or_default()),
        };
        Ok(format!("{name} {version} ({})", of(&memory, "mem_allocator").unwrap_or_default()))
    }

    /// Returns the fields of a section of `INFO`.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn info(&self, section: &str) -> Result<BTreeMap<String, String>, Error> {
        let Reply::Bulk(text) = self.call(&["INFO", section])? else {
            return Err(self.unexpected("INFO"));
        };
        let text = String::from_utf8_lossy(&text);
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Returns the allocated memory (`used_memory`), in bytes.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn used_memory(&self) -> Result<u64, Error> {
        self.memory("used_memory")
    }

    /// Returns the peak of the allocated memory (`used_memory_peak`), in bytes.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn used_memory_peak(&self) -> Result<u64, Error> {
        self.memory("used_memory_peak")
    }

    fn memory(&self, field: &str) -> Result<u64, Error> {
        self.info("memory")?
            .get(field)
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// Returns the memory limit in bytes; 0 for none.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn maxmemory(&self) -> Result<u64, Error> {
        self.info("memory")?
            .get("maxmemory")
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// Returns the number of keys in the selected database, including keys of other owners.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn dbsize(&self) -> Result<u64, Error> {
        match self.call(&["DBSIZE"])? {
            Reply::Number(keys) => Ok(u64::try_from(keys).unwrap_or(0)),
            _ => Err(self.unexpected("DBSIZE")),
        }
    }
}
