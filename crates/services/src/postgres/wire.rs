//! As much of PostgreSQL's protocol as looking after a server takes: one statement, its rows as
//! text. Messages and passwords are those of the crate postgres-protocol; strategies and origins use
//! a real client.

use std::io;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{DataRowBody, ErrorResponseBody, Message};
use postgres_protocol::message::frontend;

use super::address::Address;
use crate::address::Place;
use crate::stream::{self, Stream};

/// One connection.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    unread: BytesMut,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The connection.
    #[error("{0}")]
    Broken(#[from] io::Error),
    /// The server's own words.
    #[error("{0}")]
    Refused(String),
}

/// A row: a text for each column, `None` for null.
pub(super) type Row = Vec<Option<String>>;

impl Connection {
    pub(super) fn open(address: &Address) -> Result<Self, Failure> {
        let stream = match &address.place {
            Place::Socket(folder) => stream::unix(&Address::socket(folder, address.port))?,
            Place::Host { name, port } => stream::tcp(name, *port)?,
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

    /// Does what a statement says; its rows, where it has any.
    pub(super) fn ask(&mut self, statement: &str) -> Result<Vec<Row>, Failure> {
        self.send(|to| frontend::query(statement, to))?;
        self.rows()
    }

    fn log_in(&mut self, address: &Address) -> Result<(), Failure> {
        let password = || {
            let missing = "the server wants a password, and the address has none";
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
                    return Err(Failure::Refused(String::from("it wants a login of another kind")));
                }
            }
        }
    }

    /// RFC 5802 and RFC 7677. Every server that offers it has the form without channel binding.
    fn scram(&mut self, password: &str) -> Result<(), Failure> {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        self.send(|to| frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), to))?;
        match self.receive()? {
            Message::AuthenticationSaslContinue(body) => scram.update(body.data())?,
            Message::ErrorResponse(error) => return Err(refused(&error)?),
            _ => return Err(garbled().into()),
        }
        self.send(|to| frontend::sasl_response(scram.message(), to))?;
        match self.receive()? {
            Message::AuthenticationSaslFinal(body) => Ok(scram.finish(body.data())?),
            Message::ErrorResponse(error) => Err(refused(&error)?),
            _ => Err(garbled().into()),
        }
    }

    /// All rows until the server is ready for the next statement, or what it refused.
    fn rows(&mut self) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut refusal) = (Vec::new(), None);
        loop {
            match self.receive()? {
                Message::DataRow(row) => rows.push(texts(&row)?),
                // After one that ends the connection nothing more comes.
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

/// The severity and the message of what the server did not do.
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

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is not PostgreSQL's protocol")
}
