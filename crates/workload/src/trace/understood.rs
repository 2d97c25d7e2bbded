//! How a trace was read: told to people, and kept with what came of it.

use serde::{Deserialize, Serialize};

/// What there is to say of it; nothing of a workload that is no trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understood {
    /// Format of the trace, if it was one.
    pub format: Option<String>,
    /// Why this format was taken.
    pub format_reason: Option<String>,
    /// Lines of a log that hold no request and were left out.
    pub skipped_lines: u64,
    /// What else there is to say, a sentence each.
    pub notes: Vec<String>,
}

impl Understood {
    /// All of it, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(format), Some(reason)) = (&self.format, &self.format_reason) {
            lines.push(format!("read as {format}: {reason}"));
        }
        if self.skipped_lines > 0 {
            lines.push(format!("{} lines hold no request and were left out", self.skipped_lines));
        }
        lines.extend_from_slice(&self.notes);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_was_noticed_is_told() {
        assert!(Understood::default().lines().is_empty());
        let understood = Understood {
            format: Some(String::from("redis-monitor")),
            format_reason: Some(String::from("it was named")),
            skipped_lines: 1,
            notes: vec![String::from("left out: PING 2")],
        };
        let told = understood.lines();
        assert_eq!(told[0], "read as redis-monitor: it was named");
        assert!(told[1].starts_with("1 lines") && told[2] == understood.notes[0], "{told:?}");
    }
}
