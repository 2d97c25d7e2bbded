//! Iteration over the keys of a namespace.

use std::collections::HashSet;

use redis::aio::ConnectionManager;
use redis::{Value as Response, cmd};

use crate::RedisError;
use crate::encoding::Prefix;

/// Number of keys per `SCAN`. Their names must fit into the server's reply buffer of 16 KiB: a
/// longer reply needs more memory, for which a full server would evict entries while they are
/// counted.
const STEP_KEYS: u32 = 400;

/// Counts the keys. A scan may return a key twice while the server's table grows, so duplicates
/// are removed first.
pub(crate) async fn count(
    mut connection: ConnectionManager,
    prefix: &Prefix,
) -> Result<u64, RedisError> {
    let mut seen = HashSet::new();
    let mut cursor = 0;
    loop {
        let (next, names) = step(&mut connection, prefix, cursor).await?;
        seen.extend(names.iter().filter_map(|name| prefix.decode_name(name)));
        if next == 0 {
            return Ok(seen.len() as u64);
        }
        cursor = next;
    }
}

/// Removes the keys; the server frees their memory in the background.
pub(crate) async fn remove(
    mut connection: ConnectionManager,
    prefix: &Prefix,
) -> Result<(), RedisError> {
    let mut cursor = 0;
    loop {
        let (next, names) = step(&mut connection, prefix, cursor).await?;
        if !names.is_empty() {
            cmd("UNLINK").arg(&names).query_async::<()>(&mut connection).await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

async fn step(
    connection: &mut ConnectionManager,
    prefix: &Prefix,
    cursor: u64,
) -> Result<(u64, Vec<Vec<u8>>), RedisError> {
    let response: Response = cmd("SCAN")
        .arg(cursor)
        .arg("MATCH")
        .arg(prefix.pattern())
        .arg("COUNT")
        .arg(STEP_KEYS)
        .query_async(connection)
        .await?;
    redis::from_redis_value(response)
        .map_err(|error| RedisError::Unexpected { command: "SCAN", response: error.to_string() })
}
