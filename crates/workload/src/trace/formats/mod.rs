//! Trace formats, one file each.

mod binary;
mod block;
mod key_value;
mod tables;
mod web;

use std::path::PathBuf;

use super::error::UnknownTraceFormat;
use super::format::TraceFormat;

/// All trace formats. To add a format, write its file and add one line here.
pub const FORMATS: &[TraceFormat] = &[
    web::access_json::FORMAT,
    web::access_log::FORMAT,
    web::alb::FORMAT,
    block::address::FORMAT,
    block::alibaba::FORMAT,
    block::arc::FORMAT,
    tables::csv::FORMAT,
    web::envoy::FORMAT,
    web::haproxy::FORMAT,
    key_value::ibm_cos::FORMAT,
    tables::jsonl::FORMAT,
    binary::lcs::FORMAT,
    block::libcachesim_csv::FORMAT,
    block::lirs::FORMAT,
    key_value::lrb::FORMAT,
    key_value::memcached::FORMAT,
    key_value::memcached_watch::FORMAT,
    key_value::meta_cdn::FORMAT,
    key_value::meta_kvcache::FORMAT,
    block::msr::FORMAT,
    binary::oracle_general::FORMAT,
    binary::oracle_general_op_ns::FORMAT,
    key_value::redis_monitor::FORMAT,
    web::s3::FORMAT,
    web::squid::FORMAT,
    binary::standard_iii::FORMAT,
    binary::standard_iqi::FORMAT,
    binary::standard_iqibh::FORMAT,
    block::tencent::FORMAT,
    tables::tsv::FORMAT,
    key_value::twitter_cluster::FORMAT,
    key_value::twitter_csv::FORMAT,
    binary::twr::FORMAT,
    binary::twr_ns::FORMAT,
    binary::u32_be::FORMAT,
    binary::u64_be::FORMAT,
    block::vscsi::FORMAT,
    web::w3c::FORMAT,
];

/// Finds a format by name or alias.
///
/// # Errors
/// [`UnknownTraceFormat`] with the existing names.
pub fn find_format(name: &str) -> Result<&'static TraceFormat, UnknownTraceFormat> {
    FORMATS
        .iter()
        .find(|format| format.name == name || format.aliases.contains(&name))
        .ok_or_else(|| UnknownTraceFormat { name: name.to_owned(), known: format_names() })
}

/// Joins the names of all formats for messages.
pub(super) fn format_names() -> String {
    FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ")
}

/// Splits `[FORMAT:]PATH`; a prefix that is not the name of a format is part of the path.
#[must_use]
pub fn split_format(text: &str) -> (Option<&'static TraceFormat>, PathBuf) {
    if let Some((prefix, path)) = text.split_once(':')
        && let Ok(format) = find_format(prefix)
    {
        return (Some(format), PathBuf::from(path));
    }
    (None, PathBuf::from(text))
}
