//! Logs and traces of key-value stores and object caches.

pub(super) mod ibm_cos;
pub(super) mod lrb;
pub(super) mod memcached;
pub(super) mod memcached_watch;
pub(super) mod meta_cdn;
pub(super) mod meta_kvcache;
pub(super) mod redis_monitor;
pub(super) mod twitter_cluster;
pub(super) mod twitter_csv;
