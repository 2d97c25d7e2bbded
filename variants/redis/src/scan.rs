//! Going through our own keys, and no others, on a server that may have many.

use std::collections::HashSet;

use redis::aio::ConnectionManager;
use redis::{Value as Answer, cmd};

use crate::RedisError;
use crate::arguments::Prefix;

/// Keys that one step looks at. Their names have to fit the 16 KiB that the server keeps for a
/// reply: a longer one takes further memory, for which a full server evicts entries, and counting
/// would change what is counted.
const STEP: u32 = 400;

/// Counts our keys. A scan may name a key twice while the server's table grows, so they are
/// gathered before they are counted.
pub(crate) async fn count(
    mut connection: ConnectionManager,
    prefix: &Prefix,
) -> Result<u64, RedisError> {
    let mut seen = HashSet::new();
    let mut cursor = 0;
    loop {
        let (next, names) = step(&mut connection, prefix, cursor).await?;
        seen.extend(names.iter().filter_map(|name| prefix.key_of(name)));
        if next == 0 {
            return Ok(seen.len() as u64);
        }
        cursor = next;
    }
}

/// Removes our keys; the server frees their memory in the background.
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
    let answer: Answer = cmd("SCAN")
        .arg(cursor)
        .arg("MATCH")
        .arg(prefix.pattern())
        .arg("COUNT")
        .arg(STEP)
        .query_async(connection)
        .await?;
    redis::from_redis_value(answer)
        .map_err(|error| RedisError::Unexpected { command: "SCAN", answer: error.to_string() })
}
