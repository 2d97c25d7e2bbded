//! Writes a runner's stderr to a file of bounded size, and keeps its end for error messages.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Maximum size of a log file in bytes; further output is counted but not stored.
const MAX_FILE_BYTES: u64 = 4 << 20;
/// Number of bytes kept in memory for error messages: enough for a panic and its stack trace.
const TAIL_BYTES: usize = 32 << 10;
/// Time to wait for the output of a process that has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

/// Log of one runner's stderr, written by its own thread.
#[derive(Debug)]
pub(super) struct StderrLog {
    tail: Arc<Mutex<Vec<u8>>>,
    writer: JoinHandle<()>,
}

impl StderrLog {
    pub(super) fn start(stderr: impl Read + Send + 'static, path: &Path, heading: &str) -> Self {
        let tail = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&tail);
        let file = LogFile { path: path.to_owned(), heading: heading.to_owned(), open: None };
        let writer = thread::spawn(move || copy(stderr, file, &shared));
        Self { tail, writer }
    }

    /// Returns the end of the output of a process that has ended.
    pub(super) fn tail(&self) -> String {
        let begun = Instant::now();
        while !self.writer.is_finished() && begun.elapsed() < DRAIN_TIMEOUT {
            thread::sleep(Duration::from_millis(2));
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&tail).trim().to_owned()
    }
}

/// Log file, created at the first write, with a limited size.
struct LogFile {
    path: PathBuf,
    heading: String,
    open: Option<(File, u64)>,
}

impl LogFile {
    /// Writes as much as the size limit allows; returns the number of bytes written.
    ///
    /// Errors are ignored, because a full disk must neither fail a trial nor block the runner.
    fn write(&mut self, output: &[u8]) -> usize {
        if self.open.is_none() {
            let Ok(opened) = self.create() else { return 0 };
            self.open = Some(opened);
        }
        let Some((file, length)) = &mut self.open else { return 0 };
        let room = usize::try_from(MAX_FILE_BYTES.saturating_sub(*length)).unwrap_or(usize::MAX);
        let fits = output.len().min(room);
        if file.write_all(&output[..fits]).is_err() {
            return 0;
        }
        *length += fits as u64;
        fits
    }

    fn create(&self) -> std::io::Result<(File, u64)> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        let mut length = file.metadata()?.len();
        if length < MAX_FILE_BYTES {
            let heading = format!("== {}\n", self.heading);
            file.write_all(heading.as_bytes())?;
            length += heading.len() as u64;
        }
        Ok((file, length))
    }
}

fn copy(mut stderr: impl Read, mut file: LogFile, tail: &Mutex<Vec<u8>>) {
    let mut chunk = vec![0; 16 << 10];
    let mut dropped = 0;
    loop {
        let read = match stderr.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        dropped += read - file.write(&chunk[..read]);
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend_from_slice(&chunk[..read]);
        let surplus = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..surplus);
    }
    if let (true, Some((file, _))) = (dropped > 0, &mut file.open) {
        // Errors are ignored. This note may exceed the size limit.
        let _ = writeln!(file, "\n== {dropped} more bytes omitted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_and_a_note_counts_the_omitted_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/lru/replay.log");
        let flood = std::io::repeat(b'x').take(MAX_FILE_BYTES + 1000);
        let log = StderrLog::start(flood.chain(&b"\nlast words\n"[..]), &path, "trial");
        while !log.writer.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
        let tail = log.tail();
        assert!(tail.ends_with("last words") && tail.len() <= TAIL_BYTES);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("== trial\nx"));
        assert!(text.trim_end().ends_with("more bytes omitted"));
        assert!((text.len() as u64) < MAX_FILE_BYTES + 100);
    }

    #[test]
    fn no_output_creates_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("replay.log");
        assert_eq!(StderrLog::start(std::io::empty(), &path, "trial").tail(), "");
        assert!(!path.exists());
    }
}
