//! Which files a runner was compiled from, as cargo wrote beside it.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Files that an executable was compiled from, dependencies from registries left out; `None` if
/// cargo left no word.
pub(super) fn sources_of(executable: &Path) -> Option<Vec<PathBuf>> {
    sources_in(&executable.with_extension("d"))
}

/// The same, out of the file that says so.
pub(super) fn sources_in(dep_info: &Path) -> Option<Vec<PathBuf>> {
    Some(parse(&fs::read_to_string(dep_info).ok()?))
}

/// `output: file file …` with spaces in names escaped by a backslash.
fn parse(text: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in text.lines() {
        let Some((_, list)) = line.split_once(": ") else { continue };
        let mut name = String::new();
        let mut letters = list.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if letters.peek() == Some(&' ') => name.extend(letters.next()),
                ' ' => files.push(PathBuf::from(std::mem::take(&mut name))),
                _ => name.push(letter),
            }
        }
        files.push(PathBuf::from(name));
    }
    files.retain(|file| !file.as_os_str().is_empty());
    files.iter().map(|file| without_detours(file)).collect()
}

/// `include_str!("../x")` leaves `src/../x`, which seems to lie in `src`.
fn without_detours(path: &Path) -> PathBuf {
    let mut direct = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(direct.pop()),
            Component::CurDir => {}
            part => direct.push(part),
        }
    }
    direct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_are_taken_out() {
        assert_eq!(parse("/t/x: /w/a/src/../../x.txt\n"), [PathBuf::from("/w/x.txt")]);
    }

    #[test]
    fn names_may_hold_spaces() {
        let files = parse("/t/a\\ b/x: /w/my\\ work/lib.rs /w/main.rs\n");
        assert_eq!(files, [PathBuf::from("/w/my work/lib.rs"), PathBuf::from("/w/main.rs")]);
        assert!(parse("/t/x:\n").is_empty());
    }
}
