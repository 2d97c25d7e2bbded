//! Reads lines of any length, and records, in bounded memory; lines up to 1 MiB are not copied.

use std::io::{self, Read};
use std::ops::Range;

/// Maximum number of bytes kept of a line, and maximum size of the buffer.
pub(super) const LINE_LIMIT: usize = 1024 * 1024;
/// Maximum number of bytes kept of the end of a longer line.
const TAIL_BYTES: usize = 64;
/// Initial size of the buffer, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

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

/// Reader of lines and records whose buffer contains the current line.
pub(super) struct LineReader {
    content: Box<dyn Read>,
    buffer: Vec<u8>,
    /// Start of the bytes in the buffer that were not read yet.
    next: usize,
    /// End of the content in the buffer.
    end: usize,
    /// Current line without its line end, in `long_line` if it is long, or else in the buffer.
    line: Range<usize>,
    /// First 1 MiB of a longer line.
    long_line: Vec<u8>,
    is_long: bool,
    omitted_bytes: u64,
    tail: Vec<u8>,
    is_cut: bool,
}

impl LineReader {
    pub(super) fn new(content: Box<dyn Read>) -> Self {
        Self::with_buffer(content, BUFFER_BYTES)
    }

    fn with_buffer(content: Box<dyn Read>, bytes: usize) -> Self {
        Self {
            content,
            buffer: vec![0; bytes],
            next: 0,
            end: 0,
            line: 0..0,
            long_line: Vec::new(),
            is_long: false,
            omitted_bytes: 0,
            tail: Vec::new(),
            is_cut: false,
        }
    }

    /// Reads a line and returns its length in the content, line end included; 0 at the end.
    #[inline]
    pub(super) fn read_line(&mut self) -> io::Result<u64> {
        self.is_long = false;
        self.omitted_bytes = 0;
        self.tail.clear();
        match memchr::memchr(b'\n', &self.buffer[self.next..self.end]) {
            Some(length) => Ok(self.complete_line(length)),
            None => self.read_split_line(),
        }
    }

    /// Makes the next `length` bytes, before a line end, the current line.
    #[inline]
    fn complete_line(&mut self, length: usize) -> u64 {
        let end = self.next + length;
        let has_return = length > 0 && self.buffer[end - 1] == b'\r';
        self.line = self.next..end - usize::from(has_return);
        self.next = end + 1;
        self.is_cut = false;
        length as u64 + 1
    }

    /// Reads a line whose end is not in the buffer yet.
    #[cold]
    fn read_split_line(&mut self) -> io::Result<u64> {
        let mut searched = self.end - self.next;
        while searched < LINE_LIMIT {
            if self.fill()? == 0 {
                self.line = self.next..self.end;
                self.next = self.end;
                self.is_cut = !self.line.is_empty();
                return Ok(self.line.len() as u64);
            }
            if let Some(length) =
                memchr::memchr(b'\n', &self.buffer[self.next + searched..self.end])
            {
                return Ok(self.complete_line(searched + length));
            }
            searched = self.end - self.next;
        }
        self.read_long_line()
    }

    /// Keeps the first 1 MiB of a line, which fills the buffer, and the end of the rest.
    #[cold]
    fn read_long_line(&mut self) -> io::Result<u64> {
        std::mem::swap(&mut self.buffer, &mut self.long_line);
        self.buffer.resize(self.buffer.len().max(BUFFER_BYTES), 0);
        self.line = self.next..self.end;
        (self.next, self.end) = (0, 0);
        self.is_long = true;
        self.is_cut = true;
        loop {
            if self.next == self.end && self.fill()? == 0 {
                return Ok(LINE_LIMIT as u64 + self.omitted_bytes);
            }
            let ready = &self.buffer[self.next..self.end];
            let end = memchr::memchr(b'\n', ready);
            let part = &ready[..end.unwrap_or(ready.len())];
            self.omitted_bytes += part.len() as u64;
            self.tail.extend_from_slice(&part[part.len().saturating_sub(TAIL_BYTES)..]);
            self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
            self.next += part.len() + usize::from(end.is_some());
            if end.is_some() {
                self.is_cut = false;
                return Ok(LINE_LIMIT as u64 + self.omitted_bytes + 1);
            }
        }
    }

