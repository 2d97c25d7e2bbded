//! What can be said of a strategy without running it: lines of code, and dependencies.

mod lines;
mod made_of;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::build::{BuildError, keeping_lock_file};

/// The strategy that brings nothing but the harness.
const HARNESS: &str = "null";

/// Figures of one strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Lines of its own code, of the strategies that it is built upon, and of the files that it
    /// reaches in other crates of the workspace that `null` does not need; blank lines, comments,
    /// tests and `main.rs` left out.
    pub lines_of_code: u64,
    /// Crates that are compiled for it, itself left out.
    pub dependencies: u64,
    /// Crates among them that the strategy `null` does not need, and so the harness does not.
    pub own_dependencies: u64,
}

/// Figures of every strategy of a workspace on disk, by name. Calls `cargo metadata`; the lock
/// file is left as it was.
///
/// # Errors
///
/// Cargo is missing or cannot read the workspace, or files cannot be read.
pub fn of_workspace(workspace: &Path) -> Result<BTreeMap<String, Facts>, BuildError> {
    let graph = Graph::of(workspace)?;
    let harness = graph.closure(HARNESS);
    let mut facts = BTreeMap::new();
    for strategy in graph.strategies.keys() {
        let closure = graph.closure(strategy);
        let own = closure.iter().filter(|package| !harness.contains(*package));
        facts.insert(
            strategy.clone(),
            Facts {
                lines_of_code: lines_of_code(&graph.folders_of(strategy, &harness))?,
                dependencies: closure.len() as u64,
                own_dependencies: own.count() as u64,
            },
        );
    }
    Ok(facts)
}

fn lines_of_code(folders: &Folders) -> Result<u64, BuildError> {
    let mut files = Vec::new();
    for folder in &folders.strategies {
        files.extend(sources(folder)?);
    }
    let mut code = String::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|rs| rs == "rs")) {
        code.push_str(&lines::code(&read(path)?));
    }
    for folder in &folders.others {
        files.extend(made_of::reached(&code, folder)?);
    }
    files.iter().map(|path| Ok(lines::of(path, &read(path)?))).sum()
}

fn read(path: &Path) -> Result<String, BuildError> {
    let bytes = fs::read(path).map_err(BuildError::io("reading", path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Folders of the workspace that a strategy is made of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Folders {
    /// Its own, and those of strategies that it is built upon.
    strategies: Vec<PathBuf>,
    /// Those of other crates.
    others: Vec<PathBuf>,
}

/// Source files, without those that are tests, made, or the three lines that start the runner.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    const NOT_SOURCE: [&str; 7] =
        ["target", "tests", "benches", "examples", "node_modules", "__pycache__", ".venv"];
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(BuildError::io("listing", folder))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if !NOT_SOURCE.iter().any(|skip| name == *skip) {
                found.extend(sources(&path)?);
            }
        } else if name != "main.rs" && name != "build.rs" && name != "tests.rs" {
            found.push(path);
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    manifest_path: PathBuf,
    /// `None` for a package that lies on this disk.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `None` for a dependency of the code itself, else `dev` or `build`.
    kind: Option<String>,
}

/// Which package needs which.
struct Graph {
    /// Package ids of the strategies, by name.
    strategies: BTreeMap<String, String>,
    /// Folders of all packages on this disk, by package id.
    folders: BTreeMap<String, PathBuf>,
    needs: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn of(workspace: &Path) -> Result<Self, BuildError> {
        let mut command = Command::new("cargo");
        command.args(["metadata", "--format-version", "1", "--quiet"]).current_dir(workspace);
        if let Some(host) = host(workspace)? {
            command.args(["--filter-platform", &host]);
        }
        let output = keeping_lock_file(workspace, || command.output())?
            .map_err(|source| BuildError::NoToolchain { program: "cargo".to_owned(), source })?;
        let unreadable = |message: String| BuildError::Manifest {
            path: workspace.join("Cargo.toml"),
            message: format!("cargo metadata: {message}"),
        };
        if !output.status.success() {
            return Err(unreadable(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(Self::from_metadata(metadata, workspace))
    }

    fn from_metadata(metadata: Metadata, workspace: &Path) -> Self {
        let variants = workspace.join("variants");
        let here = metadata.packages.into_iter().filter(|package| package.source.is_none());
        let folders: BTreeMap<String, PathBuf> = here
            .filter_map(|package| Some((package.id, package.manifest_path.parent()?.to_owned())))
            .collect();
        let strategy = |(id, folder): (&String, &PathBuf)| {
            let inside = folder.parent() == Some(&variants);
            let is_one = inside && folder.join("variant.toml").is_file();
            is_one.then(|| Some((folder.file_name()?.to_str()?.to_owned(), id.clone())))?
        };
        let compiled = |dependency: &Dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"))
        };
        let needs = metadata.resolve.nodes.into_iter().map(|node| {
            let needed = node.deps.into_iter().filter(compiled).map(|dependency| dependency.pkg);
            (node.id, needed.collect())
        });
        Self {
            needs: needs.collect(),
            strategies: folders.iter().filter_map(strategy).collect(),
            folders,
        }
    }

    /// Where the code lies that a strategy is made of, the harness left out.
    fn folders_of(&self, strategy: &str, harness: &BTreeSet<&str>) -> Folders {
        let closure = self.closure(strategy);
        let own = self.strategies.get(strategy).map(String::as_str);
        let brought = closure.into_iter().filter(|package| !harness.contains(package));
        let ids: BTreeSet<&str> = own.into_iter().chain(brought).collect();
        let mut folders = Folders::default();
        for (id, folder) in self.folders.iter().filter(|(id, _)| ids.contains(id.as_str())) {
            let is_strategy = self.strategies.values().any(|strategy| strategy == id);
            let list = if is_strategy { &mut folders.strategies } else { &mut folders.others };
            list.push(folder.clone());
        }
        folders
    }

    /// Packages that are compiled for a strategy, itself left out; none if there is no such.
    fn closure(&self, strategy: &str) -> BTreeSet<&str> {
        let Some(first) = self.strategies.get(strategy) else { return BTreeSet::new() };
        let mut reached = BTreeSet::new();
        let mut open = vec![first.as_str()];
        while let Some(package) = open.pop() {
            for needed in self.needs.get(package).into_iter().flatten() {
                if needed != first && reached.insert(needed.as_str()) {
                    open.push(needed);
                }
            }
        }
        reached
    }
}

/// The platform that the compiler builds for.
fn host(workspace: &Path) -> Result<Option<String>, BuildError> {
    let output = Command::new("rustc")
        .arg("-vV")
        .current_dir(workspace)
        .output()
        .map_err(|source| BuildError::NoToolchain { program: "rustc".to_owned(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned))
}
