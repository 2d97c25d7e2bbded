//! Access logs of web servers, proxies, load balancers and object stores.

pub(super) mod access_json;
pub(super) mod access_log;
pub(super) mod alb;
pub(super) mod envoy;
pub(super) mod haproxy;
mod http;
pub(super) mod s3;
pub(super) mod squid;
mod url_key;
pub(super) mod w3c;
