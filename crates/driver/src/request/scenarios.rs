//! Which scenarios take part.

use std::path::Path;

use bakeoff_protocol::exploration::{self, TraceReading};
use bakeoff_workload::scenario::{self, Scenario, TraceSource};
use bakeoff_workload::trace::{self, ColumnError, STANDARD_INPUT};

use super::SpecError;
use crate::request::options::Request;

/// What a run has when its user names neither scenarios nor a trace.
pub const DEFAULT: [&str; 3] = ["user-profiles", "scan-resistance", "write-heavy"];

/// A scenario that takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedScenario {
    /// What it says.
    pub scenario: Scenario,
    /// The trace as its user gave it, where it replays one.
    pub trace: Option<String>,
    /// How that trace is read.
    pub reading: TraceReading,
}

impl AskedScenario {
    /// A scenario that is no trace of its user's.
    #[must_use]
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, trace: None, reading: TraceReading::default() }
    }
}

/// Finds the scenarios that a request names; else those that were saved; else the default ones.
pub(super) fn resolve(
    request: &Request,
    root: &Path,
    saved: &[exploration::Scenario],
) -> Result<Vec<AskedScenario>, SpecError> {
    let folder = root.join("scenarios");
    let bundled = |name: &str| -> Result<AskedScenario, SpecError> {
        Ok(AskedScenario::of(scenario::find(&folder, name)?))
    };
    let mut scenarios = Vec::new();
    if request.scenarios.is_empty() && request.trace.is_none() {
        for saved in saved {
            scenarios.push(match &saved.trace {
                Some(trace) => of_trace(trace, &saved.reading, root)?,
                None => bundled(&saved.name)?,
            });
        }
        if scenarios.is_empty() {
            scenarios = DEFAULT.into_iter().map(bundled).collect::<Result<_, _>>()?;
        }
    } else {
        scenarios = request.scenarios.iter().map(|name| bundled(name)).collect::<Result<_, _>>()?;
        if let Some(trace) = &request.trace {
            scenarios.push(of_trace(trace, &request.reading, &request.start)?);
        }
    }
    for (index, asked) in scenarios.iter().enumerate() {
        let name = &asked.scenario.name;
        if scenarios[..index].iter().any(|before| before.scenario.name == *name) {
            return Err(SpecError::ScenarioTwice(name.clone()));
        }
    }
    Ok(scenarios)
}

/// The scenario that replays a trace, `[FORMAT:]PATH`; a relative path counts from `folder`. The
/// path may be a pattern.
fn of_trace(
    given: &str,
    reading: &TraceReading,
    folder: &Path,
) -> Result<AskedScenario, SpecError> {
    let (mut source, trace) = trace_source(given, folder)?;
    source.honour_ops = reading.honour_ops;
    source.limit = reading.limit;
    if let Some(columns) = &reading.columns {
        let wrong = |error: ColumnError| SpecError::Trace {
            given: given.to_owned(),
            what: error.to_string(),
        };
        source.columns = columns.parse().map_err(wrong)?;
    }
    if source.paths.iter().any(|path| trace::is_stream(path)) {
        let what = "an exploration reads a trace more than once, and standard input or a pipe \
                    cannot be; compile it first: `bakeoff workload compile --trace - --output FILE.bkw`";
        return Err(SpecError::Trace { given: given.to_owned(), what: what.to_owned() });
    }
    let scenario = Scenario::for_source(source);
    Ok(AskedScenario { scenario, trace: Some(trace), reading: reading.clone() })
}

/// What `[FORMAT:]PATH` says: one file, a pattern, or `-`, and the same with a whole path, which
/// means the same from whatever folder the next run starts in.
///
/// # Errors
/// [`SpecError::Trace`] if there is no such file.
pub fn trace_source(given: &str, folder: &Path) -> Result<(TraceSource, String), SpecError> {
    let wrong = |what: String| SpecError::Trace { given: given.to_owned(), what };
    let (format, path) = trace::split(given);
    let format = format.map(|format| format.name.to_owned());
    let path = if path == Path::new(STANDARD_INPUT) { path } else { folder.join(path) };
    let files = trace::files(&path).map_err(|error| wrong(error.to_string()))?;
    let is_pattern = files.first() != Some(&path);
    // A pipe has no other name: what it leads to lies in no folder.
    let path = if is_pattern || trace::is_stream(&path) {
        path
    } else {
        let whole = path.canonicalize();
        let whole = whole.map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        if whole.is_dir() {
            return Err(wrong(format!("{} is a folder, no file", whole.display())));
        }
        whole
    };
    let whole = match &format {
        Some(format) => format!("{format}:{}", path.display()),
        None => path.display().to_string(),
    };
    Ok((TraceSource::file(path, format), whole))
}
