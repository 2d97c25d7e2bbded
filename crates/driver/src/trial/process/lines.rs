//! A runner's stdout in lines, of which none can fill our memory.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Longest line in bytes; the longest honest one holds a histogram of some hundred kilobytes.
pub(super) const LONGEST: usize = 8 << 20;
/// Lines that may wait; a runner that says more has to wait itself.
const WAITING: usize = 64;

/// What stdout holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// A line longer than [`LONGEST`]; nothing comes after it.
    TooLong,
}

/// Reads lines in a thread of its own, which ends with the pipe or with who listens.
pub(super) struct LineReader;

impl LineReader {
    pub(super) fn start(stdout: impl Read + Send + 'static) -> Receiver<Line> {
        let (lines, listener) = sync_channel(WAITING);
        thread::spawn(move || read_all(stdout, &lines));
        listener
    }
}

fn read_all(mut stdout: impl Read, lines: &SyncSender<Line>) {
    let mut chunk = vec![0; 64 << 10];
    let mut line = Vec::new();
    loop {
        let read = match stdout.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let mut rest = &chunk[..read];
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            if lines.send(Line::Whole(std::mem::take(&mut line))).is_err() {
                return;
            }
        }
        line.extend_from_slice(rest);
        if line.len() > LONGEST {
            // Who listens may have gone; either way nothing more is read.
            let _ = lines.send(Line::TooLong);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let reader = std::io::Cursor::new(b"one\ntwo".to_vec())
            .chain(std::io::Cursor::new(b"\n\nthree".to_vec()));
        let lines: Vec<Line> = LineReader::start(reader).iter().collect();
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        assert_eq!(lines, [whole("one"), whole("two"), whole("")]);
    }

    #[test]
    fn an_endless_line_is_given_up() {
        let lines: Vec<Line> = LineReader::start(std::io::repeat(b'x')).iter().collect();
        assert_eq!(lines, [Line::TooLong]);
    }

    #[test]
    fn nothing_is_read_that_nobody_takes() {
        let listener = LineReader::start(std::io::repeat(b'\n'));
        assert_eq!(listener.recv(), Ok(Line::Whole(Vec::new())));
        drop(listener);
    }
}
