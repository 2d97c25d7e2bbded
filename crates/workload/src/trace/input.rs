//! The bytes of a trace, decompressed, by line or by record, with the place in mind.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::columns::ColumnChoice;
use super::error::{Place, TraceError, excerpt};
use super::files::STANDARD_INPUT;
use super::line::{LINE_LIMIT, Line, LineBuffer};
use super::packed::unpacked;
use super::text;

/// Bytes from the beginning that a guess may look at.
const SAMPLE_BYTES: usize = 64 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// An open trace.
pub struct Input {
    path: PathBuf,
    columns: ColumnChoice,
    reader: BufReader<Box<dyn Read>>,
    sample: Vec<u8>,
    sample_is_all: bool,
    line: LineBuffer,
    lines: u64,
    skipped_lines: u64,
    long_lines: u64,
    first_long_line: u64,
    bytes: u64,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Input {
    /// Opens a file, or standard input for `-`; gzip, xz, zstd and bzip2 are told by their first
    /// bytes, whatever its name.
    ///
    /// # Errors
    /// [`TraceError::Io`] if it cannot be read.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let io = |source| TraceError::Io { path: path.to_owned(), source };
        if path == Path::new(STANDARD_INPUT) {
            return Self::new(Path::new("standard input"), Box::new(io::stdin())).map_err(io);
        }
        let file = File::open(path).map_err(io)?;
        Self::new(path, Box::new(file)).map_err(io)
    }

