//! What goes on from one file of a trace to the next, and what is to be said of all of them.

use std::collections::BTreeMap;

use super::columns::{ColumnChoice, ROLES};
use super::record::Record;
use super::tenants::Tenants;
use crate::source::SourceRequest;

/// Kinds of commands that are counted by name; any beyond are counted together.
const KINDS_LIMIT: usize = 200;
/// Kinds that are named.
const KINDS_SHOWN: usize = 12;
/// Commands that empty a database, which no request does.
const EMPTYING: [&str; 2] = ["FLUSHALL", "FLUSHDB"];

/// Numbers that are given out over all files, and counts.
#[derive(Debug, Default)]
pub struct Carried {
    tenants: Tenants,
    columns_seen: [bool; 6],
    groups: u32,
    left_out: BTreeMap<String, u64>,
    unread: BTreeMap<&'static str, (u64, String)>,
}

impl Carried {
    /// The request of a row or an object.
    ///
    /// # Errors
    /// What was expected where a text makes no sense.
    pub(super) fn request<'a>(
        &mut self,
        record: Record<'a>,
    ) -> Result<SourceRequest<'a>, &'static str> {
        for (seen, has) in self.columns_seen.iter_mut().zip(record.has()) {
            *seen |= has;
        }
        record.request(&mut self.tenants)
    }

    /// The first column that was chosen and that nothing had, as `size=9`.
    #[must_use]
    pub fn missing(&self, choice: &ColumnChoice) -> Option<String> {
        let chosen = choice.by_role().into_iter().zip(self.columns_seen);
        let missing =
            ROLES.iter().zip(chosen).find(|(_, (chosen, seen))| chosen.is_some() && !seen);
        missing.and_then(|(role, (chosen, _))| chosen.map(|column| format!("{role}={column}")))
    }

    /// A number for a group of reads that were asked for together.
    pub(super) fn next_group(&mut self) -> u32 {
        self.groups = self.groups.wrapping_add(1).max(1);
        self.groups
    }

    /// Counts a command that is left out.
    pub(super) fn leave_out(&mut self, name: &[u8]) {
        let name = name.escape_ascii().to_string().to_ascii_uppercase();
        let is_new = !self.left_out.contains_key(&name);
        let is_odd = name.len() > 32 || (is_new && self.left_out.len() >= KINDS_LIMIT);
        let name = if is_odd { String::from("others") } else { name };
        *self.left_out.entry(name).or_default() += 1;
    }

    /// Counts a size or a time that cannot be read; `place` says where it stands.
    pub(super) fn unread(&mut self, what: &'static str, place: impl FnOnce() -> String) {
        self.unread.entry(what).or_insert_with(|| (0, place())).0 += 1;
    }

    /// What is to be said, a sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.tenants.note().into_iter().collect();
        notes.extend(self.unread.iter().map(|(what, (count, first))| {
            format!("{count} {what} cannot be read and count as not told, the first in {first}")
        }));
        let mut kinds: Vec<(&String, &u64)> = self.left_out.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let told = |kinds: &[(&String, &u64)]| {
            let told = kinds.iter().map(|(name, count)| format!("{name} {count}"));
            told.collect::<Vec<_>>().join(", ")
        };
        if !kinds.is_empty() {
            let (shown, rest) = kinds.split_at(kinds.len().min(KINDS_SHOWN));
            let more = rest.iter().map(|(_, count)| **count).sum::<u64>();
            let more =
                if more > 0 { format!(", and {more} of other kinds") } else { String::new() };
            notes.push(format!("left out: {}{more}", told(shown)));
        }
        kinds.retain(|(name, _)| EMPTYING.contains(&name.as_str()));
        if !kinds.is_empty() {
            notes.push(format!(
                "the replay empties no cache where the log emptied a database ({})",
                told(&kinds)
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_by_name() {
        let mut carried = Carried::default();
        for name in ["ping", "EXPIRE", "expire", "flushdb", "expire"] {
            carried.leave_out(name.as_bytes());
        }
        let notes = carried.notes();
        assert_eq!(notes[0], "left out: EXPIRE 3, FLUSHDB 1, PING 1");
        assert!(notes[1].contains("FLUSHDB 1") && notes.len() == 2, "{notes:?}");
        for number in 0..1_000 {
            carried.leave_out(format!("x{number}").as_bytes());
        }
        assert!(carried.left_out.len() <= KINDS_LIMIT + 1);
        assert!(carried.notes()[0].contains("of other kinds"), "{:?}", carried.notes());
    }
}
