//! Lists and finds the scenario files of a directory.

use std::path::{Path, PathBuf};

use super::definition::ScenarioDefinition;
use super::error::ScenarioError;
use super::parse::document::nearest;

/// Scenario file, valid or not.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// File name without extension.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Content, or the error in the file.
    pub scenario: Result<ScenarioDefinition, ScenarioError>,
}

/// Lists all `*.toml` files of a directory, sorted by name, including invalid files.
///
/// # Errors
/// [`ScenarioError`] if the directory cannot be read.
pub fn list_scenarios(folder: &Path) -> Result<Vec<ScenarioFile>, ScenarioError> {
    let unreadable = |error: std::io::Error| ScenarioError {
        path: folder.to_owned(),
        line: None,
        message: format!("cannot list scenarios: {error}"),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let scenario = ScenarioDefinition::load(&path);
            files.push(ScenarioFile { name, path, scenario });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Loads the scenario `name` from a directory.
///
/// # Errors
/// [`ScenarioError`] if it does not exist or is invalid. The message lists the existing names.
pub fn find_scenario(folder: &Path, name: &str) -> Result<ScenarioDefinition, ScenarioError> {
    let files = list_scenarios(folder)?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    if !names.contains(&name) {
        let suggestion = nearest(name, &names)
            .map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
        return Err(ScenarioError {
            path: folder.to_owned(),
            line: None,
            message: format!(
                "unknown scenario `{name}`{suggestion} (available: {}); to create one, run \
                 `bakeoff scenario new {name}`",
                names.join(", ")
            ),
        });
    }
    ScenarioDefinition::load(&folder.join(format!("{name}.toml")))
}
