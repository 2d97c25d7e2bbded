//! Command name and arguments in the output of MONITOR.

use crate::trace::input::line::BoundedLine;
use crate::trace::parse::number::saturating_u32;

/// Unescaped command name and arguments, in a reusable buffer.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    text: Vec<u8>,
    ends: Vec<usize>,
    truncated: Option<TruncatedArgument>,
}

/// Argument in which a line was cut off, because it is longer than the limit.
#[derive(Debug)]
struct TruncatedArgument {
    index: usize,
    /// Estimated number of unescaped bytes that are missing.
    missing_bytes: u64,
}

impl Arguments {
    /// Splits quoted arguments; returns false if they are malformed.
    pub(super) fn split(&mut self, mut rest: &[u8]) -> bool {
        self.text.clear();
        self.ends.clear();
        self.truncated = None;
        while !rest.is_empty() {
            let Some(word) = rest.strip_prefix(b"\"") else { return false };
            let Some(used) = self.unescape(word) else { return false };
            self.ends.push(self.text.len());
            rest = &word[used..];
            match rest.strip_prefix(b" ") {
                Some(more) => rest = more,
                None if rest.is_empty() => {}
                None => return false,
            }
        }
        !self.ends.is_empty()
    }

    /// Splits the arguments of a line that can be truncated; `rest` is its start without the head.
    ///
    /// The unescaped length of the truncated argument is estimated: the missing part is assumed to
    /// shrink by the same factor as the known part.
    pub(super) fn split_line(&mut self, rest: &[u8], line: BoundedLine<'_>) -> bool {
        if line.omitted_bytes == 0 {
            return self.split(rest);
        }
        if !line.tail.trim_ascii_end().ends_with(b"\"") {
            return false;
        }
        // The truncation can split an escape sequence of up to four bytes.
        let mut starts = (0..4).filter_map(|bytes| rest.get(..rest.len().checked_sub(bytes)?));
        let is_valid = |start: &&[u8]| self.split(&[start, &b"\""[..]].concat());
        let Some(start) = starts.find(is_valid) else { return false };
        let (index, shrink_factor) = (self.len() - 1, self.text.len() as f64 / start.len() as f64);
        // Quotes inside a value are escaped, so the first quote followed by ` "` ends the value.
        let end = line.tail.windows(3).position(|at| at == b"\" \"");
        let remaining = end.map_or(&b"\""[..], |end| line.tail[end..].trim_ascii_end());
        let missing = (line.omitted_bytes as usize + rest.len())
            .saturating_sub(start.len() + remaining.len());
        let is_valid = self.split(&[start, remaining].concat());
        let missing_bytes = (missing as f64 * shrink_factor).round() as u64;
        self.truncated = Some(TruncatedArgument { index, missing_bytes });
        is_valid
    }

    /// Returns true if the argument and all arguments before it are complete.
    pub(super) fn is_complete_up_to(&self, index: usize) -> bool {
        self.truncated.as_ref().is_none_or(|truncated| index < truncated.index)
    }

    /// Returns true if no argument is truncated.
    pub(super) fn is_complete(&self) -> bool {
        self.truncated.is_none()
    }

    /// Returns the length of an argument in bytes, estimated if it is truncated.
    pub(super) fn byte_len(&self, index: usize) -> Option<u32> {
        let truncated = self.truncated.as_ref().filter(|truncated| truncated.index == index);
        let missing = truncated.map_or(0, |truncated| truncated.missing_bytes);
        self.get(index).map(|argument| saturating_u32(argument.len() as u64 + missing))
    }

    /// Appends an argument up to its closing quote; returns the bytes used, quote included.
    fn unescape(&mut self, word: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let byte = *word.get(at)?;
            at += 1;
            if byte == b'"' {
                return Some(at);
            }
            if byte != b'\\' {
                self.text.push(byte);
                continue;
            }
            let escaped = *word.get(at)?;
            at += 1;
            self.text.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                b'x' => {
                    let digits = std::str::from_utf8(word.get(at..at + 2)?).ok()?;
                    at += 2;
                    u8::from_str_radix(digits, 16).ok()?
                }
                other => other,
            });
        }
    }

    /// Returns an argument; index 0 is the command name.
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..*self.ends.get(index)?)
    }

    /// Returns the number of arguments, including the command name.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the command name.
    pub(super) fn name(&self) -> &[u8] {
        self.get(0).unwrap_or_default()
    }

    /// Returns the index of a keyword such as `STORE`, at or after `from`, ignoring case.
    pub(super) fn find(&self, from: usize, keyword: &str) -> Option<usize> {
        let matches = |index: &usize| {
            self.get(*index).is_some_and(|text| text.eq_ignore_ascii_case(keyword.as_bytes()))
        };
        (from..self.len()).find(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_unescaped() {
        let mut arguments = Arguments::default();
        assert!(arguments.split(br#""SET" "a\"\\\x00\n" "v v" "PX" "1500""#));
        assert_eq!(arguments.get(1), Some(&b"a\"\\\0\n"[..]));
        assert_eq!((arguments.name(), arguments.len()), (&b"SET"[..], 5));
        assert_eq!((arguments.find(3, "px"), arguments.find(3, "v v")), (Some(3), None));
        for wrong in [&br#"GET"#[..], br#""GET"#, br#""GET"x"#, br#""a\x4""#, b""] {
            assert!(!arguments.split(wrong), "{}", wrong.escape_ascii());
        }
    }
}
