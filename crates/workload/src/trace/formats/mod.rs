//! Trace formats, one file each.

mod logs;
mod research;
mod tables;

use std::path::PathBuf;

use super::error::UnknownTraceFormat;
use super::format::TraceFormat;

/// All trace formats. To add a format, write its file and add one line here.
pub const FORMATS: &[TraceFormat] = &[
    logs::access_json::FORMAT,
    logs::access_log::FORMAT,
    research::address::FORMAT,
    research::arc::FORMAT,
    tables::csv::FORMAT,
    tables::jsonl::FORMAT,
    research::libcachesim_csv::FORMAT,
    research::lirs::FORMAT,
    logs::memcached::FORMAT,
    research::oracle_general::FORMAT,
    logs::redis_monitor::FORMAT,
    tables::tsv::FORMAT,
    research::twitter_csv::FORMAT,
    research::u32_be::FORMAT,
    research::u64_be::FORMAT,
    research::vscsi::FORMAT,
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
