//! URLs of Redis servers.

use std::fmt;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::PathBuf;

use crate::Error;

/// Parsed URL of a Redis server. Its `Display` leaves out user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(crate) endpoint: Endpoint,
    /// User and password.
    pub(crate) login: Option<(Option<String>, String)>,
    pub(crate) database: u32,
}

/// Address to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Socket(PathBuf),
    Host { name: String, port: u16 },
}

const DEFAULT_PORT: u16 = 6379;
const URL_FORMS: &str = "redis://[user:password@]host[:port][/db] or unix:///path";

impl Address {
    /// Parses `redis://[user:password@]host[:port][/db]` or `unix:///path[?db=N]`.
    ///
    /// # Errors
    /// [`Error::Address`] for any other URL.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::Address {
            url: without_password(url),
            reason: reason.to_owned(),
            expected: URL_FORMS,
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("the scheme is missing"))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        match scheme {
            "unix" | "redis+unix" | "valkey+unix" => {
                let (mut database, mut user, mut password) = (0, None, None);
                for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                    match name {
                        "db" => {
                            database = value.parse().map_err(|_| wrong("db is not a number"))?
                        }
                        "user" => user = Some(percent_decoded(value)),
                        "pass" => password = Some(percent_decoded(value)),
                        _ => {}
                    }
                }
                if !rest.starts_with('/') {
                    return Err(wrong("the path of a socket must be absolute"));
                }
                let login = password.map(|password| (user, password));
                Ok(Self {
                    endpoint: Endpoint::Socket(percent_decoded(rest).into()),
                    login,
                    database,
                })
            }
            "redis" | "valkey" => {
                let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
                let database = match database.trim_end_matches('/') {
                    "" => 0,
                    number => number.parse().map_err(|_| wrong("the database is not a number"))?,
                };
                let (login, host) = match authority.rsplit_once('@') {
                    None => (None, authority),
                    Some((login, host)) => (login_of(login), host),
                };
                let (name, port) = host_and_port(host, DEFAULT_PORT)
                    .ok_or_else(|| wrong("the port is not a number from 0 to 65535"))?;
                if name.is_empty() {
                    return Err(wrong("the host is missing"));
                }
                Ok(Self { endpoint: Endpoint::Host { name, port }, login, database })
            }
            "rediss" | "valkeys" => Err(wrong("TLS is not supported")),
            _ => Err(wrong("the scheme is unknown")),
        }
    }

    /// Returns true for a Unix socket, and for a host whose addresses are all loopback.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.endpoint {
            Endpoint::Socket(_) => true,
            Endpoint::Host { name, port } => is_loopback(name, *port),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Endpoint::Socket(path) => {
                write!(to, "unix://{}", path.display())?;
                if self.database == 0 { Ok(()) } else { write!(to, "?db={}", self.database) }
            }
            Endpoint::Host { name, port } => {
                let (open, close) = if name.contains(':') { ("[", "]") } else { ("", "") };
                write!(to, "redis://{open}{name}{close}:{port}")?;
                if self.database == 0 { Ok(()) } else { write!(to, "/{}", self.database) }
            }
        }
    }
}

/// Returns true if all addresses of a host are loopback, and false if the name does not resolve.
pub(crate) fn is_loopback(name: &str, port: u16) -> bool {
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => (name, port).to_socket_addrs().is_ok_and(|mut found| {
            let first = found.next();
            first.is_some_and(|it| it.ip().is_loopback()) && found.all(|it| it.ip().is_loopback())
        }),
    }
}

fn login_of(login: &str) -> Option<(Option<String>, String)> {
    let (user, password) = login.split_once(':')?;
    let user = (!user.is_empty()).then(|| percent_decoded(user));
    Some((user, percent_decoded(password)))
}

/// Parses `host[:port]` or `[address][:port]`.
pub(crate) fn host_and_port(host: &str, default_port: u16) -> Option<(String, u16)> {
    if let Some(rest) = host.strip_prefix('[') {
        let (name, rest) = rest.split_once(']')?;
        let port = match rest.strip_prefix(':') {
            None => default_port,
            Some(port) => port.parse().ok()?,
        };
        return Some((name.to_owned(), port));
    }
    match host.split_once(':') {
        None => Some((host.to_owned(), default_port)),
        Some((name, port)) => Some((name.to_owned(), port.parse().ok()?)),
    }
}

/// Decodes percent-encoding; invalid escapes are kept.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                plain.push(code);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Returns an invalid URL without user, password and query, for messages.
///
/// A password may contain `@`, `:`, `?` and `/` unescaped. So only the part after the last `@` is
/// shown, and a port only if it is a number.
pub(crate) fn without_password(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    if query.contains('@') {
        return scheme + "...";
    }
    let host = before_query.rsplit_once('@').map_or(before_query, |(_, host)| host);
    let authority = host.split('/').next().unwrap_or(host);
    match authority.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_err() && !authority.ends_with(']') => {
            format!("{scheme}{name}:...")
        }
        _ => scheme + host,
    }
}

/// Returns a Redis URL without its password, or `None` if it certainly contains no password.
#[must_use]
pub fn address_without_password(url: &str) -> Option<String> {
    match Address::parse(url) {
        Ok(address) => address.login.is_some().then(|| address.to_string()),
        Err(_) => Some(without_password(url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        Address::parse(url).unwrap().to_string()
    }

    #[test]
    fn urls_are_parsed() {
        assert_eq!(shown("redis://localhost"), "redis://localhost:6379");
        assert_eq!(shown("redis://127.0.0.1:7000/3"), "redis://127.0.0.1:7000/3");
        assert_eq!(shown("redis://[::1]:7000"), "redis://[::1]:7000");
        assert_eq!(shown("unix:///tmp/a.sock?db=2"), "unix:///tmp/a.sock?db=2");
        let address = Address::parse("redis://me:p%40ss@host/1").unwrap();
        assert_eq!(address.login, Some((Some(String::from("me")), String::from("p@ss"))));
        assert_eq!(address.to_string(), "redis://host:6379/1");
        let address = Address::parse("redis://:secret@host").unwrap();
        assert_eq!(address.login, Some((None, String::from("secret"))));
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "redis://u:secret@host:x",
            "redis://u:secret@",
            "foo://u:secret@h?pass=secret",
            "redis://:secret",
            "redis://u:secret/1",
            "redis://:sec?secret@host",
            "redis://h:x?pass=sec@secret",
            "u:secret@host",
            "u:secret",
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{url}: {error}");
            assert!(
                address_without_password(url).is_some_and(|shown| !shown.contains("secret")),
                "{url}"
            );
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        let local = |url| Address::parse(url).unwrap().is_local();
        assert!(local("unix:///tmp/x"));
        assert!(local("redis://127.0.0.1"));
        assert!(local("redis://127.8.8.8"));
        assert!(local("redis://[::1]"));
        assert!(local("redis://localhost"));
        assert!(!local("redis://192.0.2.1"));
        assert!(!local("redis://0.0.0.0"));
    }
}
