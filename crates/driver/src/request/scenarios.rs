//! Selects the scenarios of an exploration.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use bakeoff_protocol::exploration::{self, TraceReading};
use bakeoff_workload::scenario::{self, ScenarioDefinition, TraceSource};
use bakeoff_workload::trace::{self, ReadOptions, STANDARD_INPUT};

use super::InvalidRequest;
use crate::request::options::ExploreOptions;

/// Default scenarios, if neither scenarios nor a trace are requested.
pub const DEFAULT_SCENARIOS: [&str; 3] = ["user-profiles", "scan-resistance", "write-heavy"];

/// Scenario of an exploration.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestedScenario {
    /// Content of the scenario file.
    pub scenario: ScenarioDefinition,
    /// Trace as the user gave it, if the scenario replays one.
    pub trace: Option<String>,
    /// Options for reading the trace.
    pub reading: TraceReading,
}

impl RequestedScenario {
    /// Returns a scenario that does not replay a trace of the user.
    #[must_use]
    pub fn bundled(scenario: ScenarioDefinition) -> Self {
        Self { scenario, trace: None, reading: TraceReading::default() }
    }
}

/// Returns the scenarios of the request, or else the saved ones, or else the default ones.
pub(super) fn resolve(
    request: &ExploreOptions,
    root: &Path,
    saved: &[exploration::Scenario],
) -> Result<Vec<RequestedScenario>, InvalidRequest> {
    if request.trace.is_none() && !request.reading.is_default() {
        return Err(InvalidRequest::Trace {
            given: String::from("without --trace"),
            what: String::from("options for reading a trace need --trace"),
        });
    }
    let folder = root.join("scenarios");
    let bundled = |name: &str| -> Result<RequestedScenario, InvalidRequest> {
        Ok(RequestedScenario::bundled(scenario::find_scenario(&folder, name)?))
    };
    let mut scenarios = Vec::new();
    if request.scenarios.is_empty() && request.trace.is_none() {
        for saved in saved {
            scenarios.push(match &saved.trace {
                Some(trace) => from_trace(trace, &saved.reading, root)?,
                None => bundled(&saved.name)?,
            });
        }
        if scenarios.is_empty() {
            scenarios = DEFAULT_SCENARIOS.into_iter().map(bundled).collect::<Result<_, _>>()?;
        }
    } else {
        scenarios = request.scenarios.iter().map(|name| bundled(name)).collect::<Result<_, _>>()?;
        if let Some(trace) = &request.trace {
            scenarios.push(from_trace(trace, &request.reading, &request.start)?);
        }
    }
    for (index, requested) in scenarios.iter().enumerate() {
        let name = &requested.scenario.name;
        if scenarios[..index].iter().any(|before| before.scenario.name == *name) {
            return Err(InvalidRequest::DuplicateScenario(name.clone()));
        }
    }
    Ok(scenarios)
}

/// Returns the scenario that replays a trace, given as `[FORMAT:]PATH`.
///
/// The path may be a pattern; a relative path is relative to `folder`.
fn from_trace(
    given: &str,
    reading: &TraceReading,
    folder: &Path,
) -> Result<RequestedScenario, InvalidRequest> {
    let (mut source, trace) = trace_source(given, folder)?;
    apply_reading(reading, &mut source)
        .map_err(|what| InvalidRequest::Trace { given: given.to_owned(), what })?;
    if source.paths.iter().any(|path| trace::is_stream(path)) {
        let what = "an exploration reads a trace several times, which is not possible for standard \
                    input or a pipe; compile it first: `bakeoff workload compile --trace - --output FILE.bkw`";
        return Err(InvalidRequest::Trace { given: given.to_owned(), what: what.to_owned() });
    }
    let scenario = ScenarioDefinition::for_source(source);
    Ok(RequestedScenario { scenario, trace: Some(trace), reading: reading.clone() })
}

/// Sets the options for reading a trace.
///
/// # Errors
/// Description of the first invalid option.
pub fn apply_reading(reading: &TraceReading, source: &mut TraceSource) -> Result<(), String> {
    source.keep_ops = reading.keep_ops;
    source.limit = reading.limit;
    source.options = ReadOptions {
        columns: parse_or_default(reading.columns.as_deref())?,
        ops: parse_or_default(reading.ops.as_deref())?,
        time_unit: reading.time_unit.as_deref().map(parse).transpose()?,
        max_bad_lines: parse_or_default(reading.max_bad_lines.as_deref())?,
    };
    Ok(())
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn parse_or_default<T: FromStr<Err: Display> + Default>(text: Option<&str>) -> Result<T, String> {
    text.map_or_else(|| Ok(T::default()), parse)
}

/// Parses `[FORMAT:]PATH`, where PATH is a file, a pattern, or `-`.
///
/// Also returns the text with an absolute path, which does not depend on the current directory.
///
/// # Errors
/// [`InvalidRequest::Trace`] if the file does not exist.
pub fn trace_source(given: &str, folder: &Path) -> Result<(TraceSource, String), InvalidRequest> {
    let wrong = |what: String| InvalidRequest::Trace { given: given.to_owned(), what };
    let (format, path) = trace::split_format(given);
    let format = format.map(|format| format.name.to_owned());
    let path = if path == Path::new(STANDARD_INPUT) { path } else { folder.join(path) };
    let files = trace::expand_path(&path).map_err(|error| wrong(error.to_string()))?;
    let is_pattern = files.first() != Some(&path);
    // A pipe has no canonical path.
    let path = if is_pattern || trace::is_stream(&path) {
        path
    } else {
        let whole = path.canonicalize();
        let whole = whole.map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        if whole.is_dir() {
            return Err(wrong(format!("{} is a directory, expected a file", whole.display())));
        }
        whole
    };
    let whole = match &format {
        Some(format) => format!("{format}:{}", path.display()),
        None => path.display().to_string(),
    };
    Ok((TraceSource::from_file(path, format), whole))
}
