//! Lines and requests that a reader leaves out, by reason.

use serde::{Deserialize, Serialize};

/// Maximum number of reasons that are counted separately.
const MAX_REASONS: usize = 200;
/// Maximum length of the variable part of a reason.
const MAX_DETAIL: usize = 32;

/// Number of lines or requests that were left out for one reason, with an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Reason, such as `method OPTIONS`.
    pub reason: String,
    /// Number of lines or requests.
    pub count: u64,
    /// File, position and content of the first one.
    pub example: String,
}

/// Counts of what was left out, by reason.
#[derive(Debug, Default)]
pub(in crate::trace) struct LeftOutCounts(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    kind: &'static str,
    /// Upper-case name that distinguishes reasons of one kind, such as a method.
    detail: Vec<u8>,
    count: u64,
    example: String,
}

impl LeftOutCounts {
    /// Counts one line or request; `example` is called for the first of its reason.
    #[inline]
    pub(in crate::trace) fn count(
        &mut self,
        kind: &'static str,
        detail: &[u8],
        example: impl FnOnce() -> String,
    ) {
        let is_same =
            |entry: &&mut Entry| entry.kind == kind && entry.detail.eq_ignore_ascii_case(detail);
        if let Some(entry) = self.0.iter_mut().find(is_same) {
            entry.count += 1;
            return;
        }
        let is_other = detail.len() > MAX_DETAIL || self.0.len() >= MAX_REASONS;
        if is_other && detail != b"others" {
            return self.count(kind, b"others", example);
        }
        let detail = detail.to_ascii_uppercase();
        self.0.push(Entry { kind, detail, count: 1, example: example() });
    }

    /// Returns the number of lines or requests for all reasons together.
    pub(in crate::trace) fn total(&self) -> u64 {
        self.0.iter().map(|entry| entry.count).sum()
    }

    /// Returns all counts, the largest first.
    pub(in crate::trace) fn list(&self) -> Vec<LeftOut> {
        let mut list: Vec<LeftOut> = self
            .0
            .iter()
            .map(|entry| LeftOut {
                reason: match entry.detail.as_slice() {
                    b"" => entry.kind.to_owned(),
                    detail => format!("{} {}", entry.kind, detail.escape_ascii()),
                },
                count: entry.count,
                example: entry.example.clone(),
            })
            .collect();
        list.sort_by_key(|left_out| std::cmp::Reverse(left_out.count));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_with_their_first_example() {
        let mut counts = LeftOutCounts::default();
        for (line, name) in ["ping", "EXPIRE", "expire"].into_iter().enumerate() {
            counts.count("command", name.as_bytes(), || format!("line {line}"));
        }
        counts.count("empty line", b"", || String::from("line 9"));
        let list = counts.list();
        assert_eq!((list[0].reason.as_str(), list[0].count), ("command EXPIRE", 2));
        assert_eq!(list[0].example, "line 1");
        assert_eq!(list.iter().map(|left_out| left_out.count).sum::<u64>(), 4);
        for number in 0..1_000 {
            counts.count("command", format!("x{number}").as_bytes(), String::new);
        }
        assert!(counts.list().len() <= MAX_REASONS + 2);
        assert!(counts.list()[0].reason.ends_with("OTHERS"), "{:?}", counts.list()[0]);
    }
}
