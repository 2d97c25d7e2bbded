//! Compile time of a strategy, summed over the packages that are compiled for it.
//!
//! The times are those of single compiler calls, which run side by side. A dependency is compiled
//! once and then reused, so its time is remembered from the build that compiled it. They come from
//! the page that `cargo build --timings` writes; the format of the data in it is not documented,
//! so the figure is optional and nothing else depends on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cargo_metadata::Package;
use serde::{Deserialize, Serialize};

use super::messages::Outcome;
use super::toolchain::Toolchain;
use super::workspace::{Strategy, Workspace};
use crate::build::error::BuildError;
use crate::record::atomic_file;

/// Known compile times.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::build) struct CompileTimes {
    /// The compiler that they belong to.
    toolchain: String,
    /// Seconds by `<name> <version>`, build scripts included.
    seconds: BTreeMap<String, f64>,
}

/// One call of a compiler or of a build script.
#[derive(Debug, Deserialize)]
struct Unit {
    name: String,
    version: String,
    duration: f64,
}

impl CompileTimes {
    /// Adds the times of the latest build.
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
        let units = page.ok().and_then(|page| parse_units(&page)).unwrap_or_default();
        let mut latest: BTreeMap<String, f64> = BTreeMap::new();
        // Reused packages are listed too, with a duration of 0.
        for unit in units.iter().filter(|unit| unit.duration > 0.0) {
            *latest.entry(format!("{} {}", unit.name, unit.version)).or_default() += unit.duration;
        }
        times.seconds.extend(latest);
        atomic_file::write_json(&path, &times)?;
        Ok(times)
    }

    /// Summed seconds of a strategy and all that was compiled for it; `None` if one is unknown.
    pub(in crate::build) fn sum(
        &self,
        workspace: &Workspace,
        strategy: &Strategy,
        outcome: &Outcome,
    ) -> Option<f64> {
        let closure = workspace.closure(&strategy.id).into_iter();
        let compiled = closure.filter(|&id| outcome.compiled.contains(id));
        let packages = compiled.filter_map(|id| workspace.resolved(id));
        let seconds: Option<f64> =
            packages.map(|resolved| self.seconds.get(&unit_name(resolved.package))).sum();
        // Cargo reports hundredths.
        seconds.map(|seconds| (seconds * 100.0).round() / 100.0)
    }
}

fn unit_name(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

/// The list of units in the page.
fn parse_units(page: &str) -> Option<Vec<Unit>> {
    let (_, list) = page.split_once("const UNIT_DATA = ")?;
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<Vec<Unit>>();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_from_the_page() {
        let page = "<script>const UNIT_DATA = [{\"i\":0,\"name\":\"a\",\"version\":\"0.1.0\",\
                    \"duration\":0.5,\"sections\":[]}];\nconst X = 1;</script>";
        let units = parse_units(page).unwrap();
        assert_eq!((units[0].name.as_str(), units[0].duration), ("a", 0.5));
        assert!(parse_units("<html>").is_none());
    }
}
