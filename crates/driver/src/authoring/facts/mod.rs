//! What can be said of a strategy without running it: lines of code, and dependencies.

mod lines;
mod made_of;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Figures of some strategies of a workspace on disk, by name. Calls `cargo tree` for each of them;
/// the lock file is left as it was.
///
/// # Errors
///
/// Cargo is missing or cannot read the workspace, or files cannot be read.
pub fn of_strategies(
    workspace: &Path,
    wanted: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Facts>, BuildError> {
    let graph = keeping_lock_file(workspace, || Graph::of(workspace, wanted))??;
    let harness = graph.dependencies(HARNESS);
    let mut facts = BTreeMap::new();
    for (strategy, closure) in &graph.closures {
        let dependencies = graph.dependencies(strategy);
        let own = dependencies.iter().filter(|package| !harness.contains(package));
        facts.insert(
            strategy.clone(),
            Facts {
                lines_of_code: lines_of_code(&graph.folders_of(closure, harness))?,
                dependencies: dependencies.len() as u64,
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

/// What strategies are compiled from.
struct Graph {
    /// Its packages, itself the first, by its name.
    closures: BTreeMap<String, Vec<Package>>,
    /// Folders of all strategies of the workspace.
    strategies: BTreeSet<PathBuf>,
}

/// One package, as `cargo tree` tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    /// Name, version and where it comes from.
    told: String,
    /// Where it lies, for one on this disk.
    folder: Option<PathBuf>,
}

impl Package {
    /// Such as `bytes v1.12.0` or `bakeoff-runner v0.1.0 (/workspace/crates/runner)`.
    fn of(told: &str) -> Self {
        let inside = told.strip_suffix(')').and_then(|rest| rest.split_once(" (/"));
        let folder = inside.map(|(_, path)| Path::new("/").join(path));
        Self { told: told.to_owned(), folder }
    }
}

impl Graph {
    /// That of the harness's own strategy and of those that are wanted.
    fn of(workspace: &Path, wanted: &BTreeSet<&str>) -> Result<Self, BuildError> {
        let variants = workspace.join("variants");
        let entries = fs::read_dir(&variants).map_err(BuildError::io("listing", &variants))?;
        let mut graph = Self { closures: BTreeMap::new(), strategies: BTreeSet::new() };
        for folder in entries.flatten().map(|entry| entry.path()) {
            if !folder.join("variant.toml").is_file() || !folder.join("Cargo.toml").is_file() {
                continue;
            }
            let name = folder.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|name| *name == HARNESS || wanted.contains(name)) {
                graph.closures.insert(name.to_owned(), closure(&folder)?);
            }
            graph.strategies.insert(folder);
        }
        Ok(graph)
    }

    /// Packages that are compiled for a strategy, itself left out; none if there is no such.
    fn dependencies(&self, strategy: &str) -> &[Package] {
        self.closures.get(strategy).and_then(|closure| closure.get(1..)).unwrap_or_default()
    }

    /// Where the code lies that a strategy is made of: in the packages that are its own.
    fn folders_of(&self, closure: &[Package], harness: &[Package]) -> Folders {
        let own = closure.iter().filter(|package| !harness.contains(package));
        let folders: BTreeSet<_> = own.filter_map(|package| package.folder.clone()).collect();
        let (strategies, others) =
            folders.into_iter().partition(|folder| self.strategies.contains(folder));
        Folders { strategies, others }
    }
}

/// The package in a folder, and what is compiled for it alone, each once.
///
/// Asked for each strategy by itself: cargo turns on for all packages of a workspace what any of
/// them or of their tests asks for, so that of all at once the harness had the clients of every
/// database that an origin can be.
fn closure(folder: &Path) -> Result<Vec<Package>, BuildError> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe", "--quiet"]);
    let output = command.current_dir(folder).output();
    let output =
        output.map_err(|source| BuildError::NoToolchain { program: "cargo".to_owned(), source })?;
    if !output.status.success() {
        return Err(BuildError::Manifest {
            path: folder.join("Cargo.toml"),
            message: format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr)),
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut seen = BTreeSet::new();
    let lines = text.lines().filter(|line| !line.is_empty() && seen.insert(line.to_string()));
    Ok(lines.map(Package::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_on_this_disk_says_where() {
        let folder = |told: &str| Package::of(told).folder;
        assert_eq!(folder("bytes v1.12.0"), None);
        assert_eq!(folder("serde_derive v1.0.0 (proc-macro)"), None);
        assert_eq!(folder("x v0.1.0 (https://example.org/x?rev=1#2)"), None);
        assert_eq!(folder("x v0.1.0 (/a b/x)"), Some(PathBuf::from("/a b/x")));
        assert_eq!(folder("x v0.1.0 (proc-macro) (/a/x)"), Some(PathBuf::from("/a/x")));
    }
}
