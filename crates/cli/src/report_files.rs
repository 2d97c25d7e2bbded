//! Files of a report: reads the records of an exploration, and writes results and rendered files.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use bakeoff_analysis::decision::{config, decide};
use bakeoff_analysis::{Input, analyze};
use bakeoff_driver::record::atomic_file;
use bakeoff_protocol::SCHEMA_VERSION;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::results::Results;
use bakeoff_protocol::results::decision::DecisionConfig;
use bakeoff_protocol::sample::Record;
use bakeoff_report::{CHARTS, render};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::exit::UsageError;

const EXPLORATION: &str = "exploration.json";
const SAMPLES: &str = "samples.jsonl";
const RESULTS: &str = "results.json";
const DECISION: &str = "decision.toml";

/// Computes the results of an exploration from its samples, or reads `results.json` if there are no
/// samples. Writes nothing.
///
/// # Errors
/// [`UsageError`] if the files have another schema version or `decision.toml` is invalid; other
/// errors if a file cannot be read.
pub fn load(folder: &Path) -> anyhow::Result<Results> {
    check_version(&folder.join(EXPLORATION))?;
    let results_path = folder.join(RESULTS);
    if !folder.join(SAMPLES).exists() && results_path.exists() {
        check_version(&results_path)?;
        let mut results: Results = read_json(&results_path)?;
        let config = read_config(folder, &scenario_names(&results))?;
        results.decision = decide(&results, config.as_ref());
        return Ok(results);
    }
    let input = read_input(folder)?;
    let names: Vec<&str> = input.exploration.scenarios.iter().map(|s| s.name.as_str()).collect();
    let config = read_config(folder, &names)?;
    // Converted to JSON and back, so that rendering from `results.json` gives the same bytes.
    let json = serde_json::to_vec(&analyze(&input, config.as_ref()))?;
    Ok(serde_json::from_slice(&json)?)
}

/// Computes the results as [`load`] does, then writes `results.json` and every rendered file, each
/// atomically, and removes outdated charts.
///
/// # Errors
/// As [`load`], or if a file cannot be rendered or written.
pub fn write(folder: &Path) -> anyhow::Result<Results> {
    let results = load(folder)?;
    let files = render(&results)?;
    atomic_file::write_json(&folder.join(RESULTS), &results)?;
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        atomic_file::write(&path, &file.bytes)?;
        written.push(path);
    }
    for path in atomic_file::entries(&folder.join(CHARTS))? {
        if path.extension().is_some_and(|extension| extension == "svg") && !written.contains(&path)
        {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(results)
}

/// Copies a `decision.toml` into an exploration, where [`write()`] uses it now and later.
///
/// # Errors
/// [`UsageError`] if the file is invalid; other errors if it cannot be read or written.
pub fn adopt_decision(folder: &Path, file: &Path) -> anyhow::Result<()> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse_config(&text, file, &scenario_names(&load(folder)?))?;
    atomic_file::write(&folder.join(DECISION), text.as_bytes())?;
    Ok(())
}

fn scenario_names(results: &Results) -> Vec<&str> {
    results.scenarios.iter().map(|of| of.scenario.name.as_str()).collect()
}

fn read_config(folder: &Path, scenarios: &[&str]) -> anyhow::Result<Option<DecisionConfig>> {
    let path = folder.join(DECISION);
    match fs::read_to_string(&path) {
        Ok(text) => parse_config(&text, &path, scenarios).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn parse_config(text: &str, path: &Path, scenarios: &[&str]) -> anyhow::Result<DecisionConfig> {
    config::parse(text, path, scenarios).map_err(|error| UsageError(error.to_string()).into())
}

/// Returns an error if a file has another schema version.
fn check_version(path: &Path) -> anyhow::Result<()> {
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    let Version { schema } = read_json(path)?;
    if schema == SCHEMA_VERSION {
        return Ok(());
    }
    Err(UsageError(format!(
        "cannot read {}: it has schema {schema}, and this version of Bakeoff uses schema \
         {SCHEMA_VERSION}; run the same exploration again with --restart, or use the version of \
         Bakeoff that wrote it",
        path.display()
    ))
    .into())
}

/// Reads the record, samples and progress of an exploration; missing samples are not an error.
fn read_input(folder: &Path) -> anyhow::Result<Input> {
    let exploration: Exploration = read_json(&folder.join(EXPLORATION))?;
    let (records, incomplete_last_line) = read_samples(&folder.join(SAMPLES))?;
    let mut progress = BTreeMap::new();
    for variant in &exploration.variants {
        let path = folder.join("results").join(format!("{}_progress.json", variant.name));
        if path.exists() {
            progress.insert(variant.name.clone(), read_json(&path)?);
        }
    }
    Ok(Input { exploration, records, incomplete_last_line, progress })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| malformed(path, error.line(), &error))
}

fn malformed(path: &Path, line: usize, error: &serde_json::Error) -> anyhow::Error {
    anyhow::anyhow!(
        "cannot read {}, line {line}: {error}; it was changed by hand, or written by another version",
        path.display()
    )
}

/// Reads every complete line. The flag is true if an incomplete last line was left out.
fn read_samples(path: &Path) -> anyhow::Result<(Vec<Record>, bool)> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), false)),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut records = Vec::new();
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(record) => records.push(record),
            // Only a line that was still being appended lacks its newline.
            Err(_) if line.last() != Some(&b'\n') => return Ok((records, true)),
            Err(error) => return Err(malformed(path, index + 1, &error)),
        }
    }
    Ok((records, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_last_line_is_left_out_and_a_malformed_line_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SAMPLES);
        let line = r#"{"type":"bounds","schema":2,"scenario":"s","workload":"w","requests":2,"reads":2,"capacity_entries":1,"optimal_hits":1,"infinite_hits":1}"#;
        fs::write(&path, format!("{line}\n{}", &line[..40])).unwrap();
        let (records, incomplete) = read_samples(&path).unwrap();
        assert_eq!((records.len(), incomplete), (1, true));

        fs::write(&path, format!("{line}\n{}\n{line}\n", &line[..40])).unwrap();
        let error = read_samples(&path).unwrap_err().to_string();
        assert!(error.contains("samples.jsonl, line 2"), "{error}");

        assert_eq!(read_samples(&folder.path().join("none")).unwrap().0.len(), 0);
    }

    #[test]
    fn another_schema_version_is_refused_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(EXPLORATION);
        fs::write(&path, r#"{"schema": 99, "name": "old"}"#).unwrap();
        let error = load(folder.path()).unwrap_err();
        assert!(error.is::<UsageError>());
        assert!(error.to_string().contains("schema 99") && error.to_string().contains("--restart"));
    }
}
