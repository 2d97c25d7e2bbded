//! Detects the compiler of a workspace, and the settings that change its output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::error::BuildError;

/// Compiler version, and settings that change what is compiled.
#[derive(Clone, Debug)]
pub(in crate::build) struct Toolchain {
    /// Output of `rustc -vV`, run in the workspace so that its `rust-toolchain.toml` applies.
    pub(in crate::build) version: String,
    /// Environment variables that change what is compiled.
    pub(in crate::build) environment: BTreeMap<String, String>,
    /// Text of every cargo configuration file that applies.
    pub(in crate::build) configuration: Vec<String>,
}

/// Prefixes of environment variables that change what cargo builds.
const RELEVANT_PREFIXES: [&str; 7] = [
    "RUSTFLAGS",
    "RUSTC",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
];
/// Variables with a relevant prefix that do not change the code, or that each build sets itself.
const IGNORED_VARIABLES: [&str; 3] =
    ["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "CARGO_BUILD_JOBS"];

impl Toolchain {
    pub(in crate::build) fn detect(workspace: &Path) -> Result<Self, BuildError> {
        let output =
            Command::new("rustc").arg("-vV").current_dir(workspace).output().map_err(|source| {
                BuildError::NoToolchain { program: "rustc".to_owned(), source }
            })?;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
            .filter(|(name, _)| {
                RELEVANT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                    && !IGNORED_VARIABLES.contains(&name.as_str())
            })
            .collect();
        Ok(Self {
            version: String::from_utf8_lossy(&output.stdout).into_owned(),
            environment,
            configuration: configuration_files(workspace)
                .iter()
                .filter_map(|path| std::fs::read_to_string(path).ok())
                .collect(),
        })
    }

    /// Returns the target triple of the host.
    pub(in crate::build) fn host(&self) -> &str {
        self.version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default()
    }
}

/// Returns cargo's configuration files for a workspace: in it, above it, and in cargo's home.
fn configuration_files(workspace: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let folders = workspace.ancestors().map(|folder| folder.join(".cargo")).chain(home);
    let mut files: Vec<PathBuf> = folders
        .flat_map(|folder| [folder.join("config"), folder.join("config.toml")])
        .filter(|path| path.is_file())
        .collect();
    files.dedup();
    files
}
