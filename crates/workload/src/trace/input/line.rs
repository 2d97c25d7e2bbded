//! Reads lines of any length in bounded memory.

use std::io::{self, BufRead};

/// Maximum number of bytes kept of a line.
pub(super) const LINE_LIMIT: usize = 1024 * 1024;
/// Maximum number of bytes kept of the end of a longer line.
const TAIL_BYTES: usize = 64;

/// Line that is truncated if it is longer than 1 MiB.
#[derive(Clone, Copy, Debug)]
pub struct BoundedLine<'a> {
    /// Line without its line end, at most 1 MiB.
    pub start: &'a [u8],
    /// Number of bytes after `start`; 0 for a complete line.
    pub omitted_bytes: u64,
    /// Last bytes of the omitted part, at most 64.
    pub tail: &'a [u8],
}

/// Reusable buffer for the current line.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    pub(super) start: Vec<u8>,
    pub(super) omitted_bytes: u64,
    pub(super) tail: Vec<u8>,
    /// True for the last line of a file that ends without a line end.
    pub(super) is_cut: bool,
}

impl LineBuffer {
    /// Reads a line and returns its length in the file, line end included; 0 at the end.
    #[inline]
    pub(super) fn read(&mut self, reader: &mut impl BufRead) -> io::Result<u64> {
        self.start.clear();
        self.tail.clear();
        self.omitted_bytes = 0;
        let limited = &mut io::Read::take(&mut *reader, LINE_LIMIT as u64);
        let read = limited.read_until(b'\n', &mut self.start)?;
        self.is_cut = read > 0 && self.start.last() != Some(&b'\n');
        if self.is_cut && read == LINE_LIMIT {
            return Ok(read as u64 + self.skip_rest(reader)?);
        }
        if read > 0 && !self.is_cut {
            self.start.pop();
            if self.start.last() == Some(&b'\r') {
                self.start.pop();
            }
        }
        Ok(read as u64)
    }

    /// Skips the rest of a long line except its tail; returns the number of bytes read.
    #[cold]
    fn skip_rest(&mut self, reader: &mut impl BufRead) -> io::Result<u64> {
        loop {
            let ready = match reader.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if ready.is_empty() {
                return Ok(self.omitted_bytes);
            }
            let end = ready.iter().position(|&byte| byte == b'\n');
            let part = &ready[..end.unwrap_or(ready.len())];
            self.omitted_bytes += part.len() as u64;
            self.tail.extend_from_slice(&part[part.len().saturating_sub(TAIL_BYTES)..]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
            let used = part.len() + usize::from(end.is_some());
            reader.consume(used);
            if end.is_some() {
                self.is_cut = false;
                return Ok(self.omitted_bytes + 1);
            }
        }
    }

    #[inline]
    pub(super) fn line(&self) -> BoundedLine<'_> {
        BoundedLine { start: &self.start, omitted_bytes: self.omitted_bytes, tail: &self.tail }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_of_any_length_are_counted_completely() {
        let lengths = [0, 3, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 3 * LINE_LIMIT + 7];
        let text: Vec<u8> = lengths
            .iter()
            .flat_map(|&length| [vec![b'x'; length], vec![b'\n']].concat())
            .chain(*b"cut")
            .collect();
        let mut reader = BufReader::with_capacity(1_000, text.as_slice());
        let mut buffer = LineBuffer::default();
        for length in lengths {
            assert_eq!(buffer.read(&mut reader).unwrap(), length as u64 + 1);
            let BoundedLine { start, omitted_bytes, tail } = buffer.line();
            assert_eq!(
                (start.len(), start.len() as u64 + omitted_bytes),
                (length.min(LINE_LIMIT), length as u64)
            );
            assert_eq!(tail.len() as u64, omitted_bytes.min(TAIL_BYTES as u64));
            assert!(!buffer.is_cut);
        }
        assert_eq!(buffer.read(&mut reader).unwrap(), 3);
        assert!(buffer.is_cut);
        assert_eq!(buffer.read(&mut reader).unwrap(), 0);
    }
}
