//! Minimal client for the Redis protocol (RESP 2): one command, one reply. Strategies use a full
//! client.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::Duration;

use crate::address::{Address, Endpoint};
use crate::stream::{self, Stream};

/// Longest reply, in bytes or elements; `INFO` and a page of `SCAN` are far shorter.
const MAX_REPLY: i64 = 64 << 20;

/// Reply to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Status(String),
    Error(String),
    Number(i64),
    Bulk(Vec<u8>),
    Nil,
    Array(Vec<Self>),
}

pub(crate) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
}

impl Connection {
    pub(crate) fn open(address: &Address) -> io::Result<Self> {
        let stream = match &address.endpoint {
            Endpoint::Socket(path) => stream::unix(path)?,
            Endpoint::Host { name, port } => stream::tcp(name, *port)?,
        };
        let mut connection = Self { stream: BufReader::new(stream) };
        if let Some((user, password)) = &address.login {
            let mut words = vec!["AUTH"];
            words.extend(user.as_deref());
            words.push(password);
            connection.expect_ok(&words)?;
        }
        if address.database != 0 {
            connection.expect_ok(&["SELECT", &address.database.to_string()])?;
        }
        Ok(connection)
    }

    /// Sends a command and reads its reply.
    pub(crate) fn call<W: AsRef<[u8]>>(&mut self, words: &[W]) -> io::Result<Reply> {
        let mut packed = format!("*{}\r\n", words.len()).into_bytes();
        for word in words.iter().map(AsRef::as_ref) {
            packed.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            packed.extend_from_slice(word);
            packed.extend_from_slice(b"\r\n");
        }
        let stream = self.stream.get_mut();
        stream.write_all(&packed)?;
        stream.flush()?;
        read(&mut self.stream)
    }

    /// Sets the time after which a read without data fails.
    pub(crate) fn limit_reads(&self, limit: Duration) -> io::Result<()> {
        self.stream.get_ref().limit_reads(limit)
    }

    /// Reads bytes that follow the replies, as after MONITOR.
    pub(crate) fn read_raw(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    /// Sends a command; an error reply becomes an error.
    fn expect_ok(&mut self, words: &[&str]) -> io::Result<()> {
        match self.call(words)? {
            Reply::Error(message) => Err(io::Error::other(format!("{}: {message}", words[0]))),
            _ => Ok(()),
        }
    }
}

fn read(from: &mut impl BufRead) -> io::Result<Reply> {
    let mut line = String::new();
    from.by_ref().take(1 << 16).read_line(&mut line)?;
    let Some(line) = line.strip_suffix("\r\n") else {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"));
    };
    let protocol_error =
        || io::Error::new(io::ErrorKind::InvalidData, "the answer is not in the Redis protocol");
    let rest = line.get(1..).ok_or_else(protocol_error)?;
    let number = || rest.parse::<i64>().map_err(|_| protocol_error());
    let length = || match number()? {
        length if length < 0 => Ok(None),
        length if length <= MAX_REPLY => Ok(usize::try_from(length).ok()),
        _ => Err(protocol_error()),
    };
    match line.as_bytes()[0] {
        b'+' => Ok(Reply::Status(rest.to_owned())),
        b'-' => Ok(Reply::Error(rest.to_owned())),
        b':' => Ok(Reply::Number(number()?)),
        b'$' => {
            let Some(length) = length()? else { return Ok(Reply::Nil) };
            let mut bytes = vec![0; length + 2];
            from.read_exact(&mut bytes)?;
            bytes.truncate(length);
            Ok(Reply::Bulk(bytes))
        }
        b'*' => {
            let Some(length) = length()? else { return Ok(Reply::Nil) };
            (0..length).map(|_| read(from)).collect::<io::Result<_>>().map(Reply::Array)
        }
        _ => Err(protocol_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read() {
        let mut from: &[u8] = b"+PONG\r\n-ERR no\r\n:-7\r\n$3\r\na\nb\r\n$-1\r\n*2\r\n:1\r\n*0\r\n";
        let mut next = || read(&mut from).unwrap();
        assert_eq!(next(), Reply::Status(String::from("PONG")));
        assert_eq!(next(), Reply::Error(String::from("ERR no")));
        assert_eq!(next(), Reply::Number(-7));
        assert_eq!(next(), Reply::Bulk(b"a\nb".to_vec()));
        assert_eq!(next(), Reply::Nil);
        assert_eq!(next(), Reply::Array(vec![Reply::Number(1), Reply::Array(Vec::new())]));
    }

    #[test]
    fn garbage_is_an_error() {
        for mut garbage in [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"$9999999999\r\n", b"", b"\r\n"]
        {
            assert!(read(&mut garbage).is_err());
        }
    }
}
