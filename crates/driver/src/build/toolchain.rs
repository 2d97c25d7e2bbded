//! Which compiler would be used in a folder, and what the environment tells it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::BuildError;

/// The compiler with its settings.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// `rustc -vV`, run where a `rust-toolchain.toml` of the tree counts.
    pub(super) version: String,
    /// Variables of the environment that change what is compiled.
    pub(super) environment: BTreeMap<String, String>,
    /// Text of every cargo configuration that applies.
    pub(super) configuration: Vec<String>,
}

/// Prefixes of variables that change what cargo builds.
const TELLING: [&str; 7] = [
    "RUSTFLAGS",
    "RUSTC",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
];
/// Of these, the ones that we set ourselves for every build.
pub(super) const OURS: [&str; 2] = ["CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];
/// How many compilers run at once changes no code.
const HARMLESS: [&str; 1] = ["CARGO_BUILD_JOBS"];

impl Toolchain {
    pub(super) fn of(workspace: &Path) -> Result<Self, BuildError> {
        let output =
            Command::new("rustc").arg("-vV").current_dir(workspace).output().map_err(|source| {
                BuildError::NoToolchain { program: "rustc".to_owned(), source }
            })?;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
            .filter(|(name, _)| {
                TELLING.iter().any(|prefix| name.starts_with(prefix))
                    && !OURS.contains(&name.as_str())
                    && !HARMLESS.contains(&name.as_str())
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
}

/// Where cargo looks for its configuration: the folder, all above it, and its home.
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
