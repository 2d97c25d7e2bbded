//! Beginning of a file, from which its format is guessed.

use super::options::ReadOptions;
use super::parse::encoding;

/// Maximum number of lines used for a guess.
const MAX_LINES: usize = 200;

/// Beginning of a file.
pub(super) struct FileSample<'a> {
    /// First bytes of the decompressed content, without runs of NULs at the starts of lines if it
    /// is text.
    pub(super) bytes: &'a [u8],
    /// True if `bytes` is the whole content.
    pub(super) is_complete: bool,
    /// File name in lower case.
    pub(super) name: &'a str,
    /// Options chosen by the user.
    pub(super) options: &'a ReadOptions,
}

/// Result of matching a file with a format; the format with the highest score is chosen.
pub(super) struct FormatMatch {
    /// From 1 (possible) to 9 (certain).
    pub(super) score: u8,
    /// Properties of the file that match the format, shown to the user.
    pub(super) reason: String,
}

impl FormatMatch {
    pub(super) fn new(score: u8, reason: impl Into<String>) -> Option<Self> {
        Some(Self { score, reason: reason.into() })
    }
}

impl<'a> FileSample<'a> {
    /// Returns the complete lines, at most 200; none if the file is binary.
    pub(super) fn lines(&self) -> Vec<&'a [u8]> {
        let text = self.bytes.strip_prefix(encoding::UTF8_BOM).unwrap_or(self.bytes);
        let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
        // The part after the last line end is empty, or an incomplete line.
        if !self.is_complete || lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        lines.truncate(MAX_LINES);
        if lines.iter().any(|line| line.contains(&0)) {
            return Vec::new();
        }
        lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
    }

    /// Returns true if the bytes are printable text, which binary records are not.
    pub(super) fn is_text(&self) -> bool {
        encoding::is_text(self.bytes)
    }

    /// Returns true if nine tenths of the lines that are not empty match, and at least one.
    ///
    /// One other line is always tolerated if more lines match. The reader counts other lines.
    pub(super) fn most_lines(&self, mut matches: impl FnMut(&[u8]) -> bool) -> bool {
        let (mut valid, mut other) = (0_usize, 0_usize);
        for line in self.lines().into_iter().filter(|line| !line.trim_ascii().is_empty()) {
            let is_match = matches(line);
            valid += usize::from(is_match);
            other += usize::from(!is_match);
        }
        valid > other && other * 10 <= (valid + other).max(10)
    }

    /// Returns true if there is at least one line, and all lines match.
    pub(super) fn all_lines(&self, matches: impl FnMut(&[u8]) -> bool) -> bool {
        let lines = self.lines();
        !lines.is_empty() && lines.into_iter().all(matches)
    }
}
