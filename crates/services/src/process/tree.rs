//! Process tree from `/proc`.

use std::fs;
use std::io;

/// Returns all living descendants of a process, parents before their children.
///
/// # Errors
/// If `/proc` cannot be read; processes that end meanwhile are left out.
pub(super) fn descendants(root: u32) -> io::Result<Vec<u32>> {
    let parents = parents()?;
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child));
        next += 1;
    }
    found.remove(0);
    Ok(found)
}

/// Returns the ids of every living process and its parent.
fn parents() -> io::Result<Vec<(u32, u32)>> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(entry) = entry else { continue };
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some((state, parent)) = state_and_parent(&stat)
            && !matches!(state, "Z" | "X")
        {
            pairs.push((pid, parent));
        }
    }
    Ok(pairs)
}

/// Parses state and parent from `/proc/<pid>/stat`. The name before them may itself contain spaces
/// and parentheses, so the last parenthesis counts.
fn state_and_parent(stat: &str) -> Option<(&str, u32)> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    Some((fields.next()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_contain_parentheses() {
        assert_eq!(state_and_parent("12 (a) R 3 (b) S 7 12 12"), Some(("S", 7)));
        assert_eq!(state_and_parent("12"), None);
    }

    #[test]
    fn own_child_is_found() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let found = descendants(std::process::id()).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found.contains(&child.id()));
        assert!(!descendants(std::process::id()).unwrap().contains(&child.id()));
    }
}
