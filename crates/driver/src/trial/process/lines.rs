//! Reads the lines of a runner's stdout with bounded memory.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Maximum length of a line in bytes; the longest valid one contains a histogram of a few 100 kB.
pub(super) const MAX_LINE_BYTES: usize = 8 << 20;
/// Maximum number of queued lines; a full queue blocks the runner.
const QUEUE_LENGTH: usize = 64;

/// Line of stdout.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Complete line, without its newline.
    Whole(Vec<u8>),
    /// Line longer than [`MAX_LINE_BYTES`]; no line follows it.
    TooLong,
}

/// Reads lines in its own thread, which ends when the pipe or the receiver is closed.
pub(super) struct LineReader;

impl LineReader {
    pub(super) fn start(stdout: impl Read + Send + 'static) -> Receiver<Line> {
        let (lines, listener) = sync_channel(QUEUE_LENGTH);
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
        if line.len() > MAX_LINE_BYTES {
            // The receiver may be closed; in both cases reading ends.
            let _ = lines.send(Line::TooLong);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_from_several_reads() {
        let reader = std::io::Cursor::new(b"one\ntwo".to_vec())
            .chain(std::io::Cursor::new(b"\n\nthree".to_vec()));
        let lines: Vec<Line> = LineReader::start(reader).iter().collect();
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        assert_eq!(lines, [whole("one"), whole("two"), whole("")]);
    }

    #[test]
    fn an_endless_line_ends_the_reading() {
        let lines: Vec<Line> = LineReader::start(std::io::repeat(b'x')).iter().collect();
        assert_eq!(lines, [Line::TooLong]);
    }

    #[test]
    fn a_closed_receiver_ends_the_reading() {
        let listener = LineReader::start(std::io::repeat(b'\n'));
        assert_eq!(listener.recv(), Ok(Line::Whole(Vec::new())));
        drop(listener);
    }
}
