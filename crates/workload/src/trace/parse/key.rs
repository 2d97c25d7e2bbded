//! Keys that are composed of several parts.

/// Buffer for composing a key.
#[derive(Debug, Default)]
pub(in crate::trace) struct KeyBuffer(Vec<u8>);

impl KeyBuffer {
    /// Joins parts with colons; colons and backslashes within parts but the last are escaped.
    ///
    /// A single part is returned unchanged. Different parts yield different keys.
    #[inline]
    pub(in crate::trace) fn join<'a>(
        &'a mut self,
        mut parts: impl Iterator<Item = &'a [u8]>,
    ) -> Option<&'a [u8]> {
        let first = parts.next()?;
        let Some(mut part) = parts.next() else { return Some(first) };
        self.0.clear();
        self.push_escaped(first);
        loop {
            self.0.push(b':');
            match parts.next() {
                Some(next) => self.push_escaped(std::mem::replace(&mut part, next)),
                None => break,
            }
        }
        self.0.extend_from_slice(part);
        Some(&self.0)
    }

    fn push_escaped(&mut self, part: &[u8]) {
        if memchr::memchr2(b':', b'\\', part).is_none() {
            self.0.extend_from_slice(part);
            return;
        }
        for &byte in part {
            if matches!(byte, b':' | b'\\') {
                self.0.push(b'\\');
            }
            self.0.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_parts_yield_different_keys() {
        let join = |parts: &[&str]| {
            let mut buffer = KeyBuffer::default();
            let key = buffer.join(parts.iter().map(|part| part.as_bytes()));
            key.map(|key| String::from_utf8(key.to_vec()).unwrap())
        };
        assert_eq!(join(&["a:b"]).as_deref(), Some("a:b"));
        assert_eq!(join(&["419", "87"]).as_deref(), Some("419:87"));
        assert_eq!(join(&["a:b", "c"]).as_deref(), Some("a\\:b:c"));
        assert_eq!(join(&["a", "b:c", "d:e"]).as_deref(), Some("a:b\\:c:d:e"));
        assert_eq!(join(&[]), None);
    }
}
