//! Lines of any length in a bounded memory.

use std::io::{self, BufRead};

/// What is kept of a line.
pub(super) const LINE_LIMIT: usize = 1024 * 1024;
/// What is kept of the end of a longer one.
const TAIL_BYTES: usize = 64;

/// A line, or what was kept of one that is longer than 1 MiB.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The line without its end; of a longer one its first MiB.
    pub start: &'a [u8],
    /// Bytes behind those.
    pub beyond: u64,
    /// The last of them.
    pub tail: &'a [u8],
}

/// The line that was read last, in a buffer that is used again.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    pub(super) start: Vec<u8>,
    pub(super) beyond: u64,
    pub(super) tail: Vec<u8>,
    /// Whether it has no end, as the last line of a file may.
    pub(super) is_cut: bool,
}

impl LineBuffer {
    /// Reads a line, or what is kept of it; the bytes that it takes, 0 after the last.
    #[inline]
    pub(super) fn read(&mut self, reader: &mut impl BufRead) -> io::Result<u64> {
        self.start.clear();
        self.tail.clear();
        self.beyond = 0;
        let limited = &mut io::Read::take(&mut *reader, LINE_LIMIT as u64);
        let read = limited.read_until(b'\n', &mut self.start)?;
        self.is_cut = read > 0 && self.start.last() != Some(&b'\n');
        if self.is_cut && read == LINE_LIMIT {
            return Ok(read as u64 + self.pass_rest(reader)?);
        }
        if read > 0 && !self.is_cut {
            self.start.pop();
            if self.start.last() == Some(&b'\r') {
                self.start.pop();
            }
        }
        Ok(read as u64)
    }

    /// Passes over what is left of a line, and keeps its last bytes; the bytes that it takes.
    #[cold]
    fn pass_rest(&mut self, reader: &mut impl BufRead) -> io::Result<u64> {
        loop {
            let ready = match reader.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if ready.is_empty() {
                return Ok(self.beyond);
            }
            let end = ready.iter().position(|&byte| byte == b'\n');
            let part = &ready[..end.unwrap_or(ready.len())];
            self.beyond += part.len() as u64;
            self.tail.extend_from_slice(&part[part.len().saturating_sub(TAIL_BYTES)..]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
            let used = part.len() + usize::from(end.is_some());
            reader.consume(used);
            if end.is_some() {
                self.is_cut = false;
                return Ok(self.beyond + 1);
            }
        }
    }

    /// The line.
    #[inline]
    pub(super) fn line(&self) -> Line<'_> {
        Line { start: &self.start, beyond: self.beyond, tail: &self.tail }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_of_any_length_is_counted_whole() {
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
            let Line { start, beyond, tail } = buffer.line();
            assert_eq!(
                (start.len(), start.len() as u64 + beyond),
                (length.min(LINE_LIMIT), length as u64)
            );
            assert_eq!(tail.len() as u64, beyond.min(TAIL_BYTES as u64));
            assert!(!buffer.is_cut);
        }
        assert_eq!(buffer.read(&mut reader).unwrap(), 3);
        assert!(buffer.is_cut);
        assert_eq!(buffer.read(&mut reader).unwrap(), 0);
    }
}
