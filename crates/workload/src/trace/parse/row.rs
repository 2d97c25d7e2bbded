//! Fields of one line of a table.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Splitter of lines, with reusable buffers.
#[derive(Debug)]
pub(in crate::trace) struct RowSplitter {
    separator: u8,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    spans: Vec<(usize, usize)>,
}

/// Fields of one line.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Row<'a> {
    text: &'a [u8],
    /// Start and end of each field in `text`.
    spans: &'a [(usize, usize)],
}

impl<'a> Row<'a> {
    /// Returns the number of fields.
    pub(in crate::trace) fn len(self) -> usize {
        self.spans.len()
    }

    /// Returns a field without surrounding white space.
    #[inline]
    pub(in crate::trace) fn field(self, column: usize) -> Option<&'a [u8]> {
        let &(start, end) = self.spans.get(column)?;
        self.text.get(start..end).map(<[u8]>::trim_ascii)
    }
}

impl RowSplitter {
    /// Creates a splitter; the separator `b' '` denotes a run of spaces and tabs.
    pub(in crate::trace) fn new(separator: u8) -> Self {
        Self {
            separator,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            text: Vec::new(),
            ends: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Splits a line into fields; `None` if a quoted field is not closed.
    ///
    /// A quoted field can contain separators and doubled quotes. Between spaces, text in brackets
    /// is one field, too, and a backslash escapes a quote.
    #[inline]
    pub(in crate::trace) fn split<'a>(&'a mut self, line: &'a [u8]) -> Option<Row<'a>> {
        self.spans.clear();
        if self.separator == b' ' {
            return split_words(line, &mut self.spans)
                .then_some(Row { text: line, spans: &self.spans });
        }
        if memchr::memchr(b'"', line).is_some() {
            return self.split_quoted(line);
        }
        let mut start = 0;
        for end in memchr::memchr_iter(self.separator, line) {
            self.spans.push((start, end));
            start = end + 1;
        }
        if !line.is_empty() {
            self.spans.push((start, line.len()));
        }
        Some(Row { text: line, spans: &self.spans })
    }

    fn split_quoted(&mut self, line: &[u8]) -> Option<Row<'_>> {
        // All fields together fit into the length of the line, and n separators make n + 1 fields.
        self.text.resize(self.text.len().max(line.len() + 1), 0);
        let separators = memchr::memchr_iter(self.separator, line).count();
        self.ends.resize(self.ends.len().max(separators + 2), 0);
        self.reader.reset();
        let (mut result, _, written, mut ends) =
            self.reader.read_record(line, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // A line end completes the last field, unless it is inside quotes.
            let (text, more_ends) = (&mut self.text[written..], &mut self.ends[ends..]);
            let last;
            (result, _, _, last) = self.reader.read_record(b"\n", text, more_ends);
            ends += last;
        }
        if result != ReadRecordResult::Record {
            return None;
        }
        let mut start = 0;
        for &end in &self.ends[..ends] {
            self.spans.push((start, end));
            start = end;
        }
        Some(Row { text: &self.text, spans: &self.spans })
    }
}

/// Finds the words of a line; returns false if a quote or bracket is not closed.
fn split_words(line: &[u8], spans: &mut Vec<(usize, usize)>) -> bool {
    let is_space = |byte: u8| byte == b' ' || byte == b'\t';
    let mut at = 0;
    loop {
        at += line[at..].iter().take_while(|&&byte| is_space(byte)).count();
        let Some(&first) = line.get(at) else { return true };
        let closing = match first {
            b'"' => closing_quote(&line[at + 1..]),
            b'[' => memchr::memchr(b']', &line[at + 1..]),
            _ => {
                let rest = &line[at..];
                let end = rest.iter().position(|&byte| is_space(byte)).unwrap_or(rest.len());
                spans.push((at, at + end));
                at += end;
                continue;
            }
        };
        let Some(length) = closing else { return false };
        spans.push((at + 1, at + 1 + length));
        at += length + 2;
    }
}

/// Finds the closing quote; quotes after a backslash are part of the text.
pub(in crate::trace) fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &text[from..])?;
        let backslashes = text[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(separator: u8, line: &str) -> Option<Vec<String>> {
        let mut splitter = RowSplitter::new(separator);
        let row = splitter.split(line.as_bytes())?;
        let field = |index| String::from_utf8(row.field(index).unwrap().to_vec()).unwrap();
        Some((0..row.len()).map(field).collect())
    }

    #[test]
    fn lines_are_split_at_separators_outside_quotes() {
        for (line, expected) in [
            ("a,b, c ", vec!["a", "b", "c"]),
            ("\"x,\"\"y\"\"\",,1", vec!["x,\"y\"", "", "1"]),
            ("", vec![]),
            ("one", vec!["one"]),
            ("a,", vec!["a", ""]),
            ("a\",b", vec!["a\"", "b"]),
        ] {
            assert_eq!(fields(b',', line).unwrap(), expected, "{line}");
        }
        for line in ["a,\"b", "\"a\"\"", "\""] {
            assert_eq!(fields(b',', line), None, "{line}");
        }
    }

    #[test]
    fn runs_of_spaces_join_and_quoted_words_keep_their_spaces() {
        assert_eq!(
            fields(b' ', " 1495.9   10 \"a \\\"b\" [6 Feb] - ").unwrap(),
            ["1495.9", "10", "a \\\"b", "6 Feb", "-"]
        );
        assert_eq!(fields(b' ', "a \"b"), None);
        assert_eq!(fields(b' ', "  ").unwrap(), Vec::<String>::new());
    }
}