    /// Moves the unread bytes to the start of the buffer and reads more; returns 0 at the end.
    ///
    /// A buffer that is full of unread bytes grows, up to [`LINE_LIMIT`].
    fn fill(&mut self) -> io::Result<usize> {
        if self.next > 0 {
            self.buffer.copy_within(self.next..self.end, 0);
            self.end -= self.next;
            self.next = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize((2 * self.end).min(LINE_LIMIT), 0);
        }
        loop {
            match self.content.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the next `N` bytes if they are in the buffer.
    #[inline]
    pub(super) fn buffered_record<const N: usize>(&mut self) -> Option<[u8; N]> {
        let record = *self.buffer[self.next..self.end].first_chunk::<N>()?;
        self.next += N;
        Some(record)
    }

    /// Reads a record that is shorter than the buffer; returns its length, which is less at the end.
    pub(super) fn read_record(&mut self, record: &mut [u8]) -> io::Result<usize> {
        while self.end - self.next < record.len() && self.fill()? > 0 {}
        let length = record.len().min(self.end - self.next);
        record[..length].copy_from_slice(&self.buffer[self.next..self.next + length]);
        self.next += length;
        Ok(length)
    }

    /// Removes bytes from the start of the current line.
    pub(super) fn trim_start(&mut self, bytes: usize) {
        self.line.start += bytes;
    }

    /// Returns the current line without its line end, at most 1 MiB.
    #[inline]
    pub(super) fn start(&self) -> &[u8] {
        let source = if self.is_long { &self.long_line } else { &self.buffer };
        &source[self.line.clone()]
    }

    #[inline]
    pub(super) fn line(&self) -> BoundedLine<'_> {
        BoundedLine { start: self.start(), omitted_bytes: self.omitted_bytes, tail: &self.tail }
    }

    /// Returns true if the current line is the last one and has no line end.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn lines_of_any_length_are_counted_completely() {
        let lengths = [0, 3, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 3 * LINE_LIMIT + 7, 5];
        let text: Vec<u8> = lengths
            .iter()
            .flat_map(|&length| [vec![b'x'; length], vec![b'\n']].concat())
            .chain(*b"cut")
            .collect();
        let mut reader = LineReader::with_buffer(Box::new(Cursor::new(text)), 1_000);
        for length in lengths {
            assert_eq!(reader.read_line().unwrap(), length as u64 + 1);
            let BoundedLine { start, omitted_bytes, tail } = reader.line();
            assert_eq!(
                (start.len(), start.len() as u64 + omitted_bytes),
                (length.min(LINE_LIMIT), length as u64)
            );
            assert!(start.iter().chain(tail).all(|&byte| byte == b'x'), "{length}");
            assert_eq!(tail.len() as u64, omitted_bytes.min(TAIL_BYTES as u64));
            assert!(!reader.is_cut());
        }
        assert_eq!((reader.read_line().unwrap(), reader.start()), (3, &b"cut"[..]));
        assert!(reader.is_cut());
        assert_eq!((reader.read_line().unwrap(), reader.start()), (0, &b""[..]));
        assert!(!reader.is_cut());
    }

    #[test]
    fn lines_and_records_continue_across_buffers() {
        let text: Vec<u8> = (100..1_000).flat_map(|n| format!("{n}\r\n").into_bytes()).collect();
        let mut reader = LineReader::with_buffer(Box::new(Cursor::new(text)), 64);
        let mut record = [0; 5];
        for number in (100..1_000).step_by(2) {
            assert_eq!(reader.read_line().unwrap(), 5);
            assert_eq!(reader.start(), number.to_string().as_bytes());
            let ready = reader.buffered_record::<5>();
            match ready {
                Some(ready) => record = ready,
                None => assert_eq!(reader.read_record(&mut record).unwrap(), 5),
            }
            assert_eq!(record, format!("{}\r\n", number + 1).as_bytes());
        }
        assert_eq!(reader.read_record(&mut record).unwrap(), 0);
    }
}
