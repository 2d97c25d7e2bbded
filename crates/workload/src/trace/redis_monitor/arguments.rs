//! The words of a command as MONITOR prints them.

use crate::trace::Line;
use crate::trace::number::saturated;

/// Words without their escapes, in a buffer that is used again.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    text: Vec<u8>,
    ends: Vec<usize>,
    cut: Option<Cut>,
}

/// A word in which a line was cut.
#[derive(Debug)]
struct Cut {
    place: usize,
    /// Bytes of the word that are not there.
    missing: u64,
}

impl Arguments {
    /// Parts quoted words; false where they are not well formed.
    pub(super) fn part(&mut self, mut rest: &[u8]) -> bool {
        self.text.clear();
        self.ends.clear();
        self.cut = None;
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

    /// As [`Self::part`], of a line that may be longer than what is there of it. How long the word
    /// is that was cut is estimated: what is missing is taken to shrink as much as what is there.
    pub(super) fn part_of(&mut self, rest: &[u8], line: Line<'_>) -> bool {
        if line.beyond == 0 {
            return self.part(rest);
        }
        if !line.tail.trim_ascii_end().ends_with(b"\"") {
            return false;
        }
        // The cut may have gone through an escape, of at most four bytes.
        let mut starts = (0..4).filter_map(|bytes| rest.get(..rest.len().checked_sub(bytes)?));
        let ended = |start: &&[u8]| self.part(&[start, &b"\""[..]].concat());
        let Some(start) = starts.find(ended) else { return false };
        let (place, shrunk) = (self.len() - 1, self.text.len() as f64 / start.len() as f64);
        // A quote within a value stands behind a backslash, so that this one ends the value.
        let end = line.tail.windows(3).position(|at| at == b"\" \"");
        let words = end.map_or(&b"\""[..], |end| line.tail[end..].trim_ascii_end());
        let missing = (line.beyond as usize + rest.len()).saturating_sub(start.len() + words.len());
        let whole = self.part(&[start, words].concat());
        self.cut = Some(Cut { place, missing: (missing as f64 * shrunk).round() as u64 });
        whole
    }

    /// Whether a word, and with it all before it, is there whole.
    pub(super) fn is_whole(&self, place: usize) -> bool {
        self.cut.as_ref().is_none_or(|cut| place < cut.place)
    }

    /// Whether no word is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.cut.is_none()
    }

    /// Bytes of a word.
    pub(super) fn length(&self, place: usize) -> Option<u32> {
        let missing = self.cut.as_ref().filter(|cut| cut.place == place).map_or(0, |c| c.missing);
        self.get(place).map(|word| saturated(word.len() as u64 + missing))
    }

    /// Appends a word up to its closing quote; the bytes that it took, the quote among them.
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

    pub(super) fn get(&self, place: usize) -> Option<&[u8]> {
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(start..*self.ends.get(place)?)
    }

    /// Number of words, the command's name among them.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The command's name.
    pub(super) fn name(&self) -> &[u8] {
        self.get(0).unwrap_or_default()
    }

    /// The place of a word such as `STORE`, whatever its case, from a place on.
    pub(super) fn find(&self, from: usize, word: &str) -> Option<usize> {
        let is = |place: &usize| {
            self.get(*place).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        };
        (from..self.len()).find(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_their_escapes() {
        let mut arguments = Arguments::default();
        assert!(arguments.part(br#""SET" "a\"\\\x00\n" "v v" "PX" "1500""#));
        assert_eq!(arguments.get(1), Some(&b"a\"\\\0\n"[..]));
        assert_eq!((arguments.name(), arguments.len()), (&b"SET"[..], 5));
        assert_eq!((arguments.find(3, "px"), arguments.find(3, "v v")), (Some(3), None));
        for wrong in [&br#"GET"#[..], br#""GET"#, br#""GET"x"#, br#""a\x4""#, b""] {
            assert!(!arguments.part(wrong), "{}", wrong.escape_ascii());
        }
    }
}
