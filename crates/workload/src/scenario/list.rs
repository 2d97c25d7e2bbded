//! The scenarios of a folder.

use std::path::{Path, PathBuf};

use super::{Scenario, ScenarioError};

/// A scenario file, readable or not.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name: that of the file without its ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it says, or what is wrong with it.
    pub scenario: Result<Scenario, ScenarioError>,
}

/// Every `*.toml` of a folder, by name. A broken file is listed with its error.
///
/// # Errors
/// [`ScenarioError`] if the folder itself cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Listed>, ScenarioError> {
    let unreadable = |error: std::io::Error| ScenarioError {
        path: folder.to_owned(),
        line: None,
        message: format!("cannot list the scenarios: {error}"),
    };
    let mut listed = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let scenario = Scenario::load(&path);
            listed.push(Listed { name, path, scenario });
        }
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listed)
}

/// The scenario of that name in a folder.
///
/// # Errors
/// [`ScenarioError`] if there is none (the message names those that exist and the nearest), or if
/// it is broken.
pub fn find(folder: &Path, name: &str) -> Result<Scenario, ScenarioError> {
    let listed = list(folder)?;
    let names: Vec<&str> = listed.iter().map(|listed| listed.name.as_str()).collect();
    if !names.contains(&name) {
        let nearest = super::document::nearest(name, &names)
            .map_or_else(String::new, |nearest| format!(" did you mean `{nearest}`?"));
        return Err(ScenarioError {
            path: folder.to_owned(),
            line: None,
            message: format!(
                "no scenario `{name}`;{nearest} there are: {}; `bakeoff scenario new {name}` makes one",
                names.join(", ")
            ),
        });
    }
    Scenario::load(&folder.join(format!("{name}.toml")))
}
