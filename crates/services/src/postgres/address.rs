//! URLs of PostgreSQL servers.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::address::{Endpoint, host_and_port, is_loopback, percent_decoded, without_password};

pub(super) const DEFAULT_PORT: u16 = 5432;
const URL_FORMS: &str = "postgresql://[user[:password]@]host[:port]/database or postgresql:///database?host=/folder/of/the/socket";

/// Parsed URL. Its `Display` leaves out user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Host, or directory of the socket.
    pub(super) endpoint: Endpoint,
    /// Port of the host, or number in the socket's name.
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: String,
}

impl Address {
    /// Returns the address of a socket in a directory, for a user without a password.
    pub(super) fn private(folder: &Path, user: &str, database: &str) -> Self {
        Self {
            endpoint: Endpoint::Socket(folder.to_owned()),
            port: DEFAULT_PORT,
            user: user.to_owned(),
            password: None,
            database: database.to_owned(),
        }
    }

    /// Parses a URL like libpq.
    ///
    /// Missing parts are not read from a service file or variables, except the user name.
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Address {
            url: without_password(url),
            reason,
            expected: URL_FORMS,
        };
        let rest = ["postgresql://", "postgres://"].iter().find_map(|form| url.strip_prefix(form));
        let rest = rest.ok_or_else(|| wrong(String::from("the scheme is unknown")))?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            None => (login, None),
            Some((user, password)) => (user, Some(percent_decoded(password))),
        };
        let no_port = || wrong(String::from("the port is not a number from 0 to 65535"));
        let (host, mut port) = host_and_port(host, DEFAULT_PORT).ok_or_else(no_port)?;
        let mut parts = Parts {
            host: percent_decoded(&host),
            user: percent_decoded(user),
            password,
            database: percent_decoded(database),
        };
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let value = percent_decoded(value);
            match name {
                "host" => parts.host = value,
                "port" => port = value.parse().map_err(|_| no_port())?,
                "user" => parts.user = value,
                "password" => parts.password = Some(value),
                "dbname" => parts.database = value,
                "sslmode" if value.starts_with("verify") || value == "require" => {
                    return Err(wrong(String::from("TLS is not supported")));
                }
                // These parameters do not affect our connections.
                "sslmode" | "application_name" | "connect_timeout" => {}
                other => return Err(wrong(format!("the parameter {other} is not supported"))),
            }
        }
        if parts.host.is_empty() {
            return Err(wrong(String::from("the host is missing")));
        }
        Ok(parts.with_port(port))
    }

    pub(super) fn is_local(&self) -> bool {
        match &self.endpoint {
            Endpoint::Socket(_) => true,
            Endpoint::Host { name, port } => is_loopback(name, *port),
        }
    }

    /// Returns the path of the socket.
    pub(super) fn socket(folder: &Path, port: u16) -> PathBuf {
        folder.join(format!(".s.PGSQL.{port}"))
    }

    /// Returns the URL for clients, with the password and the schema of their tables.
    pub(super) fn url(&self, schema: Option<&str>) -> String {
        let login = match &self.password {
            None => percent_encoded(&self.user),
            Some(password) => {
                format!("{}:{}", percent_encoded(&self.user), percent_encoded(password))
            }
        };
        let endpoint = match &self.endpoint {
            Endpoint::Socket(folder) => percent_encoded(&folder.display().to_string()),
            Endpoint::Host { name, .. } if name.contains(':') => format!("[{name}]"),
            Endpoint::Host { name, .. } => name.clone(),
        };
        let options = schema.map(|name| format!("?options=-c%20search_path%3D{name}"));
        format!(
            "postgresql://{login}@{endpoint}:{}/{}{}",
            self.port,
            percent_encoded(&self.database),
            options.unwrap_or_default()
        )
    }
}

/// Parts of a URL as given.
struct Parts {
    host: String,
    user: String,
    password: Option<String>,
    database: String,
}

impl Parts {
    /// Fills in missing parts like libpq: the system's user, and a database with the user's name.
    fn with_port(self, port: u16) -> Address {
        let given = |text: String| (!text.is_empty()).then_some(text);
        let system = || ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        let user = given(self.user).or_else(system).unwrap_or_else(|| String::from("postgres"));
        let endpoint = if self.host.starts_with('/') {
            Endpoint::Socket(self.host.into())
        } else {
            Endpoint::Host { name: self.host, port }
        };
        let database = given(self.database).unwrap_or_else(|| user.clone());
        Address { endpoint, port, user, password: self.password, database }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Endpoint::Socket(folder) => {
                write!(to, "postgresql:///{}?host={}", self.database, folder.display())
            }
            Endpoint::Host { name, port } => {
                let (open, close) = if name.contains(':') { ("[", "]") } else { ("", "") };
                write!(to, "postgresql://{open}{name}{close}:{port}/{}", self.database)
            }
        }
    }
}

/// Returns a PostgreSQL URL without user and password, or `None` if it certainly has no password.
#[must_use]
pub fn address_without_password(url: &str) -> Option<String> {
    match Address::parse(url) {
        Ok(address) => address.password.is_some().then(|| address.to_string()),
        Err(_) => Some(without_password(url)),
    }
}

/// Percent-encodes all bytes except letters, digits, `-`, `_` and `.`.
fn percent_encoded(text: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_and_formatted() {
        let address = Address::parse("postgres://me:p%40ss@127.0.0.1:7000/shop").unwrap();
        assert_eq!((&*address.user, address.password.as_deref()), ("me", Some("p@ss")));
        assert_eq!(address.to_string(), "postgresql://127.0.0.1:7000/shop");
        assert_eq!(address.url(None), "postgresql://me:p%40ss@127.0.0.1:7000/shop");
        let address = Address::parse("postgresql://me@localhost").unwrap();
        assert_eq!((address.port, &*address.database), (5432, "me"));
        let address = Address::parse("postgresql:///shop?host=/run/pg&user=me&port=5433").unwrap();
        assert_eq!(address.to_string(), "postgresql:///shop?host=/run/pg");
        let url = "postgresql://me@%2Frun%2Fpg:5433/shop?options=-c%20search_path%3Dbakeoff_a";
        assert_eq!(address.url(Some("bakeoff_a")), url);
        assert_eq!(Address::parse("postgresql://me@%2Frun%2Fpg:5433/shop").unwrap(), address);
        assert!(address.is_local());
        assert!(!Address::parse("postgres://192.0.2.1/x").unwrap().is_local());
    }

    #[test]
    fn errors_do_not_show_the_password() {
        for (url, reason) in [
            ("mysql://u:secret@h/x", "scheme"),
            ("postgres://u:secret@h:x/x", "port"),
            ("postgres://u:secret@h/x?sslmode=verify-full", "TLS"),
            ("postgres://h/x?options=-cfsync=off&password=secret", "options"),
            ("postgres:///x", "host"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("secret"), "{url}: {error}");
        }
    }
}
