//! Journal of changes: a Redis stream that all instances append to and read.

use bakeoff_variant_redis::{Redis, RedisError};
use redis::{Value as Response, cmd};

/// Approximate number of changes kept: those of 100 ms at 10,000 writes per second. The journal
/// shares the server's memory with the entries.
const MAX_RECORDS: u32 = 1_000;
/// Maximum number of records per read.
pub(crate) const PAGE_RECORDS: usize = 1_000;
/// Time to live of a journal that is no longer read.
const TTL_SECONDS: u32 = 3_600;
/// Name of the only field of each record.
const FIELD: &str = "m";

/// Record of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) id: Vec<u8>,
    pub(crate) message: Vec<u8>,
}

fn name(redis: &Redis) -> Vec<u8> {
    redis.auxiliary_name(b"journal")
}

/// Appends a message and returns the id of its record.
pub(crate) async fn append(redis: &Redis, message: &[u8]) -> Result<Vec<u8>, RedisError> {
    let mut append = cmd("XADD");
    append
        .arg(name(redis))
        .arg("MAXLEN")
        .arg("~")
        .arg(MAX_RECORDS)
        .arg("*")
        .arg(FIELD)
        .arg(message);
    match redis.send(&append).await? {
        Response::BulkString(id) => Ok(id),
        other => Err(RedisError::unexpected("XADD", &other)),
    }
}

/// Restarts the journal's time to live.
pub(crate) async fn renew(redis: &Redis) -> Result<(), RedisError> {
    let mut expire = cmd("EXPIRE");
    expire.arg(name(redis)).arg(TTL_SECONDS);
    redis.send(&expire).await.map(drop)
}

/// Returns the record with the given id and those after it, up to [`PAGE_RECORDS`].
pub(crate) async fn read_from(redis: &Redis, id: &[u8]) -> Result<Vec<Record>, RedisError> {
    let mut range = cmd("XRANGE");
    range.arg(name(redis)).arg(id).arg("+").arg("COUNT").arg(PAGE_RECORDS);
    let response = redis.send(&range).await?;
    match decode_records(&response) {
        Some(records) => Ok(records),
        None => Err(RedisError::unexpected("XRANGE", &response)),
    }
}

fn decode_records(response: &Response) -> Option<Vec<Record>> {
    let Response::Array(records) = response else { return None };
    let decode = |record: &Response| {
        let Response::Array(parts) = record else { return None };
        let [Response::BulkString(id), Response::Array(fields)] = parts.as_slice() else {
            return None;
        };
        let [_, Response::BulkString(message)] = fields.as_slice() else { return None };
        Some(Record { id: id.clone(), message: message.clone() })
    };
    records.iter().map(decode).collect()
}
