//! Connections over a Unix socket or TCP, with time limits.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Time limit of each read and write, and of a TCP connection attempt.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) trait Stream: Read + Write + Send {
    /// Sets the time limit of each read.
    fn limit_reads(&self, limit: Duration) -> io::Result<()>;
}

impl Stream for UnixStream {
    fn limit_reads(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

impl Stream for TcpStream {
    fn limit_reads(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

/// Connects to a Unix socket.
pub(crate) fn unix(path: &Path) -> io::Result<Box<dyn Stream>> {
    let stream = UnixStream::connect(path)?;
    stream.limit_reads(TIMEOUT)?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(Box::new(stream))
}

/// Connects to the first address of a host that accepts a connection.
pub(crate) fn tcp(name: &str, port: u16) -> io::Result<Box<dyn Stream>> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name does not resolve");
    for address in (name, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.limit_reads(TIMEOUT)?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                return Ok(Box::new(stream));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
