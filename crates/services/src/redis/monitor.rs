//! Output of MONITOR: the commands that a server executes.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::Error;
use crate::resp::Connection;

/// Longest time between two checks of the limits.
const POLL: Duration = Duration::from_millis(200);

/// Limits of a recording.
pub struct MonitorLimits {
    /// Maximum duration.
    pub duration: Duration,
    /// Maximum number of bytes received.
    pub bytes: u64,
    /// Returns true to end the recording early.
    pub stop: Box<dyn Fn() -> bool + Send>,
}

/// Stream of the commands that a server executes; ends at its limits.
///
/// MONITOR slows the server down, because it copies every command to this connection.
pub struct Monitor {
    connection: Connection,
    deadline: Instant,
    bytes_left: u64,
    stop: Box<dyn Fn() -> bool + Send>,
    is_stopping: bool,
}

impl Monitor {
    /// Connects to the server at a URL and starts MONITOR.
    ///
    /// # Errors
    /// [`Error::Address`] if the URL is invalid; [`Error::Remote`] if the server is on another
    /// machine and `allow_remote` is false; [`Error::Refused`] if the connection, the login or the
    /// command fails; [`Error::ConnectionLost`].
    pub fn start(url: &str, allow_remote: bool, limits: MonitorLimits) -> Result<Self, Error> {
        let (address, connection) = super::connect(url, allow_remote, "MONITOR")?;
        connection
            .limit_reads(POLL)
            .map_err(|source| Error::ConnectionLost { url: address.to_string(), source })?;
        let MonitorLimits { duration, bytes, stop } = limits;
        Ok(Self {
            connection,
            deadline: Instant::now() + duration,
            bytes_left: bytes,
            stop,
            is_stopping: false,
        })
    }
}

impl Read for Monitor {
    /// Returns 0 at the limits.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.bytes_left).unwrap_or(usize::MAX));
        while length > 0 && Instant::now() < self.deadline {
            // Commands that the server sent before the stop may still be on their way.
            if !self.is_stopping && (self.stop)() {
                self.is_stopping = true;
                self.deadline = self.deadline.min(Instant::now() + POLL);
            }
            match self.connection.read_raw(&mut buffer[..length]) {
                Ok(0) => {
                    let cause = "the server closed the connection";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cause));
                }
                Ok(read) => {
                    self.bytes_left -= read as u64;
                    return Ok(read);
                }
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock
                            | io::ErrorKind::TimedOut
                            | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    #[test]
    fn the_first_reply_may_take_longer_than_the_time_between_two_checks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("redis.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut command = *b"*1\r\n$7\r\nMONITOR\r\n";
            stream.read_exact(&mut command).unwrap();
            thread::sleep(2 * POLL);
            stream.write_all(b"+OK\r\n+1.5 [0 unix:] \"PING\"\r\n").unwrap();
        });
        let limits = MonitorLimits {
            duration: Duration::from_secs(60),
            bytes: 1 << 20,
            stop: Box::new(|| false),
        };
        let url = format!("unix://{}", path.display());
        let mut monitor = Monitor::start(&url, false, limits).unwrap();
        let mut start = [0; 4];
        monitor.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"+1.5");
        server.join().unwrap();
    }
}
