//! Summary of how a trace was read.

use serde::{Deserialize, Serialize};

use super::understanding::Understanding;

/// Format and notes of a trace that was read; empty for a generated workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSummary {
    /// Names of the formats of the files, separated by commas.
    pub format: Option<String>,
    /// Reason for choosing the format.
    pub format_reason: Option<String>,
    /// Number of lines that were left out, for the reasons listed in `understanding`.
    pub skipped_lines: u64,
    /// Description of how the content was understood.
    #[serde(default)]
    pub understanding: Understanding,
    /// Further notes, one sentence each.
    pub notes: Vec<String>,
}

impl ReadSummary {
    /// Returns the summary as lines of text for the terminal.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(format), Some(reason)) = (&self.format, &self.format_reason) {
            lines.push(format!("read as {format}: {reason}"));
        }
        lines.extend(self.understanding.lines());
        lines.extend_from_slice(&self.notes);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_contain_format_and_notes() {
        assert!(ReadSummary::default().lines().is_empty());
        let summary = ReadSummary {
            format: Some(String::from("redis-monitor")),
            format_reason: Some(String::from("chosen by name")),
            notes: vec![String::from("2 sizes cannot be read")],
            ..ReadSummary::default()
        };
        assert_eq!(
            summary.lines(),
            ["read as redis-monitor: chosen by name", "2 sizes cannot be read"]
        );
    }
}
