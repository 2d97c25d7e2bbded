//! Calls of `bakeoff` as a child process.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, bail};
use bakeoff_protocol::results::Results;

use crate::Settings;

impl Settings {
    /// Returns the given executable, or the one built next to this example.
    fn executable(&self) -> anyhow::Result<PathBuf> {
        if let Some(named) = &self.bakeoff {
            return Ok(fs::canonicalize(named)?);
        }
        let own = std::env::current_exe()?;
        let folder = own.parent().and_then(|examples| examples.parent());
        let built = folder.context("cannot find the target directory")?.join("bakeoff");
        if !built.is_file() {
            bail!("cannot find {}; run cargo build --release -p bakeoff", built.display());
        }
        Ok(built)
    }

    /// Runs `bakeoff` in the workspace.
    pub fn call(&self, arguments: &[&str]) -> anyhow::Result<ExitStatus> {
        let mut command = Command::new(self.executable()?);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BAKEOFF_") {
                command.env_remove(name);
            }
        }
        let command = command.args(arguments).current_dir(&self.workspace);
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?)
    }

    /// Runs an exploration and returns its results.
    pub fn explore(
        &self,
        name: &str,
        variants: &str,
        profile: &str,
        seed: u64,
    ) -> anyhow::Result<Results> {
        let (seed, scenario) = (seed.to_string(), self.scenario.as_str());
        let profile = self.profile.as_deref().unwrap_or(profile);
        let mut arguments = vec!["explore", "--restart", "--name", name, "--variants", variants];
        arguments.extend(["--profile", profile, "--scenarios", scenario, "--seed", &seed]);
        let status = self.call(&arguments)?;
        if !status.success() {
            bail!("exploration {name} ended with {status}; see its logs");
        }
        self.results(name)
    }

    /// Returns the results of an exploration.
    pub fn results(&self, name: &str) -> anyhow::Result<Results> {
        let path = self.workspace.join("results").join(name).join("results.json");
        Ok(serde_json::from_slice(&fs::read(&path).with_context(|| path.display().to_string())?)?)
    }
}
