//! Reads the folder of an exploration: what was asked, what was measured, where each variant stands.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;

use bakeoff_analysis::Input;
use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::sample::Record;
use bakeoff_protocol::schema::{self, RecordError};
use serde::de::DeserializeOwned;

use crate::ReportError;

/// Reads an exploration's folder. No samples yet is no error; a torn last line is left out.
///
/// # Errors
/// [`ReportError`] if a file cannot be read or is not what its name promises.
pub fn load(folder: &Path) -> Result<Input, ReportError> {
    let exploration: Exploration = read_json(&folder.join("exploration.json"))?;
    let (records, torn) = read_samples(&folder.join("samples.jsonl"))?;
    let mut progress = BTreeMap::new();
    for variant in &exploration.variants {
        let path = folder.join("results").join(format!("{}_progress.json", variant.name));
        if path.exists() {
            progress.insert(variant.name.clone(), read_json(&path)?);
        }
    }
    Ok(Input { exploration, records, torn, progress })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ReportError> {
    let text = fs::read(path).map_err(|source| ReportError::io(path, source))?;
    schema::parse(&text).map_err(|source| {
        let line = match &source {
            RecordError::Json(error) => error.line(),
            RecordError::Schema { .. } => 1,
        };
        ReportError::Malformed { path: path.to_owned(), line, source }
    })
}

/// Every whole line, and whether a torn one was left out at the end.
fn read_samples(path: &Path) -> Result<(Vec<Record>, bool), ReportError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), false)),
        Err(source) => return Err(ReportError::io(path, source)),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut records = Vec::new();
    let mut torn = false;
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = reader.read_until(b'\n', &mut text);
        if read.map_err(|source| ReportError::io(path, source))? == 0 {
            break;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        match schema::parse(&text) {
            Ok(record) => records.push(record),
            // Only a line that was being appended has no end.
            Err(_) if text.last() != Some(&b'\n') => torn = true,
            Err(source) => {
                return Err(ReportError::Malformed { path: path.to_owned(), line, source });
            }
        }
    }
    Ok((records, torn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_out_and_a_broken_one_before_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let whole = r#"{"type":"bounds","schema":2,"scenario":"s","workload":"w","requests":2,"reads":2,"capacity_entries":1,"optimal_hits":1,"infinite_hits":1}"#;
        fs::write(&path, format!("{whole}\n{}", &whole[..40])).unwrap();
        let (records, torn) = read_samples(&path).unwrap();
        assert_eq!((records.len(), torn), (1, true));

        fs::write(&path, format!("{whole}\n{}\n{whole}\n", &whole[..40])).unwrap();
        let error = read_samples(&path).unwrap_err().to_string();
        assert!(error.contains("samples.jsonl") && error.contains("line 2"), "{error}");

        fs::write(&path, format!("{}\n", whole.replace("\"schema\":2", "\"schema\":1"))).unwrap();
        let error = read_samples(&path).unwrap_err().to_string();
        assert!(error.contains("schema 1") && error.contains("--restart"), "{error}");

        assert_eq!(read_samples(&folder.path().join("none")).unwrap().0.len(), 0);
    }
}
