//! Excerpts of a server's log.

use std::fs;
use std::path::Path;

/// Returns the last three lines of a log on one line, or `nothing`.
pub(crate) fn last_lines(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    if last.is_empty() { String::from("nothing") } else { last }
}
