//! A runner's stderr: appended to a log of bounded size, its end kept for error messages.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Most bytes that a log file may have; what a runner says beyond that is counted, not kept.
const LONGEST_FILE: u64 = 4 << 20;
/// Bytes of its end that are kept for messages: enough for a panic and its stack.
const TAIL: usize = 32 << 10;
/// How long the last words of a process that has ended may take.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A log being written.
#[derive(Debug)]
pub(super) struct Log {
    tail: Arc<Mutex<Vec<u8>>>,
    writer: JoinHandle<()>,
}

impl Log {
    pub(super) fn start(stderr: impl Read + Send + 'static, path: &Path, heading: &str) -> Self {
        let tail = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&tail);
        let file = LogFile { path: path.to_owned(), heading: heading.to_owned(), open: None };
        let writer = thread::spawn(move || copy(stderr, file, &shared));
        Self { tail, writer }
    }

    /// The end of what was said, once the process has ended.
    pub(super) fn tail(&self) -> String {
        let begun = Instant::now();
        while !self.writer.is_finished() && begun.elapsed() < LAST_WORDS {
            thread::sleep(Duration::from_millis(2));
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&tail).trim().to_owned()
    }
}

/// A file that is made when there is something to write, and takes no more than its share.
struct LogFile {
    path: PathBuf,
    heading: String,
    open: Option<(File, u64)>,
}

impl LogFile {
    /// Writes what still fits; how much that was. A log that cannot be written must not fail a
    /// trial, nor stop us from draining the pipe.
    fn write(&mut self, said: &[u8]) -> usize {
        if self.open.is_none() {
            let Ok(opened) = self.make() else { return 0 };
            self.open = Some(opened);
        }
        let Some((file, length)) = &mut self.open else { return 0 };
        let room = usize::try_from(LONGEST_FILE.saturating_sub(*length)).unwrap_or(usize::MAX);
        let fits = said.len().min(room);
        if file.write_all(&said[..fits]).is_err() {
            return 0;
        }
        *length += fits as u64;
        fits
    }

    fn make(&self) -> std::io::Result<(File, u64)> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        let mut length = file.metadata()?.len();
        if length < LONGEST_FILE {
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
        let surplus = tail.len().saturating_sub(TAIL);
        tail.drain(..surplus);
    }
    if let (true, Some((file, _))) = (dropped > 0, &mut file.open) {
        // The one line beyond the limit; if it cannot be written, nothing is lost with it.
        let _ = writeln!(file, "\n== {dropped} bytes more were not kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/lru/replay.log");
        let flood = std::io::repeat(b'x').take(LONGEST_FILE + 1000);
        let log = Log::start(flood.chain(&b"\nlast words\n"[..]), &path, "trial");
        while !log.writer.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
        let tail = log.tail();
        assert!(tail.ends_with("last words") && tail.len() <= TAIL);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("== trial\nx"));
        assert!(text.trim_end().ends_with("bytes more were not kept"));
        assert!((text.len() as u64) < LONGEST_FILE + 100);
    }

    #[test]
    fn silence_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("replay.log");
        assert_eq!(Log::start(std::io::empty(), &path, "trial").tail(), "");
        assert!(!path.exists());
    }
}
