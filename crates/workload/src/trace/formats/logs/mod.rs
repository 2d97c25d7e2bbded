//! Logs of servers: web access logs, `redis-cli monitor`, `memcached -vv`.

pub(super) mod access_json;
pub(super) mod access_log;
pub(super) mod memcached;
pub(super) mod redis_monitor;
