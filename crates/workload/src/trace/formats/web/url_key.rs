//! Key of a web request: host, path and query of its URL.

use crate::trace::options::{ColumnChoice, ColumnRef, ROLES, Role};

/// Parts of a URL that form the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UrlParts {
    host: bool,
    path: bool,
    query: bool,
}

impl UrlParts {
    /// All parts.
    pub(super) const ALL: Self = Self { host: true, path: true, query: true };

    /// Returns the parts that the user chose, by default all.
    ///
    /// `None` if the choice contains anything but `host`, `path` and `query` for the key.
    pub(super) fn from_choice(choice: &ColumnChoice) -> Option<Self> {
        if choice.is_default() {
            return Some(Self::ALL);
        }
        let is_key_only = ROLES.iter().all(|&role| role == Role::Key || choice.of(role).is_empty());
        if !is_key_only || choice.separator.is_some() || choice.header.is_some() {
            return None;
        }
        let mut parts = Self { host: false, path: false, query: false };
        for column in choice.of(Role::Key) {
            match column {
                ColumnRef::Name(name) if name == "host" => parts.host = true,
                ColumnRef::Name(name) if name == "path" => parts.path = true,
                ColumnRef::Name(name) if name == "query" => parts.query = true,
                _ => return None,
            }
        }
        Some(parts)
    }

    /// Describes the parts for the user.
    pub(super) fn describe(self) -> String {
        let parts = [("host", self.host), ("path", self.path), ("query", self.query)];
        let names = parts.into_iter().filter(|(_, is_part)| *is_part).map(|(name, _)| name);
        names.collect::<Vec<_>>().join(" + ")
    }
}

/// Composes the keys of requests in a reusable buffer.
#[derive(Debug)]
pub(super) struct UrlKey {
    parts: UrlParts,
    key: Vec<u8>,
}

impl UrlKey {
    pub(super) fn new(parts: UrlParts) -> Self {
        Self { parts, key: Vec::new() }
    }

    /// Composes the key of a request target and, if they are separate, its host and query.
    ///
    /// The host is converted to lower case, and the default ports 80 and 443 are removed. The host
    /// of an absolute target has precedence (RFC 9112, section 3.2.2).
    #[inline]
    pub(super) fn compose(
        &mut self,
        host: Option<&[u8]>,
        target: &[u8],
        query: Option<&[u8]>,
    ) -> &[u8] {
        self.key.clear();
        let (host, target) = match split_absolute(target) {
            Some((host, rest)) => (Some(host), rest),
            None => (host, target),
        };
        let is_given = |text: &&[u8]| !matches!(*text, b"" | b"-");
        if let Some(host) = host.filter(is_given).filter(|_| self.parts.host) {
            let host = host.strip_suffix(b":80").or(host.strip_suffix(b":443")).unwrap_or(host);
            self.key.extend(host.iter().map(u8::to_ascii_lowercase));
        }
        if self.parts == UrlParts::ALL {
            self.key.extend_from_slice(target);
        } else {
            let end = memchr::memchr(b'?', target).unwrap_or(target.len());
            if self.parts.path {
                self.key.extend_from_slice(&target[..end]);
            }
            if self.parts.query {
                self.key.extend_from_slice(&target[end..]);
            }
        }
        if let Some(query) = query.filter(is_given).filter(|_| self.parts.query) {
            self.key.push(b'?');
            self.key.extend_from_slice(query.strip_prefix(b"?").unwrap_or(query));
        }
        &self.key
    }
}

/// Splits a target such as `http://host/path` into host and path; `/` if the path is empty.
fn split_absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    if target.first() == Some(&b'/') {
        return None;
    }
    let is_scheme = |scheme: &[u8]| {
        target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let scheme: &[u8] =
        [&b"http://"[..], b"https://"].into_iter().find(|scheme| is_scheme(scheme))?;
    let rest = &target[scheme.len()..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let path = if end == rest.len() { b"/" } else { &rest[end..] };
    Some((&rest[..end], path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_contain_the_chosen_parts_of_a_url() {
        let key = |parts: &str, host: &str, target: &str, query: &str| {
            let mut choice = ColumnChoice::default();
            if !parts.is_empty() {
                choice.set("key", parts).unwrap();
            }
            let mut key = UrlKey::new(UrlParts::from_choice(&choice).unwrap());
            let host = Some(host.as_bytes());
            String::from_utf8(key.compose(host, target.as_bytes(), Some(query.as_bytes())).to_vec())
                .unwrap()
        };
        assert_eq!(key("", "A.example:80", "/a?b", "-"), "a.example/a?b");
        assert_eq!(key("", "-", "/a", "id=1"), "/a?id=1");
        assert_eq!(key("", "x", "HTTPS://h.example:8443?q", ""), "h.example:8443?q");
        assert_eq!(key("", "x", "http://h.example", ""), "h.example/");
        assert_eq!(key("path", "x", "/a?b", "c"), "/a");
        assert_eq!(key("host+path", "x", "/a?b", ""), "x/a");
        let other = "key=url".parse().unwrap();
        assert_eq!(UrlParts::from_choice(&other), None);
    }
}
