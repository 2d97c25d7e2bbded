//! Likely readings of a table without a known format, as commands.

use std::collections::HashMap;
use std::fmt::Write;

use crate::trace::error::excerpt;
use crate::trace::input::TraceInput;
use crate::trace::parse::encoding;
use crate::trace::parse::number::parse_millionths;
use crate::trace::parse::operation::usual_action;
use crate::trace::parse::row::RowSplitter;

/// Number of lines that are examined.
const EXAMINED_LINES: usize = 200;
/// Number of lines that are shown.
const SHOWN_LINES: usize = 3;
/// Number of readings that are suggested.
const SUGGESTIONS: usize = 2;

/// Separators, by priority, and their names for `--columns`.
const SEPARATORS: [(u8, &str); 5] = [
    (b',', ""),
    (b'\t', ",separator=tab"),
    (b';', ",separator=;"),
    (b'|', ",separator=|"),
    (b' ', ",separator=space"),
];

/// Returns the first lines of a text file and its two most likely readings as a table.
///
/// Returns an empty text for a binary file.
pub(in crate::trace) fn advice(input: &TraceInput) -> String {
    let (bytes, _) = input.sample();
    let bytes = encoding::without_nul_runs(bytes);
    if !encoding::is_text(&bytes) {
        return String::new();
    }
    let lines: Vec<&[u8]> = bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"))
        .take(EXAMINED_LINES)
        .collect();
    let mut text = String::from("; it begins with");
    for line in lines.iter().take(SHOWN_LINES) {
        let _ = write!(text, "\n  {}", excerpt(line.trim_ascii_end()));
    }
    // Names in front of numbers are a header.
    let has_digits = |line: &&[u8]| line.iter().any(u8::is_ascii_digit);
    let has_header = lines.len() > 1 && !has_digits(&lines[0]) && lines[1..].iter().all(has_digits);
    let header = if has_header { ",header=yes" } else { "" };
    let readings = likely_columns(&lines[usize::from(has_header)..], header);
    if readings.is_empty() {
        return text;
    }
    text += "\nlikely readings as a table:";
    for columns in readings {
        let path = input.path().display();
        let _ = write!(text, "\n  bakeoff workload import csv:{path} --columns {columns}");
    }
    text.push('\n');
    text
}

/// Values of one column.
struct Column<'a> {
    number: usize,
    values: Vec<&'a [u8]>,
}

impl Column<'_> {
    fn distinct(&self) -> usize {
        self.values.iter().collect::<std::collections::HashSet<_>>().len()
    }

    fn numbers(&self) -> Option<Vec<u64>> {
        self.values.iter().map(|value| parse_millionths(value)).collect()
    }

    fn is_time(&self) -> bool {
        let rises = |numbers: Vec<u64>| {
            numbers.is_sorted() && numbers.first() < numbers.last() && numbers.len() > 1
        };
        self.numbers().is_some_and(rises)
    }

    /// Returns true if the values name operations, or if there are only two numbers.
    fn is_op(&self) -> bool {
        let is_flag = |value: &&[u8]| matches!(*value, b"0" | b"1");
        self.values.iter().all(|value| usual_action(value).is_some())
            || self.values.iter().all(is_flag)
    }

    /// Returns true if each value of `self` occurs with one value of `other` only.
    fn determines(&self, other: &Self) -> bool {
        let mut pairs = HashMap::new();
        self.values
            .iter()
            .zip(&other.values)
            .all(|(value, other)| *pairs.entry(value).or_insert(other) == other)
    }
}

/// Returns the most likely choices of columns, as the arguments after `--columns`.
fn likely_columns(lines: &[&[u8]], header: &str) -> Vec<String> {
    let table =
        SEPARATORS.iter().find_map(|&(separator, option)| Some((split(lines, separator)?, option)));
    let Some((columns, separator)) = table else { return Vec::new() };
    let time = columns.iter().position(Column::is_time);
    let op = (0..columns.len()).find(|&index| Some(index) != time && columns[index].is_op());
    let is_free = |index: &usize| Some(*index) != time && Some(*index) != op;
    let mut keys: Vec<usize> = (0..columns.len())
        .filter(is_free)
        .filter(|&index| columns[index].distinct() > 1 || columns.len() < 3)
        .collect();
    // A key determines a size, and its values repeat.
    keys.sort_by_key(|&index| {
        let key = &columns[index];
        let sizes = (0..columns.len()).filter(|other| *other != index && is_free(other));
        let determined = sizes.filter(|&other| key.determines(&columns[other])).count();
        let is_text = key.numbers().is_none();
        let repeats = key.distinct() < key.values.len();
        std::cmp::Reverse((is_text, repeats, determined))
    });
    let reading = |&key: &usize| {
        let mut text = format!("key={}", columns[key].number);
        let size = (0..columns.len())
            .find(|&index| index != key && is_free(&index) && columns[index].numbers().is_some());
        for (role, index) in [("op", op), ("size", size), ("time", time)] {
            if let Some(index) = index {
                let _ = write!(text, ",{role}={}", columns[index].number);
            }
        }
        // Numbers have no usual meaning as operations.
        let has_numbers = op.is_some_and(|op| columns[op].numbers().is_some());
        let ops = if has_numbers { " --ops 'read=0;write=1'" } else { "" };
        text + separator + header + ops
    };
    keys.iter().take(SUGGESTIONS).map(reading).collect()
}

/// Splits lines into columns; `None` unless all have the same number of columns, at least two.
fn split<'a>(lines: &[&'a [u8]], separator: u8) -> Option<Vec<Column<'a>>> {
    let mut columns: Vec<Column<'a>> = Vec::new();
    let mut splitter = RowSplitter::new(separator);
    for line in lines {
        let count = splitter.split(line)?.len();
        let fields: Vec<&[u8]> = match separator {
            b' ' => line
                .split(|byte| byte.is_ascii_whitespace())
                .filter(|field| !field.is_empty())
                .collect(),
            _ => line.split(|&byte| byte == separator).map(<[u8]>::trim_ascii).collect(),
        };
        if columns.is_empty() {
            columns = (1..=count).map(|number| Column { number, values: Vec::new() }).collect();
        }
        if count < 2 || count != columns.len() || fields.len() != count {
            return None;
        }
        for (column, field) in columns.iter_mut().zip(fields) {
            column.values.push(field);
        }
    }
    (!columns.is_empty()).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        likely_columns(&lines, "")
    }

    #[test]
    fn likely_columns_follow_from_the_values() {
        let numbers = "0,1,17,8371\n103,1,18,31\n159,0,19,3668\n315,1,17,8371\n418,1,18,31\n";
        assert_eq!(columns(numbers)[0], "key=3,op=2,size=4,time=1 --ops 'read=0;write=1'");
        assert_eq!(columns(numbers).len(), 2);
        let spaces = "1219008  REST.PUT.OBJECT 8d4f 1056\n1221974 REST.HEAD.OBJECT 39d1 528\n";
        assert_eq!(columns(spaces)[0], "key=3,op=2,size=4,time=1,separator=space");
        assert!(columns("Dear Sir,\nI write to you\n").is_empty());
    }
}
