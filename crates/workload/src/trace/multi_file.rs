//! State shared by the files of one trace: numbering of tenants and groups, and statistics.

use std::collections::BTreeMap;

use super::columns::{COLUMN_OPTIONS, ColumnChoice};
use super::parse::record::Record;
use super::tenant_numbers::TenantNumbers;
use crate::source::SourceRequest;

/// Maximum number of command names that are counted separately.
const MAX_NAMES: usize = 200;
/// Maximum number of command names in a note.
const MAX_SHOWN_NAMES: usize = 12;
/// Commands that empty a database, which a workload cannot express.
const FLUSH_COMMANDS: [&str; 2] = ["FLUSHALL", "FLUSHDB"];

/// State shared by the files of one trace.
#[derive(Debug, Default)]
pub struct MultiFileState {
    tenants: TenantNumbers,
    /// True if any record had the column, in the order of [`Record::present`].
    columns_present: [bool; 6],
    groups: u32,
    /// Number of skipped commands by name.
    skipped_commands: BTreeMap<String, u64>,
    /// Number of unreadable fields by kind, and the location of the first.
    unreadable_fields: BTreeMap<&'static str, (u64, String)>,
}

impl MultiFileState {
    /// Converts a record to a request.
    ///
    /// # Errors
    /// Description of the expected content if a field is invalid.
    pub(super) fn request<'a>(
        &mut self,
        record: Record<'a>,
    ) -> Result<SourceRequest<'a>, &'static str> {
        for (any, present) in self.columns_present.iter_mut().zip(record.present()) {
            *any |= present;
        }
        record.request(&mut self.tenants)
    }

    /// Returns the first chosen column that no record has, for example `size=9`.
    #[must_use]
    pub fn missing_column(&self, choice: &ColumnChoice) -> Option<String> {
        let columns = choice.by_role().into_iter().zip(self.columns_present);
        let missing = COLUMN_OPTIONS
            .iter()
            .zip(columns)
            .find(|(_, (column, present))| column.is_some() && !present);
        missing.and_then(|(role, (column, _))| column.map(|column| format!("{role}={column}")))
    }

    /// Returns a new group id for a multi-get of `reads` keys; 0 for a single read.
    pub(super) fn group_for(&mut self, reads: usize) -> u32 {
        if reads < 2 {
            return 0;
        }
        self.groups = self.groups.wrapping_add(1).max(1);
        self.groups
    }

    /// Counts a command that is skipped.
    pub(super) fn skip_command(&mut self, name: &[u8]) {
        let name = name.escape_ascii().to_string().to_ascii_uppercase();
        let is_new = !self.skipped_commands.contains_key(&name);
        let is_other = name.len() > 32 || (is_new && self.skipped_commands.len() >= MAX_NAMES);
        let name = if is_other { String::from("others") } else { name };
        *self.skipped_commands.entry(name).or_default() += 1;
    }

    /// Counts a field that cannot be read; `location` is called for the first of its kind.
    pub(super) fn count_unreadable(
        &mut self,
        kind: &'static str,
        location: impl FnOnce() -> String,
    ) {
        self.unreadable_fields.entry(kind).or_insert_with(|| (0, location())).0 += 1;
    }

    /// Returns notes for the user, one sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.tenants.note().into_iter().collect();
        notes.extend(self.unreadable_fields.iter().map(|(kind, (count, first))| {
            format!("{count} {kind} cannot be read and are ignored; the first is in {first}")
        }));
        let mut commands: Vec<(&String, &u64)> = self.skipped_commands.iter().collect();
        commands.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let format_counts = |commands: &[(&String, &u64)]| {
            let counts = commands.iter().map(|(name, count)| format!("{name} {count}"));
            counts.collect::<Vec<_>>().join(", ")
        };
        if !commands.is_empty() {
            let (shown, rest) = commands.split_at(commands.len().min(MAX_SHOWN_NAMES));
            let rest = rest.iter().map(|(_, count)| **count).sum::<u64>();
            let more = if rest > 0 { format!(", and {rest} others") } else { String::new() };
            notes.push(format!("skipped commands: {}{more}", format_counts(shown)));
        }
        commands.retain(|(name, _)| FLUSH_COMMANDS.contains(&name.as_str()));
        if !commands.is_empty() {
            notes.push(format!(
                "the log empties a database ({}), but the replay does not empty the cache",
                format_counts(&commands)
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_commands_are_counted_by_name() {
        let mut state = MultiFileState::default();
        for name in ["ping", "EXPIRE", "expire", "flushdb", "expire"] {
            state.skip_command(name.as_bytes());
        }
        let notes = state.notes();
        assert_eq!(notes[0], "skipped commands: EXPIRE 3, FLUSHDB 1, PING 1");
        assert!(notes[1].contains("FLUSHDB 1") && notes.len() == 2, "{notes:?}");
        for number in 0..1_000 {
            state.skip_command(format!("x{number}").as_bytes());
        }
        assert!(state.skipped_commands.len() <= MAX_NAMES + 1);
        assert!(state.notes()[0].ends_with(" others"), "{:?}", state.notes());
    }
}
