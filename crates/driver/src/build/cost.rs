//! What it costs to compile a strategy: the compile times that cargo reports, package by package.
//!
//! A dependency is compiled once and then found compiled, so times are remembered from the build
//! that did it. They are wall times of single compilers, and compilers ran side by side.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::BuildError;
use super::lock_file::LockFile;
use super::members::{Member, Members};
use super::outcome::Outcome;
use super::toolchain::Toolchain;
use crate::record::atomic_file;

/// Compile times that are known.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Costs {
    /// The compiler that took them.
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

impl Costs {
    /// Adds what the build that just ended took.
    pub(super) fn update(
        cache: &Path,
        target: &Path,
        toolchain: &Toolchain,
    ) -> Result<Self, BuildError> {
        let path = cache.join("compile-seconds.json");
        let known: Option<Self> =
            fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut costs = known
            .filter(|known| known.toolchain == toolchain.version)
            .unwrap_or(Self { toolchain: toolchain.version.clone(), seconds: BTreeMap::new() });
        let page = target.join("cargo-timings/cargo-timing.html");
        let mut now: BTreeMap<String, f64> = BTreeMap::new();
        for unit in fs::read_to_string(page).ok().and_then(|page| units(&page)).unwrap_or_default()
        {
            // What cargo found compiled is in the list too, and took no time.
            if unit.duration > 0.0 {
                *now.entry(format!("{} {}", unit.name, unit.version)).or_default() += unit.duration;
            }
        }
        costs.seconds.extend(now);
        atomic_file::write_json(&path, &costs)?;
        Ok(costs)
    }

    /// Summed seconds of a package and all that was compiled for it; `None` if one is unknown.
    pub(super) fn of(&self, members: &Members, member: &Member, outcome: &Outcome) -> Option<f64> {
        let lock = LockFile::parse(&outcome.lock_text)?;
        let closure =
            lock.closure(&member.package, |package, other| members.needs(package, other))?;
        let compiled = closure.iter().filter(|package| {
            outcome.features_of(&package.name, &package.version).next().is_some()
        });
        let seconds: Option<f64> = compiled
            .map(|package| self.seconds.get(&format!("{} {}", package.name, package.version)))
            .sum();
        // Cargo tells hundredths; the rest is noise of adding up.
        seconds.map(|seconds| (seconds * 100.0).round() / 100.0)
    }
}

/// The list of units in the page that `cargo build --timings` writes.
fn units(page: &str) -> Option<Vec<Unit>> {
    let (_, list) = page.split_once("const UNIT_DATA = ")?;
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<Vec<Unit>>();
    values.next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_out_of_the_page() {
        let page = "<script>const UNIT_DATA = [{\"i\":0,\"name\":\"a\",\"version\":\"0.1.0\",\
                    \"duration\":0.5,\"sections\":[]}];\nconst X = 1;</script>";
        let units = units(page).unwrap();
        assert_eq!((units[0].name.as_str(), units[0].duration), ("a", 0.5));
        assert!(super::units("<html>").is_none());
    }
}
