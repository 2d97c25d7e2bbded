//! The files of another crate of the workspace that some code reaches.
//!
//! A strategy that is one line over a layer is not one line to read: the layer's file counts, and
//! the files that this one needs in turn. What else lies in the layer's crate does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{lines, read, sources};
use crate::build::BuildError;

/// Source files of the crate in `folder` that `code` reaches, by the names that the crate's root
/// hands on (`pub use module::Name`) and by paths (`crate::module`). All of them where the root
/// hands on nothing that is named: then it cannot be told.
pub(super) fn reached(code: &str, folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let src = folder.join("src");
    let root = src.join("lib.rs");
    if !root.is_file() {
        return sources(folder);
    }
    let all = sources(&src)?;
    let handed_on = handed_on(&lines::code(&read(&root)?));
    let mut modules = BTreeSet::new();
    let mut open: Vec<String> = named(code, &handed_on).collect();
    while let Some(module) = open.pop() {
        if !modules.insert(module.clone()) {
            continue;
        }
        for path in all.iter().filter(|path| belongs(path, &src, &module)) {
            let text = lines::code(&read(path)?);
            open.extend(named(&text, &handed_on));
            let after = text.split("crate::").skip(1).filter_map(|rest| words(rest).next());
            open.extend(after.map(str::to_owned));
        }
    }
    if modules.is_empty() {
        return Ok(all);
    }
    let is_reached = |path: &PathBuf| modules.iter().any(|module| belongs(path, &src, module));
    Ok(all.into_iter().filter(is_reached).collect())
}

/// The modules of the names that stand in some code.
fn named<'a>(
    code: &'a str,
    handed_on: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = String> + 'a {
    words(code).filter_map(|word| handed_on.get(word).cloned())
}

/// Which name comes from which module.
fn handed_on(root: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for line in root.split("pub use ").skip(1) {
        let mut words = words(line.split(';').next().unwrap_or_default());
        if let Some(module) = words.next() {
            names.extend(words.map(|name| (name.to_owned(), module.to_owned())));
        }
    }
    names
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Whether a file is a module of the crate's root, or lies in its folder.
fn belongs(path: &Path, src: &Path, module: &str) -> bool {
    let Ok(inside) = path.strip_prefix(src) else { return false };
    let first = inside.components().next().map(|first| first.as_os_str().to_string_lossy());
    first.is_some_and(|first| first == module || first.strip_suffix(".rs") == Some(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_brings_what_it_needs_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("src").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "lib.rs",
            "mod swr;\npub use swr::Swr;\npub use queue::{Queue, QueueError};\n// Other\n",
        );
        write("swr.rs", "use crate::times::Times;\npub struct Swr;\n");
        write("times.rs", "// Queue\nuse crate::sync;\n");
        write("sync.rs", "\n");
        write("queue/mod.rs", "mod part;\n");
        write("queue/part.rs", "fn part() {}\n");
        let of = |code: &str| -> Vec<String> {
            let src = folder.path().join("src");
            let mut found: Vec<String> = reached(code, folder.path())
                .unwrap()
                .into_iter()
                .map(|path| path.strip_prefix(&src).unwrap().display().to_string())
                .collect();
            found.sort();
            found
        };
        assert_eq!(of("type Mine = Swr<Lru>;"), ["swr.rs", "sync.rs", "times.rs"]);
        assert_eq!(of("fn f(error: QueueError) {}"), ["queue/mod.rs", "queue/part.rs"]);
        assert_eq!(of("nothing that is known").len(), 6);
    }
}
