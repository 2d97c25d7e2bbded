//! `Cargo.lock`: which packages a package may be compiled with.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The packages of a lock file.
#[derive(Clone, Debug, Default)]
pub(super) struct LockFile {
    packages: Vec<Package>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// Where it comes from; `None` for a package on this disk.
    #[serde(default)]
    pub(super) source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    package: Vec<Package>,
}

impl LockFile {
    /// `None` if the text is no lock file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        toml::from_str::<Document>(text).ok().map(|document| Self { packages: document.package })
    }

    /// A package of the workspace and all that it is compiled with on any platform; `None` if it
    /// is not in the lock file. `needs` says whether the first package is compiled with the
    /// second, which the lock file names for it.
    pub(super) fn closure(
        &self,
        package: &str,
        needs: impl Fn(&str, &str) -> bool,
    ) -> Option<Vec<&Package>> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, package) in self.packages.iter().enumerate() {
            by_name.entry(&package.name).or_default().push(index);
        }
        let named = |name: &str| by_name.get(name).into_iter().flatten().copied();
        let first = named(package).find(|&index| self.packages[index].source.is_none())?;
        let mut reached = BTreeSet::from([first]);
        let mut open = vec![first];
        while let Some(index) = open.pop() {
            let Package { name: package, dependencies, source, .. } = &self.packages[index];
            for dependency in dependencies {
                // `name`, `name version` or `name version (source)`, as much as tells them apart.
                let mut words = dependency.split(' ');
                let name = words.next().unwrap_or_default();
                // The lock file leaves out what the tests of packages from elsewhere need.
                if source.is_none() && !needs(package, name) {
                    continue;
                }
                let version = words.next();
                let source = words.next().map(|source| source.trim_matches(['(', ')']));
                let matching = named(name).filter(|&index| {
                    let package = &self.packages[index];
                    version.is_none_or(|version| package.version == version)
                        && source.is_none_or(|source| package.source.as_deref() == Some(source))
                });
                for index in matching {
                    if reached.insert(index) {
                        open.push(index);
                    }
                }
            }
        }
        Some(reached.into_iter().map(|index| &self.packages[index]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4
[[package]]
name = "mine"
version = "0.1.0"
dependencies = ["near", "lru 0.2.0"]
[[package]]
name = "near"
version = "0.1.0"
dependencies = ["mine", "deep"]
[[package]]
name = "deep"
version = "1.0.0"
source = "registry+x"
[[package]]
name = "lru"
version = "0.2.0"
source = "registry+x"
[[package]]
name = "lru"
version = "0.3.0"
source = "registry+x"
[[package]]
name = "other"
version = "0.1.0"
"#;

    #[test]
    fn the_closure_follows_names_and_versions_and_survives_cycles() {
        let lock = LockFile::parse(LOCK).unwrap();
        let names = |package: &str| -> Vec<String> {
            let closure = lock.closure(package, |_, _| true).unwrap();
            closure.iter().map(|p| format!("{} {}", p.name, p.version)).collect()
        };
        assert_eq!(names("mine"), ["mine 0.1.0", "near 0.1.0", "deep 1.0.0", "lru 0.2.0"]);
        assert_eq!(names("other"), ["other 0.1.0"]);
        let tested_with =
            |package: &str, dependency: &str| (package, dependency) != ("near", "deep");
        assert_eq!(lock.closure("mine", tested_with).unwrap().len(), 3);
        assert!(lock.closure("lru", |_, _| true).is_none(), "not a package of the workspace");
        assert!(LockFile::parse("{").is_none());
    }
}
