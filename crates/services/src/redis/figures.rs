//! What a server tells about itself.

use std::collections::BTreeMap;

use super::Redis;
use crate::Error;
use crate::resp::Reply;

impl Redis {
    /// Version and allocator, such as `redis 7.0.15 (jemalloc-5.3.0)`: the allocator changes
    /// what an entry costs.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
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

    /// The fields of a section of `INFO`.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn info(&self, section: &str) -> Result<BTreeMap<String, String>, Error> {
        let Reply::Bulk(text) = self.ask(&["INFO", section])? else {
            return Err(self.unexpected("INFO"));
        };
        let text = String::from_utf8_lossy(&text);
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Bytes that the server has allocated (`used_memory`).
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn used_memory(&self) -> Result<u64, Error> {
        self.memory("used_memory")
    }

    /// The most bytes that the server has had allocated at once (`used_memory_peak`).
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn used_memory_peak(&self) -> Result<u64, Error> {
        self.memory("used_memory_peak")
    }

    fn memory(&self, field: &str) -> Result<u64, Error> {
        self.info("memory")?
            .get(field)
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// The memory limit in bytes; 0 is none.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn maxmemory(&self) -> Result<u64, Error> {
        self.info("memory")?
            .get("maxmemory")
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| self.unexpected("INFO memory"))
    }

    /// Keys in the database, other people's included.
    ///
    /// # Errors
    /// [`Error::Broken`], [`Error::Server`].
    pub fn dbsize(&self) -> Result<u64, Error> {
        match self.ask(&["DBSIZE"])? {
            Reply::Number(keys) => Ok(u64::try_from(keys).unwrap_or(0)),
            _ => Err(self.unexpected("DBSIZE")),
        }
    }
}
