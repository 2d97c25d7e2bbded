//! The packages of a workspace, as `cargo metadata` reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;

use bakeoff_protocol::variant::{Command, Manifest};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};

use crate::build::error::BuildError;
use crate::build::process::{ChildProcesses, end_of};

/// Packages of a workspace and their dependencies, for one platform.
pub(in crate::build) struct CargoWorkspace {
    root: PathBuf,
    packages: BTreeMap<PackageId, Package>,
    nodes: BTreeMap<PackageId, Node>,
    members: BTreeSet<PackageId>,
    /// Strategies of the workspace, sorted by package name.
    strategies: Vec<StrategyPackage>,
}

/// Package of the workspace that is a strategy.
#[derive(Clone, Debug)]
pub(in crate::build) struct StrategyPackage {
    /// Name of the strategy: its directory below `variants/`.
    pub(in crate::build) name: String,
    /// Name of the cargo package.
    pub(in crate::build) package: String,
    pub(in crate::build) id: PackageId,
    pub(in crate::build) folder: PathBuf,
    /// Name of the binary target: the one named like the package, or else the first one.
    pub(in crate::build) executable: Option<String>,
    /// Commands that build and run a strategy that is not in Rust.
    pub(in crate::build) command: Option<Command>,
}

/// Package with its activated features.
pub(in crate::build) struct ResolvedPackage<'a> {
    pub(in crate::build) package: &'a Package,
    pub(in crate::build) features: Vec<&'a str>,
    /// Directory of a local package; `None` for a package from a registry or a git repository.
    pub(in crate::build) folder: Option<&'a Path>,
}

impl CargoWorkspace {
    /// Reads the workspace at `root` with `features` activated, for the platform `host`.
    ///
    /// Cargo may rewrite the lock file.
    pub(in crate::build) fn read(
        processes: &ChildProcesses,
        root: &Path,
        features: &[&str],
        host: &str,
        log: &Path,
    ) -> Result<Self, BuildError> {
        require_packages(root)?;
        let mut command = processes.command("cargo");
        command.args(["metadata", "--quiet", "--format-version", "1", "--filter-platform", host]);
        for feature in features {
            command.args(["--features", feature]);
        }
        command.current_dir(root);
        let (status, output) = processes.run(command, log, read_text)?;
        let parsed = if status.success() {
            MetadataCommand::parse(output).map_err(|error| error.to_string())
        } else {
            Err(end_of(log))
        };
        let metadata = parsed.map_err(|message| BuildError::Cargo {
            workspace: root.to_path_buf(),
            message,
            log: log.to_path_buf(),
        })?;
        Self::from_metadata(metadata)
    }

    fn from_metadata(metadata: Metadata) -> Result<Self, BuildError> {
        let root = metadata.workspace_root.into_std_path_buf();
        let nodes = metadata.resolve.into_iter().flat_map(|resolve| resolve.nodes);
        let mut workspace = Self {
            nodes: nodes.map(|node| (node.id.clone(), node)).collect(),
            packages: metadata.packages.into_iter().map(|p| (p.id.clone(), p)).collect(),
            members: metadata.workspace_members.into_iter().collect(),
            strategies: Vec::new(),
            root,
        };
        let members = workspace.members.iter().filter_map(|id| workspace.packages.get(id));
        let found = members.map(|package| workspace.strategy(package));
        let mut strategies: Vec<StrategyPackage> =
            found.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        strategies.sort_by(|a, b| a.package.cmp(&b.package));
        workspace.strategies = strategies;
        Ok(workspace)
    }

    /// Returns the strategy that a package implements; `None` if the package is not a strategy.
    fn strategy(&self, package: &Package) -> Result<Option<StrategyPackage>, BuildError> {
        let Some(folder) = package.manifest_path.parent() else { return Ok(None) };
        let folder = folder.as_std_path();
        let description = folder.join("variant.toml");
        if folder.parent() != Some(&self.root.join("variants")) || !description.is_file() {
            return Ok(None);
        }
        let executables = || package.targets.iter().filter(|target| target.is_bin());
        let named_like_package = executables().find(|target| target.name == package.name.as_str());
        let executable = named_like_package.or_else(|| executables().next());
        Ok(Some(StrategyPackage {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            package: package.name.to_string(),
            id: package.id.clone(),
            executable: executable.map(|target| target.name.clone()),
            command: read_command(&description)?,
            folder: folder.to_path_buf(),
        }))
    }

    pub(in crate::build) fn strategies(&self) -> impl Iterator<Item = &StrategyPackage> {
        self.strategies.iter()
    }

    /// Returns the strategies that cargo builds.
    pub(in crate::build) fn native_strategies(&self) -> impl Iterator<Item = &StrategyPackage> {
        self.strategies().filter(|strategy| strategy.command.is_none())
    }

    pub(in crate::build) fn is_member(&self, package: &PackageId) -> bool {
        self.members.contains(package)
    }

    /// Returns a package and its transitive dependencies, without dev-dependencies.
    pub(in crate::build) fn closure(&self, package: &PackageId) -> BTreeSet<&PackageId> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&PackageId> =
            self.nodes.get_key_value(package).map(|(id, _)| id).into_iter().collect();
        while let Some(id) = open.pop() {
            if !reached.insert(id) {
                continue;
            }
            let Some(node) = self.nodes.get(id) else { continue };
            let compiled = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
            });
            open.extend(compiled.map(|dependency| &dependency.pkg));
        }
        reached
    }

    /// Returns a package with the features that cargo resolved.
    pub(in crate::build) fn resolved_package(&self, id: &PackageId) -> Option<ResolvedPackage<'_>> {
        let package = self.packages.get(id)?;
        let features = self.nodes.get(id).into_iter().flat_map(|node| &node.features);
        let manifest_folder = package.manifest_path.parent().map(|folder| folder.as_std_path());
        Some(ResolvedPackage {
            package,
            features: features.map(|feature| feature.as_str()).collect(),
            folder: manifest_folder.filter(|_| package.source.is_none()),
        })
    }
}

/// Refuses a strategy directory without a `Cargo.toml`, which cargo would silently ignore.
fn require_packages(root: &Path) -> Result<(), BuildError> {
    let folders = fs::read_dir(root.join("variants")).into_iter().flatten().flatten();
    for folder in folders.map(|entry| entry.path()) {
        let path = folder.join("Cargo.toml");
        if folder.join("variant.toml").is_file() && !path.is_file() {
            let message = "the file is missing; every strategy needs a crate, even if it is \
                           not written in Rust; copy the lines from docs/PROTOCOL.md";
            return Err(BuildError::Manifest { path, message: message.to_owned() });
        }
    }
    Ok(())
}

fn read_command(path: &Path) -> Result<Option<Command>, BuildError> {
    let text = fs::read_to_string(path).map_err(BuildError::io("read", path))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| BuildError::Manifest {
        path: path.to_path_buf(),
        message: error.to_string(),
    })?;
    Ok(manifest.command)
}

fn read_text(mut output: ChildStdout, _log: File) -> String {
    let mut bytes = Vec::new();
    let read: io::Result<usize> = output.read_to_end(&mut bytes);
    // If reading fails, the text is incomplete, and parsing it as JSON reports an error.
    drop(read);
    String::from_utf8_lossy(&bytes).into_owned()
}
