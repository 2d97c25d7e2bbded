//! Protection of the keys that others keep on a server given by a URL.
//!
//! A server with a memory limit evicts keys of any owner or refuses writes. So its state is read
//! before the first write and compared after the last one.

use super::RedisServer;
use crate::Error;

/// Memory and keys of a server at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupancy {
    /// Address without its password.
    pub address: String,
    /// Memory limit in bytes; 0 for none.
    pub maxmemory_bytes: u64,
    /// Name of the eviction policy.
    pub maxmemory_policy: String,
    /// Memory in use, in bytes.
    pub used_memory_bytes: u64,
    /// Number of keys without our prefix, in all databases.
    pub foreign_keys: u64,
    /// Keys evicted since the server started.
    pub evicted_keys: u64,
    /// Keys removed because their time to live ended, since the server started.
    pub expired_keys: u64,
}

impl RedisServer {
    /// Reads memory and keys; keys with `own_prefix` are not counted as foreign.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn occupancy(&self, own_prefix: &str) -> Result<Occupancy, Error> {
        let memory = self.info("memory")?;
        let number = |text: Option<&String>| text.and_then(|text| text.parse().ok());
        let own_keys = self.count_prefix(own_prefix)?;
        let stats = self.info("stats")?;
        let keyspace = self.info("keyspace")?;
        let keys: u64 = keyspace.values().filter_map(|database| keys_of(database)).sum();
        Ok(Occupancy {
            address: self.shown_address(),
            maxmemory_bytes: number(memory.get("maxmemory")).unwrap_or(0),
            maxmemory_policy: memory.get("maxmemory_policy").cloned().unwrap_or_default(),
            used_memory_bytes: self.used_memory()?,
            foreign_keys: keys.saturating_sub(own_keys),
            evicted_keys: number(stats.get("evicted_keys")).unwrap_or(0),
            expired_keys: number(stats.get("expired_keys")).unwrap_or(0),
        })
    }
}

impl Occupancy {
    /// Checks that writing to the server can neither evict foreign keys nor fill its memory.
    ///
    /// Every server with a memory limit is refused, except one that evicts and has no foreign key:
    /// the size of the load is not known before the workloads are replayed.
    ///
    /// # Errors
    /// [`Error::EvictsForeignKeys`].
    pub fn check_before_writing(&self) -> Result<(), Error> {
        let evicts = self.maxmemory_policy != "noeviction";
        if self.maxmemory_bytes == 0 || (evicts && self.foreign_keys == 0) {
            return Ok(());
        }
        Err(Error::EvictsForeignKeys {
            url: self.address.clone(),
            foreign_keys: self.foreign_keys,
            used_mib: mebibytes(self.used_memory_bytes),
            maxmemory_mib: mebibytes(self.maxmemory_bytes),
            policy: self.maxmemory_policy.clone(),
            consequence: if evicts { "evict those keys" } else { "make their owner's writes fail" },
        })
    }

    /// Compares with an earlier state of the same server and checks that no foreign key is lost.
    ///
    /// # Errors
    /// [`Error::ForeignKeysLost`] if keys were evicted while foreign keys existed, or if more
    /// foreign keys are gone than expired.
    pub fn check_since(&self, before: &Self) -> Result<(), Error> {
        let evicted = self.evicted_keys.saturating_sub(before.evicted_keys);
        let expired = self.expired_keys.saturating_sub(before.expired_keys);
        let missing = before.foreign_keys.saturating_sub(self.foreign_keys);
        if before.foreign_keys == 0 || (evicted == 0 && missing <= expired) {
            return Ok(());
        }
        Err(Error::ForeignKeysLost {
            url: self.address.clone(),
            before: before.foreign_keys,
            after: self.foreign_keys,
            evicted,
        })
    }
}

/// Reads the number of keys from a line of `INFO keyspace`: `keys=2,expires=0,avg_ttl=0`.
fn keys_of(database: &str) -> Option<u64> {
    database.split(',').find_map(|field| field.strip_prefix("keys="))?.parse().ok()
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occupancy(maxmemory_bytes: u64, policy: &str, foreign_keys: u64) -> Occupancy {
        Occupancy {
            address: String::from("redis://localhost:6379"),
            maxmemory_bytes,
            maxmemory_policy: policy.to_owned(),
            used_memory_bytes: 1 << 20,
            foreign_keys,
            evicted_keys: 7,
            expired_keys: 3,
        }
    }

    #[test]
    fn a_server_that_could_lose_foreign_keys_is_refused() {
        let refused = |limit, policy, keys| occupancy(limit, policy, keys).check_before_writing();
        assert!(refused(0, "noeviction", 10).is_ok());
        assert!(refused(0, "allkeys-lru", 10).is_ok());
        assert!(refused(4 << 20, "allkeys-lru", 0).is_ok());
        assert!(refused(4 << 20, "noeviction", 0).is_err());
        let message = refused(4 << 20, "allkeys-lru", 10_251).unwrap_err().to_string();
        for part in ["10251 keys", "4.0 MiB", "allkeys-lru", "--allow-eviction"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn lost_keys_are_an_error() {
        let before = occupancy(0, "noeviction", 100);
        let after = |foreign_keys, evicted: u64, expired: u64| Occupancy {
            evicted_keys: 7 + evicted,
            expired_keys: 3 + expired,
            ..occupancy(0, "noeviction", foreign_keys)
        };
        assert!(after(100, 0, 0).check_since(&before).is_ok());
        assert!(after(120, 0, 0).check_since(&before).is_ok());
        assert!(after(98, 0, 2).check_since(&before).is_ok());
        assert!(after(98, 0, 1).check_since(&before).is_err());
        assert!(after(100, 1, 0).check_since(&before).is_err());
        let message = after(60, 40, 0).check_since(&before).unwrap_err().to_string();
        assert!(message.contains("100") && message.contains("60"), "{message}");
        let empty = occupancy(4 << 20, "allkeys-lru", 0);
        assert!(after(0, 40, 0).check_since(&empty).is_ok());
    }

    #[test]
    fn keys_are_read_from_the_keyspace() {
        assert_eq!(keys_of("keys=10251,expires=0,avg_ttl=0"), Some(10_251));
        assert_eq!(keys_of("expires=0"), None);
    }
}
