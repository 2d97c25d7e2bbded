//! Reads the decompressed content of a trace by line or by record, and tracks the position.

mod compression;
pub(super) mod line;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::error::{TraceError, TracePosition, excerpt};
use super::options::ReadOptions;
use super::parse::encoding;
use super::path_patterns::STANDARD_INPUT;
use compression::{DecompressedContent, decompress};
use line::{BoundedLine, LINE_LIMIT, LineReader};

/// Size of the sample for guessing the format.
const SAMPLE_BYTES: usize = 64 * 1024;

/// Open trace file.
pub struct TraceInput {
    path: PathBuf,
    has_trailing_garbage: Rc<Cell<bool>>,
    options: ReadOptions,
    content: LineReader,
    sample: Vec<u8>,
    sample_is_complete: bool,
    /// Number of lines read.
    lines: u64,
    /// Number of lines skipped because of their length.
    long_lines: u64,
    first_long_line: u64,
    /// Number of bytes read.
    bytes: u64,
}

impl std::fmt::Debug for TraceInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceInput").field("path", &self.path).finish_non_exhaustive()
    }
}

impl TraceInput {
    /// Opens a file, or standard input for `-`.
    ///
    /// Content compressed with gzip, xz, zstd or bzip2 is recognized by its signature, not by the
    /// file name.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let io = |source| TraceError::Io { path: path.to_owned(), source };
        if path == Path::new(STANDARD_INPUT) {
            return Self::new(Path::new("standard input"), Box::new(io::stdin())).map_err(io);
        }
        let file = File::open(path).map_err(io)?;
        Self::new(path, Box::new(file)).map_err(io)
    }

    /// Reads from memory; `path` is used for messages and guesses only.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the content is compressed and damaged near its beginning.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, TraceError> {
        Self::from_reader(path, Box::new(Cursor::new(bytes)))
    }

    /// Reads from any source of bytes; `name` is used for messages and guesses only.
    ///
    /// # Errors
    /// [`TraceError::Io`] if the first bytes cannot be read.
    pub fn from_reader(name: &Path, reader: Box<dyn Read>) -> Result<Self, TraceError> {
        Self::new(name, reader).map_err(|source| TraceError::Io { path: name.to_owned(), source })
    }

    /// Reads from memory without decompression.
    pub(super) fn from_plain_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, TraceError> {
        let content = DecompressedContent::plain(Box::new(Cursor::new(bytes)));
        Self::from_content(path, content)
            .map_err(|source| TraceError::Io { path: path.to_owned(), source })
    }

    fn new(path: &Path, raw: Box<dyn Read>) -> io::Result<Self> {
        Self::from_content(path, decompress(raw)?)
    }

    fn from_content(path: &Path, content: DecompressedContent) -> io::Result<Self> {
        let DecompressedContent { reader: mut content, has_trailing_garbage } = content;
        let mut sample = Vec::new();
        let mut sample_is_complete = false;
        // A guess needs at least one complete line.
        while !sample_is_complete && sample.len() < LINE_LIMIT && !sample.contains(&b'\n') {
            let read = content.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
            sample_is_complete = read < SAMPLE_BYTES;
        }
        let all_content: Box<dyn Read> = Box::new(Cursor::new(sample.clone()).chain(content));
        Ok(Self {
            path: path.to_owned(),
            has_trailing_garbage,
            options: ReadOptions::default(),
            content: LineReader::new(all_content),
            sample,
            sample_is_complete,
            lines: 0,
            long_lines: 0,
            first_long_line: 0,
            bytes: 0,
        })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the options for reading.
    #[must_use]
    pub fn with_options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the options for reading.
    #[must_use]
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// Returns the number of lines read so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Returns the first bytes of the content, and true if they are the whole content.
    #[must_use]
    pub fn sample(&self) -> (&[u8], bool) {
        (&self.sample, self.sample_is_complete)
    }

    /// Refuses text content; formats of binary records would read any text as keys.
    ///
    /// # Errors
    /// [`TraceError::Malformed`] if the content starts with lines of text.
    pub fn refuse_text(&self, expected: &str) -> Result<(), TraceError> {
        if self.sample.contains(&b'\n')
            && encoding::is_text(&encoding::without_nul_runs(&self.sample))
        {
            return Err(self.bad_bytes(&self.sample, expected));
        }
        Ok(())
    }

    fn io(&self, source: io::Error) -> TraceError {
        TraceError::Io { path: self.path.clone(), source }
    }

    /// Reads the next line; returns false after the last line.
    ///
    /// Lines longer than 1 MiB are skipped and counted.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read, or if all its lines are too long.
    #[inline]
    pub fn read_line(&mut self) -> Result<bool, TraceError> {
        while self.advance()? {
            if self.content.line().omitted_bytes == 0 {
                return Ok(true);
            }
            self.skip_long_line();
        }
        if self.lines > 0 && self.lines == self.long_lines {
            return Err(self.bad_line("lines of at most 1 MiB"));
        }
        Ok(false)
    }

    /// Returns the current line without its line end.
    #[inline]
    #[must_use]
    pub fn line(&self) -> &[u8] {
        self.content.start()
    }

    /// Returns the current line, which can be truncated to 1 MiB.
    #[inline]
    #[must_use]
    pub fn bounded_line(&self) -> BoundedLine<'_> {
        self.content.line()
    }

    /// Reads the next line, truncated to 1 MiB; returns false after the last line.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read.
    #[inline]
    pub fn read_bounded_line(&mut self) -> Result<bool, TraceError> {
        self.advance()
    }

    /// Reads the next line; returns false after the last line.
    #[inline]
    fn advance(&mut self) -> Result<bool, TraceError> {
        let read = self.content.read_line().map_err(|source| self.io(source))?;
        self.bytes += read;
        self.lines += u64::from(read > 0);
        if self.lines == 1 && self.content.start().starts_with(encoding::UTF8_BOM) {
            self.content.trim_start(encoding::UTF8_BOM.len());
        }
        // A log that was truncated while a program wrote to it begins with NULs.
        let line = self.content.start();
        if line.first() == Some(&0) {
            let zeros = line.iter().take_while(|&&byte| byte == 0).count();
            self.content.trim_start(zeros);
        }
        Ok(read > 0)
    }

    /// Returns true if the current line has no line end, like the last line of a growing log.
    #[must_use]
    pub fn line_is_cut(&self) -> bool {
        self.content.is_cut()
    }

    /// Counts the current line as skipped because of its length.
    pub fn skip_long_line(&mut self) {
        if self.long_lines == 0 {
            self.first_long_line = self.lines;
        }
        self.long_lines += 1;
    }

    /// Describes the lines skipped because of their length; `None` if there are none.
    #[must_use]
    pub fn long_lines_note(&self) -> Option<String> {
        let (path, first) = (self.path.display(), self.first_long_line);
        match self.long_lines {
            0 => None,
            1 => Some(format!("{path}, line {first} is longer than 1 MiB and was skipped")),
            count => Some(format!(
                "{path}: {count} lines longer than 1 MiB were skipped; the first is line {first}"
            )),
        }
    }

    /// Describes bytes after the compressed content, which were ignored; `None` if there are none.
    #[must_use]
    pub fn trailing_garbage_note(&self) -> Option<String> {
        self.has_trailing_garbage.get().then(|| {
            format!(
                "{}: the bytes after the compressed content are not gzip and were ignored",
                self.path.display()
            )
        })
    }

    /// Returns the next record of `N` bytes; `None` at the end of the file.
    ///
    /// # Errors
    /// [`TraceError`] if the file cannot be read or ends within a record.
    #[inline]
    pub fn next_record<const N: usize>(&mut self) -> Result<Option<[u8; N]>, TraceError> {
        let mut record = [0; N];
        if let Some(ready) = self.content.buffered_record::<N>() {
            record = ready;
        } else {
            let read = self.content.read_record(&mut record).map_err(|source| self.io(source))?;
            if read == 0 {
                return Ok(None);
            }
            if read < N {
                let expected = format!("complete records of {N} bytes");
                return Err(self.bad_bytes(&record[..read], &expected));
            }
        }
        self.bytes += N as u64;
        Ok(Some(record))
    }

    /// Describes the location of a part of the current line.
    pub(super) fn location_of(&self, part: &[u8]) -> String {
        let line = TracePosition::Line(self.lines);
        format!("{}, {line}: {}", self.path.display(), excerpt(part))
    }

    /// Creates an error about the current line.
    #[must_use]
    pub fn bad_line(&self, expected: &str) -> TraceError {
        self.malformed(TracePosition::Line(self.lines), expected, self.line())
    }

    /// Creates an error about the record that was read last.
    #[must_use]
    pub fn bad_record(&self, record: &[u8], expected: &str) -> TraceError {
        let start = self.bytes.saturating_sub(record.len() as u64);
        self.malformed(TracePosition::Byte(start), expected, record)
    }

    fn bad_bytes(&self, bytes: &[u8], expected: &str) -> TraceError {
        self.malformed(TracePosition::Byte(self.bytes), expected, bytes)
    }

    fn malformed(&self, location: TracePosition, expected: &str, bytes: &[u8]) -> TraceError {
        TraceError::Malformed {
            path: self.path.clone(),
            location,
            expected: expected.to_owned(),
            excerpt: excerpt(bytes),
        }
    }
}
