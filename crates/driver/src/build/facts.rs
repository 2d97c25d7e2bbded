//! Static facts about strategies: lines of code and numbers of dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::lock_file::keeping_lock_file;
use super::error::BuildError;
use super::lines_of_code;

/// Name of the strategy that depends only on the harness.
const HARNESS: &str = "null";

/// Static facts about one strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StrategyFacts {
    /// Lines of code of the strategy and of the strategies that it depends on, without blank lines,
    /// comments, tests and `main.rs`. Libraries count as dependencies instead.
    pub lines_of_code: u64,
    /// Number of crates that the strategy depends on, directly or indirectly.
    pub dependencies: u64,
    /// Number of these dependencies that the harness (the strategy `null`) does not have.
    pub own_dependencies: u64,
}

/// Returns the static facts of the given strategies and of `null`, by name.
///
/// Calls `cargo tree` for each strategy.
///
/// # Errors
///
/// [`BuildError`] if cargo is missing or cannot read the workspace, or if a file cannot be read.
pub fn facts_of(
    workspace: &Path,
    strategies: &BTreeSet<&str>,
) -> Result<BTreeMap<String, StrategyFacts>, BuildError> {
    let names = strategies.iter().copied().chain([HARNESS]);
    let variants = workspace.join("variants");
    let folders = names.map(|name| (name, variants.join(name)));
    let existing = folders.filter(|(_, folder)| is_strategy(folder));
    let closures: BTreeMap<&str, Vec<Package>> = keeping_lock_file(workspace, || {
        let closures = existing.map(|(name, folder)| Ok((name, closure(&folder)?)));
        closures.collect::<Result<_, BuildError>>()
    })??;
    let harness = closures.get(HARNESS).map_or(&[][..], |closure| dependencies(closure));
    let mut facts = BTreeMap::new();
    for (&strategy, closure) in &closures {
        let dependencies = dependencies(closure);
        let own = dependencies.iter().filter(|package| !harness.contains(package));
        facts.insert(
            strategy.to_owned(),
            StrategyFacts {
                lines_of_code: lines_of_code(closure)?,
                dependencies: dependencies.len() as u64,
                own_dependencies: own.count() as u64,
            },
        );
    }
    Ok(facts)
}

fn is_strategy(folder: &Path) -> bool {
    folder.join("variant.toml").is_file() && folder.join("Cargo.toml").is_file()
}

/// Returns a closure without its first package, which is the strategy itself.
fn dependencies(closure: &[Package]) -> &[Package] {
    closure.get(1..).unwrap_or_default()
}

fn lines_of_code(closure: &[Package]) -> Result<u64, BuildError> {
    let folders = closure.iter().filter_map(|package| package.folder.as_deref());
    folders.filter(|folder| is_strategy(folder)).map(lines_of_code::in_folder).sum()
}

/// One package in the output of `cargo tree`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    /// Name, version and source.
    id: String,
    /// Directory of a local package; `None` if the package is from a registry or git.
    folder: Option<PathBuf>,
}

impl Package {
    /// Parses a line such as `bytes v1.12.0` or `bakeoff-runner v0.1.0 (/workspace/crates/runner)`.
    fn from_line(line: &str) -> Self {
        let path = line.strip_suffix(')').and_then(|rest| rest.split_once(" (/"));
        let folder = path.map(|(_, path)| Path::new("/").join(path));
        Self { id: line.to_owned(), folder }
    }
}

/// Returns the package in a directory and its transitive dependencies, without duplicates.
///
/// Calls cargo for one strategy at a time. For a whole workspace, cargo would activate the features
/// that any package or test requests.
fn closure(folder: &Path) -> Result<Vec<Package>, BuildError> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe", "--quiet"]);
    let output = command.current_dir(folder).output();
    let output =
        output.map_err(|source| BuildError::NoToolchain { program: "cargo".to_owned(), source })?;
    if !output.status.success() {
        return Err(BuildError::Manifest {
            path: folder.join("Cargo.toml"),
            message: format!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr)),
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut seen = BTreeSet::new();
    let lines = text.lines().filter(|line| !line.is_empty() && seen.insert(line.to_string()));
    Ok(lines.map(Package::from_line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_a_local_package_is_parsed() {
        let folder = |line: &str| Package::from_line(line).folder;
        assert_eq!(folder("bytes v1.12.0"), None);
        assert_eq!(folder("serde_derive v1.0.0 (proc-macro)"), None);
        assert_eq!(folder("x v0.1.0 (https://example.org/x?rev=1#2)"), None);
        assert_eq!(folder("x v0.1.0 (/a b/x)"), Some(PathBuf::from("/a b/x")));
        assert_eq!(folder("x v0.1.0 (proc-macro) (/a/x)"), Some(PathBuf::from("/a/x")));
    }
}
