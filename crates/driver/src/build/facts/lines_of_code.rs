//! Counts the lines of code of a strategy: non-blank lines that are not comments.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::error::BuildError;

/// Directories with tests, examples, build output or dependencies.
const SKIPPED_FOLDERS: [&str; 7] =
    ["target", "tests", "benches", "examples", "node_modules", "__pycache__", ".venv"];
/// Files with tests, or with code that is the same in every strategy.
const SKIPPED_FILES: [&str; 3] = ["main.rs", "build.rs", "tests.rs"];
/// Text at which the tests at the end of a Rust file begin.
const INLINE_TESTS: &str = "\n#[cfg(test)]\nmod ";

/// Counts the lines of code in a directory, without tests.
pub(super) fn in_folder(folder: &Path) -> Result<u64, BuildError> {
    let mut lines = 0;
    for path in source_files(folder)? {
        let bytes = fs::read(&path).map_err(BuildError::io("read", &path))?;
        lines += in_text(&path, &String::from_utf8_lossy(&bytes));
    }
    Ok(lines)
}

fn source_files(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(BuildError::io("list", folder))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_in =
            |names: &[&str]| path.file_name().is_some_and(|n| names.iter().any(|s| n == *s));
        if path.is_dir() {
            if !is_in(&SKIPPED_FOLDERS) {
                found.extend(source_files(&path)?);
            }
        } else if !is_in(&SKIPPED_FILES) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Counts the lines of code in one file; returns 0 if its extension is unknown.
fn in_text(path: &Path, text: &str) -> u64 {
    let comment = match path.extension().and_then(|extension| extension.to_str()) {
        Some("py" | "rb" | "sh" | "pl") => "#",
        Some("rs" | "go" | "js" | "mjs" | "ts" | "c" | "h" | "cc" | "cpp" | "java" | "zig") => "//",
        _ => return 0,
    };
    let code = text.split(INLINE_TESTS).next().unwrap_or_default();
    let lines = code.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with(comment)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_comments_and_inline_tests_do_not_count() {
        let count = |file: &str, text: &str| in_text(Path::new(file), text);
        assert_eq!(count("lib.rs", "//! Doc.\n\n/// Doc.\nfn f() {} // why\n   \n"), 1);
        let with_tests = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";
        assert_eq!(count("lib.rs", with_tests), 1);
        assert_eq!(count("cache.py", "# a\n\nimport x\nx() # b\n"), 2);
        assert_eq!(count("cache.go", "// a\npackage x\n"), 1);
        assert_eq!(count("README.md", "text\n"), 0);
    }
}
