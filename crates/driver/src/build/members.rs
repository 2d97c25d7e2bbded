//! The packages of a workspace, read from its manifests without cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bakeoff_protocol::variant::{Command, Manifest};

use super::BuildError;
use crate::source::members;

/// One package of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its package name.
    pub(super) package: String,
    /// Its folder, absolute.
    pub(super) folder: PathBuf,
    /// Its manifest's text.
    pub(super) manifest: String,
    /// The strategy's name where it is one: that of its folder.
    pub(super) strategy: Option<String>,
    /// Packages that it is compiled with; those that only its tests and benches need left out.
    compiled_with: BTreeSet<String>,
    /// Name of its executable, where its manifest does not say otherwise.
    pub(super) executable: Option<String>,
    /// How a strategy that is not in Rust is built and run.
    pub(super) command: Option<Command>,
}

impl Member {
    /// The strategy's name; the package's where it is none.
    pub(super) fn strategy_name(&self) -> String {
        self.strategy.clone().unwrap_or_else(|| self.package.clone())
    }

    /// Where its manifest lies, as cargo names it in its messages.
    pub(super) fn manifest_path(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }
}

/// All packages, by name.
#[derive(Clone, Debug)]
pub(super) struct Members {
    /// The workspace root.
    pub(super) root: PathBuf,
    pub(super) by_package: BTreeMap<String, Member>,
    /// The root manifest's text.
    pub(super) root_manifest: String,
}

impl Members {
    /// Whether a package is compiled with another that the lock file names for it. A lock file
    /// does not tell what only tests need, and a harness may well be tested with the strategies.
    pub(super) fn needs(&self, package: &str, dependency: &str) -> bool {
        self.by_package.get(package).is_none_or(|member| member.compiled_with.contains(dependency))
    }

    pub(super) fn strategies(&self) -> impl Iterator<Item = &Member> {
        self.by_package.values().filter(|member| member.strategy.is_some())
    }
}

/// Reads the members of the workspace at `root`.
pub(super) fn of(root: &Path) -> Result<Members, BuildError> {
    let root_path = root.join("Cargo.toml");
    let root_manifest = read(&root_path)?;
    let table = parse(&root_path, &root_manifest)?;
    let mut by_package = BTreeMap::new();
    for folder in members(&table).flat_map(|pattern| expand(root, pattern)) {
        if let Some(member) = member(root, folder, &table)? {
            by_package.insert(member.package.clone(), member);
        }
    }
    Ok(Members { root: root.to_path_buf(), by_package, root_manifest })
}

/// Folders that a pattern names: `folder/*`, or one folder.
fn expand(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let Some(parent) = pattern.strip_suffix("/*") else { return vec![root.join(pattern)] };
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join(parent))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn member(
    root: &Path,
    folder: PathBuf,
    workspace: &toml::Table,
) -> Result<Option<Member>, BuildError> {
    let path = folder.join("Cargo.toml");
    let description = folder.join("variant.toml");
    if !path.is_file() {
        return if description.is_file() {
            let message =
                "not there, although the folder has a `variant.toml`; cargo wants a crate \
                           in each folder, also where the strategy is in another language: \
                           docs/PROTOCOL.md has the lines"
                    .to_owned();
            Err(BuildError::Manifest { path, message })
        } else {
            Ok(None)
        };
    }
    let manifest = read(&path)?;
    let table = parse(&path, &manifest)?;
    let package = table
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .ok_or_else(|| BuildError::Manifest {
            path: path.clone(),
            message: "a [package] with a name was expected".to_owned(),
        })?
        .to_owned();
    let in_variants = folder.parent() == Some(root.join("variants").as_path());
    let (strategy, command) = if in_variants && description.is_file() {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        (name, command(&description)?)
    } else {
        (None, None)
    };
    let compiled_with = compiled_with(&table, workspace);
    let executable = (!table.contains_key("bin")).then(|| package.clone());
    let member = Member { package, folder, manifest, strategy, compiled_with, executable, command };
    Ok(Some(member))
}

/// Names of the packages in every table of dependencies but those for tests.
fn compiled_with(manifest: &toml::Table, workspace: &toml::Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let for_targets = targets.into_iter().flat_map(|all| all.values()).filter_map(|t| t.as_table());
    let inherited = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(toml::Value::as_table);
    std::iter::once(manifest)
        .chain(for_targets)
        .flat_map(|table| [table.get("dependencies"), table.get("build-dependencies")])
        .filter_map(|dependencies| dependencies?.as_table())
        .flatten()
        .map(|(name, dependency)| {
            // Either may say that the package is called otherwise than here.
            let renamed = dependency.get("package");
            let inherited = || inherited?.get(name)?.get("package");
            let package = renamed.or_else(inherited).and_then(toml::Value::as_str);
            package.unwrap_or(name).to_owned()
        })
        .collect()
}

fn command(path: &Path) -> Result<Option<Command>, BuildError> {
    let text = read(path)?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| BuildError::Manifest {
        path: path.to_path_buf(),
        message: error.to_string(),
    })?;
    Ok(manifest.command)
}

fn read(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(BuildError::io("reading", path))
}

fn parse(path: &Path, text: &str) -> Result<toml::Table, BuildError> {
    text.parse().map_err(|error: toml::de::Error| BuildError::Manifest {
        path: path.to_path_buf(),
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_need_is_not_compiled_with_a_package() {
        let workspace: toml::Table =
            "workspace.dependencies.short = { package = \"long\", version = \"1\" }"
                .parse()
                .unwrap();
        let manifest: toml::Table = "
            [dependencies]
            plain = \"1\"
            short.workspace = true
            here = { package = \"there\", version = \"1\" }
            both = \"1\"
            [build-dependencies]
            built = \"1\"
            [target.'cfg(unix)'.dependencies]
            unix = \"1\"
            [target.'cfg(unix)'.dev-dependencies]
            tests-on-unix = \"1\"
            [dev-dependencies]
            tests = \"1\"
            both = \"1\"
        "
        .parse()
        .unwrap();
        let names: Vec<String> = compiled_with(&manifest, &workspace).into_iter().collect();
        assert_eq!(names, ["both", "built", "long", "plain", "there", "unix"]);
    }
}
