//! Keys with a prefix, on a server that others may use too.

use std::collections::HashSet;

use super::RedisServer;
use crate::Error;
use crate::resp::Reply;

/// Keys per step of a scan. A reply above 16 KiB needs memory for which a full server would evict
/// entries.
const SCAN_STEP: &str = "400";

impl RedisServer {
    /// Counts the keys with a prefix.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn count_prefix(&self, prefix: &str) -> Result<u64, Error> {
        let mut keys = HashSet::new();
        self.scan(prefix, |_, page| {
            keys.extend(page);
            Ok(())
        })?;
        Ok(keys.len() as u64)
    }

    /// Removes the keys with a prefix and returns their number.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`], [`Error::Server`].
    pub fn clean_prefix(&self, prefix: &str) -> Result<u64, Error> {
        let mut removed = 0;
        self.scan(prefix, |redis, page| {
            if page.is_empty() {
                return Ok(());
            }
            let mut words = vec![b"UNLINK".to_vec()];
            words.extend(page);
            if let Reply::Number(keys) = redis.call(&words)? {
                removed += u64::try_from(keys).unwrap_or(0);
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// Calls `page` with the keys of a prefix, page by page; a key may occur twice.
    fn scan(
        &self,
        prefix: &str,
        mut page: impl FnMut(&Self, Vec<Vec<u8>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pattern = pattern(prefix);
        let mut cursor = b"0".to_vec();
        loop {
            let words = [b"SCAN", &*cursor, b"MATCH", &*pattern, b"COUNT", SCAN_STEP.as_bytes()];
            let Reply::Array(reply) = self.call(&words)? else {
                return Err(self.unexpected("SCAN"));
            };
            let Ok([Reply::Bulk(next), Reply::Array(keys)]) = <[Reply; 2]>::try_from(reply) else {
                return Err(self.unexpected("SCAN"));
            };
            let keys = keys.into_iter().filter_map(|key| match key {
                Reply::Bulk(key) => Some(key),
                _ => None,
            });
            page(self, keys.collect())?;
            if next == b"0" {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// Returns a pattern of `SCAN` that matches exactly the keys with a prefix.
fn pattern(prefix: &str) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for &byte in prefix.as_bytes() {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'^' | b'-' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern.push(b'*');
    pattern
}
