//! Parser of `[workload]` with a trace.

use std::path::PathBuf;

use super::document::{Section, TomlValue};
use crate::scenario::error::ScenarioError;
use crate::scenario::trace_source::TraceSource;
use crate::trace::{COLUMN_OPTIONS, ColumnChoice, ReadOptions};

/// TOML keys of `[workload]` with a trace.
pub(super) const KEYS: [&str; 8] =
    ["trace", "format", "keep_ops", "limit", "columns", "ops", "time_unit", "max_bad_lines"];

pub(super) fn parse_trace(section: &Section<'_>) -> Result<TraceSource, ScenarioError> {
    let path = section.require("trace", "write the path of a trace")?;
    let format = match section.get("format") {
        None => None,
        Some(item) => {
            let name = item.text()?;
            crate::trace::find_format(name).map_err(|error| item.error(error))?;
            Some(name.to_owned())
        }
    };
    let paths = match path.value.as_str() {
        Some(text) => vec![PathBuf::from(text)],
        None => path
            .items()?
            .iter()
            .map(|item| item.text().map(PathBuf::from))
            .collect::<Result<Vec<_>, _>>()?,
    };
    if paths.is_empty() {
        return Err(path.error("expected at least one file"));
    }
    Ok(TraceSource {
        paths,
        format,
        keep_ops: section.get("keep_ops").map_or(Ok(false), |item| item.boolean())?,
        limit: section.get("limit").map(|item| item.integer(1..=u64::MAX)).transpose()?,
        options: parse_options(section)?,
        anonymize: None,
    })
}

fn parse_options(section: &Section<'_>) -> Result<ReadOptions, ScenarioError> {
    let mut options = ReadOptions::default();
    if let Some(item) = section.get("columns") {
        options.columns = parse_columns(&item)?;
    }
    if let Some(item) = section.get("ops") {
        options.ops = item.text()?.parse().map_err(|error| item.error(error))?;
    }
    if let Some(item) = section.get("time_unit") {
        options.time_unit = Some(item.text()?.parse().map_err(|error| item.error(error))?);
    }
    if let Some(item) = section.get("max_bad_lines") {
        options.max_bad_lines = item.text()?.parse().map_err(|error| item.error(error))?;
    }
    Ok(options)
}

fn parse_columns(item: &TomlValue<'_>) -> Result<ColumnChoice, ScenarioError> {
    let section = item.section("`columns`", &COLUMN_OPTIONS)?;
    let mut choice = ColumnChoice::default();
    for option in COLUMN_OPTIONS {
        let Some(item) = section.get(option) else { continue };
        let value = match (item.value.as_str(), item.value.as_bool()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(boolean)) => boolean.to_string(),
            (None, None) => item.integer(1..=65_536)?.to_string(),
        };
        choice.set(option, &value).map_err(|error| item.error(error))?;
    }
    Ok(choice)
}
