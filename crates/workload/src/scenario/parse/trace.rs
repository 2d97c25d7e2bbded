//! `[workload]` with a trace.

use std::path::PathBuf;

use super::super::document::{Item, Section};
use super::super::{ScenarioError, TraceSource};
use crate::trace::{ColumnChoice, ROLES};

/// The keys that may stand there.
pub(super) const KEYS: [&str; 5] = ["trace", "format", "honour_ops", "limit", "columns"];

/// What the section says.
pub(super) fn trace(section: &Section<'_>) -> Result<TraceSource, ScenarioError> {
    let path = section.require("trace", "the path of a trace")?;
    let format = match section.get("format") {
        None => None,
        Some(item) => {
            let name = item.text()?;
            crate::trace::format(name).map_err(|error| item.error(error))?;
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
        return Err(path.error("needs at least one file"));
    }
    Ok(TraceSource {
        paths,
        format,
        honour_ops: section.get("honour_ops").map_or(Ok(false), |item| item.boolean())?,
        limit: section.get("limit").map(|item| item.whole(1..=u64::MAX)).transpose()?,
        columns: section
            .get("columns")
            .map_or(Ok(ColumnChoice::default()), |item| columns(&item))?,
        anonymize: None,
    })
}

fn columns(item: &Item<'_>) -> Result<ColumnChoice, ScenarioError> {
    let section = item.section("`columns`", &ROLES)?;
    let mut choice = ColumnChoice::default();
    for role in ROLES {
        let Some(item) = section.get(role) else { continue };
        let value = match (item.value.as_str(), item.value.as_bool()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(truth)) => truth.to_string(),
            (None, None) => item.whole(1..=65_536)?.to_string(),
        };
        choice.set(role, &value).map_err(|error| item.error(error))?;
    }
    Ok(choice)
}
