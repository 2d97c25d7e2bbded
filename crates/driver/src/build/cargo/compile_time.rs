//! Compile time of a strategy, summed over the packages that are compiled for it.
//!
//! Each time is that of one compiler call. Calls run in parallel, so the sum can exceed the elapsed
//! time. A dependency is compiled once and then reused, so its time is stored.
//!
//! The times come from the page that `cargo build --timings` writes. The data format of that page
//! is not documented, so the compile time is optional and nothing else depends on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_metadata::Package;
use serde::{Deserialize, Serialize};

use super::messages::CargoOutcome;
use super::toolchain::Toolchain;
use super::workspace::{CargoWorkspace, StrategyPackage};
use crate::build::error::BuildError;
use crate::record::atomic_file;

/// Compile times of all packages that were built with one compiler.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::build) struct CompileTimes {
    /// Version of the compiler; times of another version are discarded.
    toolchain: String,
    /// Seconds by package (`<name> <version>`), including build scripts.
    seconds: BTreeMap<String, f64>,
}

/// One call of a compiler or of a build script.
#[derive(Debug, Deserialize)]
struct CompilerCall {
    name: String,
    version: String,
    duration: f64,
}

impl CompileTimes {
    /// Reads the stored times, adds those of the latest build, and stores the result.
    pub(in crate::build) fn update(
        cache: &Path,
        target: &Path,
        toolchain: &Toolchain,
    ) -> Result<Self, BuildError> {
        let path = cache.join("compile-seconds.json");
        let known: Option<Self> =
            fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut times = known
            .filter(|known| known.toolchain == toolchain.version)
            .unwrap_or(Self { toolchain: toolchain.version.clone(), seconds: BTreeMap::new() });
        let page = fs::read_to_string(target.join("cargo-timings/cargo-timing.html"));
        let units = page.ok().and_then(|page| parse_compiler_calls(&page)).unwrap_or_default();
        let mut latest: BTreeMap<String, f64> = BTreeMap::new();
        // Reused packages are listed too, with a duration of 0.
        for unit in units.iter().filter(|unit| unit.duration > 0.0) {
            *latest.entry(format!("{} {}", unit.name, unit.version)).or_default() += unit.duration;
        }
        times.seconds.extend(latest);
        atomic_file::write_json(&path, &times)?;
        Ok(times)
    }

    /// Returns the compile time of a strategy and its dependencies in seconds; `None` if a time is
    /// unknown.
    pub(in crate::build) fn sum(
        &self,
        workspace: &CargoWorkspace,
        strategy: &StrategyPackage,
        outcome: &CargoOutcome,
    ) -> Option<f64> {
        let closure = workspace.closure(&strategy.id).into_iter();
        let compiled = closure.filter(|&id| outcome.compiled.contains(id));
        let packages = compiled.filter_map(|id| workspace.resolved_package(id));
        let seconds: Option<f64> =
            packages.map(|resolved| self.seconds.get(&package_key(resolved.package))).sum();
        // Cargo reports hundredths of a second.
        seconds.map(|seconds| (seconds * 100.0).round() / 100.0)
    }
}

fn package_key(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

/// Parses the list of compiler calls in the timings page.
fn parse_compiler_calls(page: &str) -> Option<Vec<CompilerCall>> {
    let (_, list) = page.split_once("const UNIT_DATA = ")?;
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<Vec<CompilerCall>>();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_calls_are_read_from_the_timings_page() {
        let page = "<script>const UNIT_DATA = [{\"i\":0,\"name\":\"a\",\"version\":\"0.1.0\",\
                    \"duration\":0.5,\"sections\":[]}];\nconst X = 1;</script>";
        let units = parse_compiler_calls(page).unwrap();
        assert_eq!((units[0].name.as_str(), units[0].duration), ("a", 0.5));
        assert!(parse_compiler_calls("<html>").is_none());
    }
}