    /// Reads from memory, as if it were the file of that name.
    ///
    /// # Errors
    /// [`TraceError::Io`] if it is compressed and damaged within its first bytes.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, TraceError> {
        Self::new(path, Box::new(Cursor::new(bytes)))
            .map_err(|source| TraceError::Io { path: path.to_owned(), source })
    }

    fn new(path: &Path, raw: Box<dyn Read>) -> io::Result<Self> {
        let mut content = unpacked(raw)?;
        let mut sample = Vec::new();
        let mut sample_is_all = false;
        // A guess needs a whole line.
        while !sample_is_all && sample.len() < LINE_LIMIT && !sample.contains(&b'\n') {
            let read = content.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
            sample_is_all = read < SAMPLE_BYTES;
        }
        let whole: Box<dyn Read> = Box::new(Cursor::new(sample.clone()).chain(content));
        Ok(Self {
            path: path.to_owned(),
            columns: ColumnChoice::default(),
            reader: BufReader::with_capacity(BUFFER_BYTES, whole),
            sample,
            sample_is_all,
            line: LineBuffer::default(),
            lines: 0,
            skipped_lines: 0,
            long_lines: 0,
            first_long_line: 0,
            bytes: 0,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says which columns or fields hold what.
    #[must_use]
    pub fn with_columns(mut self, columns: ColumnChoice) -> Self {
        self.columns = columns;
        self
    }

    /// What was said of columns.
    #[must_use]
    pub fn columns(&self) -> &ColumnChoice {
        &self.columns
    }

    /// The first bytes of the content, and whether they are all of it.
    #[must_use]
    pub fn sample(&self) -> (&[u8], bool) {
        (&self.sample, self.sample_is_all)
    }

    /// Refuses lines of text where binary records are expected: every byte of theirs would be
    /// taken for a key.
    ///
    /// # Errors
    /// [`TraceError::Malformed`] if the content begins with lines of text.
    pub fn refuse_text(&self, expected: &str) -> Result<(), TraceError> {
        if self.sample.contains(&b'\n') && text::is_text(&self.sample) {
            return Err(self.bad_bytes(&self.sample, expected));
        }
        Ok(())
    }

    fn io(&self, source: io::Error) -> TraceError {
        TraceError::Io { path: self.path.clone(), source }
    }

    /// The next line without its end; `None` after the last. Lines of more than 1 MiB are left out
    /// and counted.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read, or all of its lines are that long.
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, TraceError> {
        while self.advance()? {
            if self.line.beyond == 0 {
                return Ok(Some(&self.line.start));
            }
            self.skip_long_line();
        }
        if self.lines > 0 && self.lines == self.long_lines {
            return Err(self.bad_line("lines of at most 1 MiB"));
        }
        Ok(None)
    }

    /// As [`Input::next_line`], for a reader that makes something of a part of a line, too.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read.
    #[inline]
    pub fn next_line_or_part(&mut self) -> Result<Option<Line<'_>>, TraceError> {
        let found = self.advance()?;
        Ok(found.then(|| self.line.line()))
    }

    /// Reads a line, or what is kept of it; false after the last.
    #[inline]
    fn advance(&mut self) -> Result<bool, TraceError> {
        let read = self.line.read(&mut self.reader).map_err(|source| self.io(source))?;
        self.bytes += read;
        self.lines += u64::from(read > 0);
        if self.lines == 1 && self.line.start.starts_with(text::UTF8_MARK) {
            self.line.start.drain(..text::UTF8_MARK.len());
        }
        Ok(read > 0)
    }

    /// Whether the line that was read last has no end, as the last one of a file may.
    #[must_use]
    pub fn line_is_cut(&self) -> bool {
        self.line.is_cut
    }

    /// Counts the line that was read last as left out.
    pub fn skip_line(&mut self) {
        self.skipped_lines += 1;
    }

    /// Counts the line that was read last as left out for its length.
    pub fn skip_long_line(&mut self) {
        if self.long_lines == 0 {
            self.first_long_line = self.lines;
        }
        self.long_lines += 1;
    }

    /// What there is to say of lines that were left out for their length.
    #[must_use]
    pub fn long_lines_note(&self) -> Option<String> {
        let (path, first) = (self.path.display(), self.first_long_line);
        match self.long_lines {
            0 => None,
            1 => Some(format!("{path}, line {first} is longer than 1 MiB and was left out")),
            count => Some(format!(
                "{path}: {count} lines are longer than 1 MiB and were left out; line {first} is the first"
            )),
        }
    }

    /// Lines that were left out because they hold no request.
    #[must_use]
    pub fn skipped_lines(&self) -> u64 {
        self.skipped_lines
    }

    /// The next record of `N` bytes; `None` at the end.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read or ends within a record.
    #[inline]
    pub fn next_record<const N: usize>(&mut self) -> Result<Option<[u8; N]>, TraceError> {
        let mut record = [0; N];
        if let Some(ready) = self.reader.buffer().first_chunk::<N>() {
            record = *ready;
            self.reader.consume(N);
        } else {
            let read = self.fill(&mut record)?;
            if read == 0 {
                return Ok(None);
            }
            if read < N {
                let expected = format!("records of {N} bytes, the last one whole");
                return Err(self.bad_bytes(&record[..read], &expected));
            }
        }
        self.bytes += N as u64;
        Ok(Some(record))
    }

    fn fill(&mut self, record: &mut [u8]) -> Result<usize, TraceError> {
        let mut filled = 0;
        while filled < record.len() {
            match self.reader.read(&mut record[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.io(error)),
            }
        }
        Ok(filled)
    }

    /// Where a text in the line that was read last stands, for people.
    pub(super) fn here(&self, text: &[u8]) -> String {
        format!("{}, {}: {}", self.path.display(), Place::Line(self.lines), excerpt(text))
    }

    /// The error that the line that was read last is not what was expected.
    #[must_use]
    pub fn bad_line(&self, expected: &str) -> TraceError {
        TraceError::Malformed {
            path: self.path.clone(),
            place: Place::Line(self.lines),
            expected: expected.to_owned(),
            excerpt: excerpt(&self.line.start),
        }
    }

    /// The error that the record that was read last is not what was expected.
    #[must_use]
    pub fn bad_record(&self, record: &[u8], expected: &str) -> TraceError {
        TraceError::Malformed {
            path: self.path.clone(),
            place: Place::Byte(self.bytes.saturating_sub(record.len() as u64)),
            expected: expected.to_owned(),
            excerpt: excerpt(record),
        }
    }

    fn bad_bytes(&self, bytes: &[u8], expected: &str) -> TraceError {
        TraceError::Malformed {
            path: self.path.clone(),
            place: Place::Byte(self.bytes),
            expected: expected.to_owned(),
            excerpt: excerpt(bytes),
        }
    }
}
