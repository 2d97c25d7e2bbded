//! Minimal client for PostgreSQL's protocol: one statement, rows as text.
//!
//! The crate postgres-protocol encodes messages and passwords. Strategies and origins use a full
//! client.

use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message};
use postgres_protocol::message::frontend;

use super::address::Address;
use crate::address::Endpoint;
use crate::stream::{self, Stream};

pub(super) struct Connection {
    stream: Box<dyn Stream>,
    unread: BytesMut,
}

/// Reason for which a statement has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The connection failed.
    #[error("{0}")]
    ConnectionLost(#[from] io::Error),
    /// The server reported an error.
    #[error("{0}")]
    Refused(String),
}

/// One text per column; `None` for null.
pub(super) type Row = Vec<Option<String>>;

impl Connection {
    pub(super) fn open(address: &Address) -> Result<Self, Failure> {
        let stream = match &address.endpoint {
            Endpoint::Socket(folder) => stream::unix(&Address::socket(folder, address.port))?,
            Endpoint::Host { name, port } => stream::tcp(name, *port)?,
        };
        let mut connection = Self { stream, unread: BytesMut::new() };
        let hello = [
            ("user", address.user.as_str()),
            ("database", &address.database),
            ("application_name", "bakeoff"),
            ("client_encoding", "UTF8"),
        ];
        connection.send(|to| frontend::startup_message(hello, to))?;
        connection.log_in(address)?;
        connection.rows()?;
        Ok(connection)
    }

    /// Executes a statement and returns its rows.
    pub(super) fn call(&mut self, statement: &str) -> Result<Vec<Row>, Failure> {
        self.send(|to| frontend::query(statement, to))?;
        self.rows()
    }

    fn log_in(&mut self, address: &Address) -> Result<(), Failure> {
        let password = || {
            let missing = "the server requires a password, and the URL has none";
            address.password.as_deref().ok_or_else(|| Failure::Refused(missing.to_owned()))
        };
        loop {
            match self.receive()? {
                Message::AuthenticationOk => return Ok(()),
                Message::AuthenticationCleartextPassword => {
                    let password = password()?.as_bytes();
                    self.send(|to| frontend::password_message(password, to))?;
                }
                Message::AuthenticationMd5Password(asked) => {
                    let user = address.user.as_bytes();
                    let hash = md5_hash(user, password()?.as_bytes(), asked.salt());
                    self.send(|to| frontend::password_message(hash.as_bytes(), to))?;
                }
                Message::AuthenticationSasl(_) => self.scram(password()?)?,
                Message::ErrorResponse(error) => return Err(refused(&error)?),
                _ => {
                    return Err(Failure::Refused(String::from(
                        "unsupported authentication method",
                    )));
                }
            }
        }
    }

    /// Logs in by SCRAM-SHA-256 (RFC 5802 and RFC 7677), without channel binding, which every
    /// server with SCRAM supports.
    fn scram(&mut self, password: &str) -> Result<(), Failure> {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        self.send(|to| frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), to))?;
        match self.receive()? {
            Message::AuthenticationSaslContinue(body) => scram.update(body.data())?,
            Message::ErrorResponse(error) => return Err(refused(&error)?),
            _ => return Err(protocol_error().into()),
        }
        self.send(|to| frontend::sasl_response(scram.message(), to))?;
        match self.receive()? {
            Message::AuthenticationSaslFinal(body) => Ok(scram.finish(body.data())?),
            Message::ErrorResponse(error) => Err(refused(&error)?),
            _ => Err(protocol_error().into()),
        }
    }

    /// Reads rows until the server is ready for the next statement.
    fn rows(&mut self) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut refusal) = (Vec::new(), None);
        loop {
            match self.receive()? {
                Message::DataRow(row) => rows.push(texts(&row)?),
                // A fatal error is the last message of a connection.
                Message::ErrorResponse(error) => refusal = Some(refused(&error)?),
                Message::ReadyForQuery(_) => return refusal.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }

    fn send(
        &mut self,
        message: impl FnOnce(&mut BytesMut) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut bytes = BytesMut::new();
        message(&mut bytes)?;
        self.stream.write_all(&bytes)?;
        Ok(self.stream.flush()?)
    }

    fn receive(&mut self) -> Result<Message, Failure> {
        loop {
            if let Some(message) = Message::parse(&mut self.unread)? {
                return Ok(message);
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes)? {
                0 => {
                    let end = "the connection was closed";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, end).into());
                }
                read => self.unread.extend_from_slice(&bytes[..read]),
            }
        }
    }
}

fn texts(row: &DataRowBody) -> io::Result<Row> {
    let buffer = row.buffer();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    row.ranges().map(|range| Ok(range.map(|range| text(&buffer[range])))).collect()
}

/// Formats severity and message of an error.
fn refused(error: &ErrorResponseBody) -> io::Result<Failure> {
    let (mut severity, mut message) = (String::new(), String::new());
    let mut fields = error.fields();
    while let Some(field) = fields.next()? {
        let text = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'S' => severity = text(),
            b'M' => message = text(),
            _ => {}
        }
    }
    Ok(Failure::Refused(format!("{severity}: {message}")))
}

fn protocol_error() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the answer is not in PostgreSQL's protocol")
}
