//! Lines of separated values, quoted where need be, and what their columns are called.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::columns::{Column, ColumnChoice};

/// Which column holds what, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) key: usize,
    pub(super) op: Option<usize>,
    pub(super) size: Option<usize>,
    pub(super) ttl: Option<usize>,
    pub(super) time: Option<usize>,
    pub(super) tenant: Option<usize>,
}

pub(super) const KEY_NAMES: [&str; 8] =
    ["key", "id", "object", "obj_id", "object_id", "url", "path", "lbn"];
pub(super) const OP_NAMES: [&str; 5] = ["op", "operation", "command", "cmd", "method"];
pub(super) const SIZE_NAMES: [&str; 5] = ["size", "bytes", "value_size", "obj_size", "length"];
pub(super) const TTL_NAMES: [&str; 1] = ["ttl"];
pub(super) const TIME_NAMES: [&str; 3] = ["time", "timestamp", "ts"];
pub(super) const TENANT_NAMES: [&str; 2] = ["tenant", "namespace"];

impl Columns {
    /// The columns of a header; `None` where none is called like a key.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        Self::chosen(line, &ColumnChoice::default()).ok()
    }

    /// The columns that the user chose, the others by their usual names.
    ///
    /// # Errors
    /// What was looked for and is not there.
    pub(super) fn chosen(line: &[u8], choice: &ColumnChoice) -> Result<Self, String> {
        let mut row = Row::new(choice.separator.unwrap_or(b','));
        row.part(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
        let names: Vec<String> = if choice.has_header() {
            (0..row.len())
                .filter_map(|column| row.field(column))
                .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
                .collect()
        } else {
            Vec::new()
        };
        let find = |chosen: &Option<Column>, known: &[&str]| match chosen {
            Some(Column::Number(number)) => Ok(Some(number - 1)),
            Some(Column::Name(name)) => names
                .iter()
                .position(|found| *found == name.to_ascii_lowercase())
                .map(Some)
                .ok_or_else(|| format!("a header that names a column `{name}`")),
            None => Ok(known.iter().find_map(|known| names.iter().position(|n| n == known))),
        };
        Ok(Self {
            key: find(&choice.key, &KEY_NAMES)?.ok_or_else(|| {
                format!(
                    "a header that names a column `key` (or {}; another one is chosen with key=NAME)",
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

/// The fields of one line, in buffers that are used again for the next.
#[derive(Debug)]
pub(super) struct Row {
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
    /// Rows with this byte between their fields.
    pub(super) fn new(separator: u8) -> Self {
        Self {
            separator,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            text: Vec::new(),
            ends: Vec::new(),
            fields: 0,
        }
    }

    /// Parts a line. A quoted field may hold separators and doubled quotes, but no line end; false
    /// where it ends within one.
    pub(super) fn part(&mut self, line: &[u8]) -> bool {
        // Fields are never longer than what they were parted from, nor more than its separators.
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
        // The end of the line ends the last field, unless it belongs to it.
        let (text, places) = (&mut self.text[written..], &mut self.ends[ends..]);
        let (result, _, _, last) = self.reader.read_record(b"\n", text, places);
        self.fields = ends + last;
        result == ReadRecordResult::Record || line.is_empty()
    }

    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// A field without the space around it.
    pub(super) fn field(&self, column: usize) -> Option<&[u8]> {
        let ends = &self.ends[..self.fields];
        let start = if column == 0 { 0 } else { *ends.get(column - 1)? };
        self.text.get(start..*ends.get(column)?).map(<[u8]>::trim_ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parted_at_commas_outside_quotes() {
        let mut row = Row::default();
        for (line, fields) in [
            ("a,b, c ", vec!["a", "b", "c"]),
            ("\"x,\"\"y\"\"\",,1", vec!["x,\"y\"", "", "1"]),
            ("", vec![]),
            ("one", vec!["one"]),
            ("a,", vec!["a", ""]),
        ] {
            assert!(row.part(line.as_bytes()));
            let found: Vec<&str> = (0..row.len())
                .map(|column| std::str::from_utf8(row.field(column).unwrap()).unwrap())
                .collect();
            assert_eq!(found, fields, "{line}");
        }
        for (line, whole) in [("a,\"b", false), ("\"a\"\"", false), ("a\",b", true), ("\"", false)]
        {
            assert_eq!(row.part(line.as_bytes()), whole, "{line}");
        }
    }

    #[test]
    fn columns_are_found_by_any_of_their_names() {
        let columns = Columns::of_header(b"Timestamp,URL,bytes").unwrap();
        assert_eq!((columns.key, columns.size, columns.time), (1, Some(2), Some(0)));
        assert_eq!(Columns::of_header(b"a,b,c"), None);
    }

    #[test]
    fn chosen_columns_go_before_the_usual_names() {
        let choice = "key=session,size=2".parse().unwrap();
        let columns = Columns::chosen(b"id,weight,session", &choice).unwrap();
        assert_eq!((columns.key, columns.size), (2, Some(1)));
        let missing = Columns::chosen(b"id,weight", &choice).unwrap_err();
        assert!(missing.contains("`session`"), "{missing}");
    }
}
