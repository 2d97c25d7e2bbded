//! Rows of separated values, with quoted fields, and the names of their columns.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::encoding::UTF8_BOM;
use crate::trace::columns::{ColumnChoice, ColumnRef};

/// Index, from 0, of the column for each part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) struct ColumnIndexes {
    pub(in crate::trace) key: usize,
    pub(in crate::trace) op: Option<usize>,
    pub(in crate::trace) size: Option<usize>,
    pub(in crate::trace) ttl: Option<usize>,
    pub(in crate::trace) time: Option<usize>,
    pub(in crate::trace) tenant: Option<usize>,
}

pub(in crate::trace) const KEY_NAMES: [&str; 8] =
    ["key", "id", "object", "obj_id", "object_id", "url", "path", "lbn"];
pub(in crate::trace) const OP_NAMES: [&str; 5] = ["op", "operation", "command", "cmd", "method"];
pub(in crate::trace) const SIZE_NAMES: [&str; 5] =
    ["size", "bytes", "value_size", "obj_size", "length"];
pub(in crate::trace) const TTL_NAMES: [&str; 1] = ["ttl"];
pub(in crate::trace) const TIME_NAMES: [&str; 3] = ["time", "timestamp", "ts"];
pub(in crate::trace) const TENANT_NAMES: [&str; 2] = ["tenant", "namespace"];

impl ColumnIndexes {
    /// Finds the columns of a header by their usual names; `None` without a key column.
    pub(in crate::trace) fn from_header(line: &[u8]) -> Option<Self> {
        Self::from_choice(line, &ColumnChoice::default()).ok()
    }

    /// Finds the columns chosen by the user, and the others by their usual names.
    ///
    /// `line` is the first line of the table.
    ///
    /// # Errors
    /// Description of the header that would have the missing column.
    pub(in crate::trace) fn from_choice(
        line: &[u8],
        choice: &ColumnChoice,
    ) -> Result<Self, String> {
        let mut row = Row::new(choice.separator.unwrap_or(b','));
        row.split(line.strip_prefix(UTF8_BOM).unwrap_or(line));
        let names: Vec<String> = if choice.has_header() {
            (0..row.len())
                .filter_map(|column| row.field(column))
                .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
                .collect()
        } else {
            Vec::new()
        };
        let find = |chosen: &Option<ColumnRef>, usual: &[&str]| match chosen {
            Some(ColumnRef::Number(number)) => Ok(Some(number - 1)),
            Some(ColumnRef::Name(name)) => names
                .iter()
                .position(|column| *column == name.to_ascii_lowercase())
                .map(Some)
                .ok_or_else(|| format!("a header with a column `{name}`")),
            None => Ok(usual.iter().find_map(|usual| names.iter().position(|n| n == usual))),
        };
        Ok(Self {
            key: find(&choice.key, &KEY_NAMES)?.ok_or_else(|| {
                format!(
                    "a header with a column `key` (or {}; choose another with key=NAME)",
                    KEY_NAMES[1..].join(", ")
                )
            })?,
            op: find(&choice.op, &OP_NAMES)?,
            size: find(&choice.size, &SIZE_NAMES)?,
            ttl: find(&choice.ttl, &TTL_NAMES)?,
            time: find(&choice.time, &TIME_NAMES)?,
            tenant: find(&choice.tenant, &TENANT_NAMES)?,
        })
    }
}

/// Fields of one line, in reusable buffers.
#[derive(Debug)]
pub(in crate::trace) struct Row {
    separator: u8,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl Default for Row {
    fn default() -> Self {
        Self::new(b',')
    }
}

impl Row {
    pub(in crate::trace) fn new(separator: u8) -> Self {
        Self {
            separator,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            text: Vec::new(),
            ends: Vec::new(),
            fields: 0,
        }
    }

    /// Splits a line into fields; returns false if a quoted field is not closed.
    ///
    /// A quoted field can contain separators and doubled quotes, but no line ends.
    pub(in crate::trace) fn split(&mut self, line: &[u8]) -> bool {
        // All fields together fit into the length of the line, and n separators make n + 1 fields.
        self.text.resize(self.text.len().max(line.len() + 1), 0);
        let separators = line.iter().filter(|&&byte| byte == self.separator).count();
        self.ends.resize(self.ends.len().max(separators + 2), 0);
        self.reader.reset();
        let (result, _, written, ends) =
            self.reader.read_record(line, &mut self.text, &mut self.ends);
        self.fields = ends;
        if result != ReadRecordResult::InputEmpty {
            return true;
        }
        // A line end completes the last field, unless it is inside quotes.
        let (text, more_ends) = (&mut self.text[written..], &mut self.ends[ends..]);
        let (result, _, _, last) = self.reader.read_record(b"\n", text, more_ends);
        self.fields = ends + last;
        result == ReadRecordResult::Record || line.is_empty()
    }

    /// Returns the number of fields.
    pub(in crate::trace) fn len(&self) -> usize {
        self.fields
    }

    /// Returns a field without surrounding white space.
    pub(in crate::trace) fn field(&self, column: usize) -> Option<&[u8]> {
        let ends = &self.ends[..self.fields];
        let start = if column == 0 { 0 } else { *ends.get(column - 1)? };
        self.text.get(start..*ends.get(column)?).map(<[u8]>::trim_ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_commas_outside_quotes() {
        let mut row = Row::default();
        for (line, fields) in [
            ("a,b, c ", vec!["a", "b", "c"]),
            ("\"x,\"\"y\"\"\",,1", vec!["x,\"y\"", "", "1"]),
            ("", vec![]),
            ("one", vec!["one"]),
            ("a,", vec!["a", ""]),
        ] {
            assert!(row.split(line.as_bytes()));
            let found: Vec<&str> = (0..row.len())
                .map(|column| std::str::from_utf8(row.field(column).unwrap()).unwrap())
                .collect();
            assert_eq!(found, fields, "{line}");
        }
        for (line, closed) in [("a,\"b", false), ("\"a\"\"", false), ("a\",b", true), ("\"", false)]
        {
            assert_eq!(row.split(line.as_bytes()), closed, "{line}");
        }
    }

    #[test]
    fn columns_are_found_by_their_usual_names() {
        let columns = ColumnIndexes::from_header(b"Timestamp,URL,bytes").unwrap();
        assert_eq!((columns.key, columns.size, columns.time), (1, Some(2), Some(0)));
        assert_eq!(ColumnIndexes::from_header(b"a,b,c"), None);
    }

    #[test]
    fn chosen_columns_take_precedence_over_usual_names() {
        let choice = "key=session,size=2".parse().unwrap();
        let columns = ColumnIndexes::from_choice(b"id,weight,session", &choice).unwrap();
        assert_eq!((columns.key, columns.size), (2, Some(1)));
        let missing = ColumnIndexes::from_choice(b"id,weight", &choice).unwrap_err();
        assert!(missing.contains("`session`"), "{missing}");
    }
}
