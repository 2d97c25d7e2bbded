//! Lines of comma-separated values, quoted where need be, and what their columns are called.

use csv_core::{ReadRecordResult, Reader};

/// Which column holds what, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) key: usize,
    pub(super) op: Option<usize>,
    pub(super) size: Option<usize>,
    pub(super) ttl: Option<usize>,
    pub(super) time: Option<usize>,
}

const KEY_NAMES: [&str; 8] = ["key", "id", "object", "obj_id", "object_id", "url", "path", "lbn"];
const OP_NAMES: [&str; 5] = ["op", "operation", "command", "cmd", "method"];
const SIZE_NAMES: [&str; 5] = ["size", "bytes", "value_size", "obj_size", "length"];
const TTL_NAMES: [&str; 1] = ["ttl"];
const TIME_NAMES: [&str; 3] = ["time", "timestamp", "ts"];

impl Columns {
    /// The columns of a header; `None` where none is called like a key.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        let mut row = Row::default();
        row.part(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
        let names: Vec<String> = (0..row.len())
            .filter_map(|column| row.field(column))
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            .collect();
        let find = |known: &[&str]| {
            known.iter().find_map(|known| names.iter().position(|name| name == known))
        };
        Some(Self {
            key: find(&KEY_NAMES)?,
            op: find(&OP_NAMES),
            size: find(&SIZE_NAMES),
            ttl: find(&TTL_NAMES),
            time: find(&TIME_NAMES),
        })
    }
}

/// The fields of one line, in buffers that are used again for the next.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl Row {
    /// Parts a line. A quoted field may hold commas and doubled quotes, but no line end.
    pub(super) fn part(&mut self, line: &[u8]) {
        // Fields are never longer than what they were parted from, nor more than its commas.
        self.text.resize(self.text.len().max(line.len() + 1), 0);
        let commas = line.iter().filter(|&&byte| byte == b',').count();
        self.ends.resize(self.ends.len().max(commas + 2), 0);
        let mut reader = Reader::new();
        let (result, read, written, ends) =
            reader.read_record(line, &mut self.text, &mut self.ends);
        self.fields = ends;
        if result == ReadRecordResult::InputEmpty {
            // The end of the line ends the last field.
            let (text, places) = (&mut self.text[written..], &mut self.ends[ends..]);
            let (_, _, _, last) = reader.read_record(&line[read..], text, places);
            self.fields = ends + last;
        }
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
            row.part(line.as_bytes());
            let found: Vec<&str> = (0..row.len())
                .map(|column| std::str::from_utf8(row.field(column).unwrap()).unwrap())
                .collect();
            assert_eq!(found, fields, "{line}");
        }
    }

    #[test]
    fn columns_are_found_by_any_of_their_names() {
        let columns = Columns::of_header(b"Timestamp,URL,bytes").unwrap();
        assert_eq!((columns.key, columns.size, columns.time), (1, Some(2), Some(0)));
        assert_eq!(Columns::of_header(b"a,b,c"), None);
    }
}
