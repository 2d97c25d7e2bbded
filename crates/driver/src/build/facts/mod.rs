//! Static facts about strategies: lines of code and numbers of dependencies.

mod lines_of_code;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff_protocol::sample::Library;

use crate::build::cargo::lock_file::keeping_lock_file;
use crate::build::error::BuildError;

/// Name of the strategy that depends only on the harness.
const HARNESS_STRATEGY: &str = "null";

/// Static facts about one strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StrategyFacts {
    /// Lines of code of the strategy and of the strategies that it depends on, without blank lines,
    /// comments, tests and `main.rs`. Libraries count as dependencies instead.
    pub lines_of_code: u64,
    /// Number of crates that the strategy depends on, directly or indirectly.
    pub dependencies: u64,
    /// Number of dependencies that the harness (the strategy `null`) does not have.
    pub own_dependencies: u64,
    /// Published crates among the own dependencies that the strategy itself depends on.
    pub libraries: Vec<Library>,
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
    let names = strategies.iter().copied().chain([HARNESS_STRATEGY]);
    let variants = workspace.join("variants");
    let folders = names.map(|name| (name, variants.join(name)));
    let existing = folders.filter(|(_, folder)| is_strategy(folder));
    let closures: BTreeMap<&str, Vec<Package>> = keeping_lock_file(workspace, || {
        let closures = existing.map(|(name, folder)| Ok((name, closure(&folder)?)));
        closures.collect::<Result<_, BuildError>>()
    })??;
    let harness = closures.get(HARNESS_STRATEGY).map_or(&[][..], |closure| dependencies(closure));
    let mut facts = BTreeMap::new();
    for (&strategy, closure) in &closures {
        let dependencies = dependencies(closure);
        let known = |package: &&Package| harness.iter().any(|other| other.id == package.id);
        let own = || dependencies.iter().filter(|package| !known(package));
        facts.insert(
            strategy.to_owned(),
            StrategyFacts {
                lines_of_code: lines_of_code(closure)?,
                dependencies: dependencies.len() as u64,
                own_dependencies: own().count() as u64,
                libraries: own().filter_map(Package::library).collect(),
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
#[derive(Clone, Debug, PartialEq, Eq)]
struct Package {
    /// Name, version and source.
    id: String,
    /// Directory of a local package; `None` if the package is from a registry or git.
    folder: Option<PathBuf>,
    /// True if the strategy itself depends on the package.
    is_direct: bool,
    license: Option<String>,
}

impl Package {
    /// Parses depth, package and licence: `1bytes v1.12.0<TAB>MIT` or
    /// `1bakeoff-runner v0.1.0 (/workspace/crates/runner)<TAB>MIT`.
    fn from_line(line: &str) -> Self {
        let (package, license) = line.split_once('\t').unwrap_or((line, ""));
        let id = package.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let path = id.strip_suffix(')').and_then(|rest| rest.split_once(" (/"));
        Self {
            id: id.to_owned(),
            folder: path.map(|(_, path)| Path::new("/").join(path)),
            is_direct: package.len() - id.len() == 1 && package.starts_with('1'),
            license: Some(license.trim().to_owned()).filter(|license| !license.is_empty()),
        }
    }

    /// Returns the package if it is published and the strategy itself depends on it.
    fn library(&self) -> Option<Library> {
        let (name, rest) = self.id.split_once(" v")?;
        let version = rest.split(' ').next().unwrap_or(rest).to_owned();
        let license = self.license.clone();
        let found = Library { name: name.to_owned(), version, license };
        (self.is_direct && self.folder.is_none()).then_some(found)
    }
}

/// Returns the package in a directory and its transitive dependencies, without duplicates.
///
/// Calls cargo for one strategy at a time. For a whole workspace, cargo would activate the features
/// that any package or test requests.
fn closure(folder: &Path) -> Result<Vec<Package>, BuildError> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--edges", "normal,build", "--no-dedupe", "--quiet"]);
    command.args(["--prefix", "depth", "--format", "{p}\t{l}"]);
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
    let mut packages: Vec<Package> = Vec::new();
    for package in text.lines().filter(|line| !line.is_empty()).map(Package::from_line) {
        match packages.iter_mut().find(|known| known.id == package.id) {
            Some(known) => known.is_direct |= package.is_direct,
            None => packages.push(package),
        }
    }
    Ok(packages)
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

    #[test]
    fn a_published_direct_dependency_is_a_library() {
        let library = |line: &str| Package::from_line(line).library();
        let license = Some(String::from("MIT OR Apache-2.0"));
        let moka =
            Library { name: String::from("moka"), version: String::from("0.12.10"), license };
        assert_eq!(library("1moka v0.12.10\tMIT OR Apache-2.0"), Some(moka));
        assert_eq!(library("2moka v0.12.10\tMIT"), None);
        assert_eq!(library("1runner v0.1.0 (/a/runner)\tMIT"), None);
        assert_eq!(library("1x v1.0.0\t").unwrap().license, None);
    }
}
