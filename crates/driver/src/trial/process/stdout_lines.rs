//! Reads the lines of a runner's stdout with bounded memory.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Maximum length of a line in bytes; valid lines have at most a few hundred kilobytes.
pub(super) const MAX_LINE_BYTES: usize = 8 << 20;
/// Maximum number of queued lines; a full queue blocks the runner.
const QUEUE_LENGTH: usize = 64;

/// Line of stdout.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OutputLine {
    /// Complete line, without its newline.
    Whole(Vec<u8>),
    /// Line longer than [`MAX_LINE_BYTES`], after which reading ends.
    TooLong,
}

/// Reads lines in its own thread, which ends when the pipe or the receiver is closed.
pub(super) struct LineReader;

impl LineReader {
    pub(super) fn start(stdout: impl Read + Send + 'static) -> Receiver<OutputLine> {
        let (lines, listener) = sync_channel(QUEUE_LENGTH);
        thread::spawn(move || read_all(stdout, &lines));
        listener
    }
}

fn read_all(mut stdout: impl Read, lines: &SyncSender<OutputLine>) {
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
            if lines.send(OutputLine::Whole(std::mem::take(&mut line))).is_err() {
                return;
            }
        }
        line.extend_from_slice(rest);
        if line.len() > MAX_LINE_BYTES {
            // Reading ends even if the receiver is closed and this send fails.
            let _ = lines.send(OutputLine::TooLong);
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
        let lines: Vec<OutputLine> = LineReader::start(reader).iter().collect();
        let whole = |text: &str| OutputLine::Whole(text.as_bytes().to_vec());
        assert_eq!(lines, [whole("one"), whole("two"), whole("")]);
    }

    #[test]
    fn an_endless_line_ends_the_reading() {
        let lines: Vec<OutputLine> = LineReader::start(std::io::repeat(b'x')).iter().collect();
        assert_eq!(lines, [OutputLine::TooLong]);
    }

    #[test]
    fn a_closed_receiver_ends_the_reading() {
        let listener = LineReader::start(std::io::repeat(b'\n'));
        assert_eq!(listener.recv(), Ok(OutputLine::Whole(Vec::new())));
        drop(listener);
    }
}
