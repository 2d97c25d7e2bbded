//! The stream in which instances write down what they change.

use bakeoff_variant_redis::{Redis, RedisError};
use redis::{Value as Answer, cmd};

/// Changes that the journal holds, or a few more: a hundred milliseconds of ten thousand writes a
/// second. It takes its memory from the entries.
const LENGTH: u32 = 1_000;
/// Entries that are read at once.
pub(crate) const PAGE: usize = 1_000;
/// For how long a journal stays that nobody reads any more.
const LASTS_SECONDS: u32 = 3_600;
/// The one field of each entry.
const FIELD: &str = "m";

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Vec<u8>,
    pub(crate) message: Vec<u8>,
}

fn name(redis: &Redis) -> Vec<u8> {
    redis.name_beside(b"journal")
}

/// Writes down a message; the id of its entry.
pub(crate) async fn append(redis: &Redis, message: &[u8]) -> Result<Vec<u8>, RedisError> {
    let mut append = cmd("XADD");
    append.arg(name(redis)).arg("MAXLEN").arg("~").arg(LENGTH).arg("*").arg(FIELD).arg(message);
    match redis.send(&append).await? {
        Answer::BulkString(id) => Ok(id),
        other => Err(RedisError::unexpected("XADD", &other)),
    }
}

/// Keeps the journal for an hour from now on.
pub(crate) async fn keep(redis: &Redis) -> Result<(), RedisError> {
    let mut expire = cmd("EXPIRE");
    expire.arg(name(redis)).arg(LASTS_SECONDS);
    redis.send(&expire).await.map(drop)
}

/// The entry of an id and those after it, [`PAGE`] at most.
pub(crate) async fn from(redis: &Redis, id: &[u8]) -> Result<Vec<Entry>, RedisError> {
    let mut range = cmd("XRANGE");
    range.arg(name(redis)).arg(id).arg("+").arg("COUNT").arg(PAGE);
    let answer = redis.send(&range).await?;
    match entries(&answer) {
        Some(entries) => Ok(entries),
        None => Err(RedisError::unexpected("XRANGE", &answer)),
    }
}

fn entries(answer: &Answer) -> Option<Vec<Entry>> {
    let Answer::Array(entries) = answer else { return None };
    let entry = |entry: &Answer| {
        let Answer::Array(parts) = entry else { return None };
        let [Answer::BulkString(id), Answer::Array(fields)] = parts.as_slice() else {
            return None;
        };
        let [_, Answer::BulkString(message)] = fields.as_slice() else { return None };
        Some(Entry { id: id.clone(), message: message.clone() })
    };
    entries.iter().map(entry).collect()
}
