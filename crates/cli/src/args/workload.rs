//! Flags that select a workload: `--scenario NAME` or `--trace [FORMAT:]PATH`.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bakeoff_driver::request::scenarios::{apply_reading, trace_source};
use bakeoff_protocol::exploration::TraceReading;
use bakeoff_workload::ScenarioDefinition;
use bakeoff_workload::scenario::{self, TraceSource};
use bakeoff_workload::trace::{BadLineLimit, ColumnChoice, OpRules, TimeUnit};

use crate::exit::UsageError;
use crate::workspace;

/// Source of a workload.
#[derive(clap::Args, Clone, Debug)]
pub struct WorkloadArgs {
    /// Scenario, by name or as a file.
    #[arg(long, value_name = "NAME", required_unless_present = "trace",
          conflicts_with_all = ["trace", "keep_ops", "columns", "key", "ops", "time_unit",
                                "max_bad_lines", "limit"])]
    scenario: Option<String>,
    /// Trace, access log or compiled workload (.bkw); can be repeated. A pattern ('logs/*.gz')
    /// selects several files, read in the order of their first requests; - is standard input.
    #[arg(long, value_name = "[FORMAT:]PATH")]
    trace: Vec<String>,
    #[command(flatten)]
    reading: TraceArgs,
}

/// Options for reading a trace.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct TraceArgs {
    /// Replay write operations of block and address traces as writes (default: every access is a
    /// read).
    #[arg(long)]
    keep_ops: bool,
    /// Meaning of columns (csv) or fields (jsonl): key, op, size, ttl, time, tenant, count by name
    /// or by number from 1; header=no, separator=tab. Several columns of a part: time=date+time.
    #[arg(long, value_name = "key=NAME,size=3,…", value_parser = checked::<ColumnChoice>)]
    columns: Option<String>,
    /// Parts of the key: columns of a table, or host, path and query of a web request.
    #[arg(long, value_delimiter = ',', value_name = "A,B,…")]
    key: Vec<String>,
    /// Meaning of the names of operations; others keep their usual meaning.
    #[arg(long, value_name = "read=GET,0;write=PUT;delete=DEL;ignore=*",
          value_parser = checked::<OpRules>)]
    ops: Option<String>,
    /// Unit of numeric times: s, ms, us, ns, or ticks (100 ns since 1601).
    #[arg(long, value_name = "UNIT", value_parser = checked::<TimeUnit>)]
    time_unit: Option<String>,
    /// Maximum number or share of lines that cannot be read; default: 1% of the lines.
    #[arg(long, value_name = "N|P%", value_parser = checked::<BadLineLimit>)]
    max_bad_lines: Option<String>,
    /// Maximum number of requests to read, from the start of the trace.
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
}

/// Returns the text unchanged if it is valid.
fn checked<T: FromStr<Err: Display>>(text: &str) -> Result<String, String> {
    text.parse::<T>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl WorkloadArgs {
    /// Returns the scenario and the base directory of its relative paths.
    pub fn scenario(&self) -> anyhow::Result<(ScenarioDefinition, PathBuf)> {
        if !self.trace.is_empty() {
            return self.reading.scenario(&self.trace);
        }
        let name = self.scenario.as_deref().unwrap_or_default();
        let root = workspace::root()?;
        let scenario = if name.ends_with(".toml") {
            ScenarioDefinition::load(Path::new(name))
        } else {
            scenario::find_scenario(&root.join("scenarios"), name)
        };
        Ok((scenario.map_err(|error| UsageError(error.to_string()))?, root))
    }
}

impl TraceArgs {
    /// Returns the options as an exploration stores them.
    pub fn reading(&self) -> TraceReading {
        let key = (!self.key.is_empty()).then(|| format!("key={}", self.key.join("+")));
        let columns: Vec<String> = self.columns.clone().into_iter().chain(key).collect();
        TraceReading {
            keep_ops: self.keep_ops,
            columns: (!columns.is_empty()).then(|| columns.join(",")),
            ops: self.ops.clone(),
            time_unit: self.time_unit.clone(),
            max_bad_lines: self.max_bad_lines.clone(),
            limit: self.limit,
        }
    }

    /// Returns a scenario that replays these traces, and the base directory of their paths.
    pub fn scenario(&self, traces: &[String]) -> anyhow::Result<(ScenarioDefinition, PathBuf)> {
        let source = self.source(traces)?;
        Ok((ScenarioDefinition::for_source(source), workspace::current_directory()?))
    }

    /// Returns the traces with these options.
    pub fn source(&self, traces: &[String]) -> anyhow::Result<TraceSource> {
        let here = workspace::current_directory()?;
        let mut source = TraceSource::default();
        apply_reading(&self.reading(), &mut source).map_err(UsageError)?;
        for (index, given) in traces.iter().enumerate() {
            let (one, _) =
                trace_source(given, &here).map_err(|error| UsageError(error.to_string()))?;
            if index > 0 && one.format != source.format {
                let what = "all traces need the same format; give the format for all or for none";
                return Err(UsageError(format!("--trace {given}: {what}")).into());
            }
            source.format = one.format;
            source.paths.extend(one.paths);
        }
        Ok(source)
    }
}
