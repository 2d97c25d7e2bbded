//! How keys and values look on the server, written straight into the command's buffer.

use bakeoff_strategy::{HEADER_BYTES, Key, Value};
use bytes::BufMut;
use redis::{RedisWrite, ToRedisArgs, ToSingleRedisArg};

/// The prefix of every key: the namespace and a colon.
#[derive(Clone, Debug)]
pub(crate) struct Prefix(Vec<u8>);

/// Bytes of a key after its prefix: the 64-bit key, little-endian. In hexadecimal they would be
/// 16, and an entry a size class of the server's allocator larger.
const KEY_BYTES: usize = 8;

impl Prefix {
    pub(crate) fn new(namespace: &str) -> Self {
        Self(format!("{namespace}:").into_bytes())
    }

    /// The channel of this namespace: named as its keys begin.
    pub(crate) fn channel(&self) -> &[u8] {
        &self.0
    }

    /// The name of a key on the server.
    pub(crate) fn name(&self, key: Key) -> Name<'_> {
        Name { prefix: &self.0, key }
    }

    /// Bytes of every name.
    pub(crate) fn name_bytes(&self) -> usize {
        self.0.len() + KEY_BYTES
    }

    /// The key that a name on the server belongs to; `None` if it is not one of ours.
    pub(crate) fn key_of(&self, name: &[u8]) -> Option<Key> {
        let key = name.strip_prefix(self.0.as_slice())?;
        key.try_into().ok().map(|bytes| Key(u64::from_le_bytes(bytes)))
    }

    /// The pattern of `SCAN` that matches our names: no character of the namespace is special.
    pub(crate) fn pattern(&self) -> Vec<u8> {
        let mut pattern = Vec::with_capacity(self.0.len() + 1);
        for &byte in &self.0 {
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'^' | b'-' | b'\\') {
                pattern.push(b'\\');
            }
            pattern.push(byte);
        }
        pattern.push(b'*');
        pattern
    }
}

/// A key as an argument.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    prefix: &'a [u8],
    key: Key,
}

impl ToRedisArgs for Name<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let mut buffer = out.bufmut_for_next_arg(self.prefix.len() + KEY_BYTES);
        buffer.put_slice(self.prefix);
        buffer.put_u64_le(self.key.0);
    }
}

impl ToSingleRedisArg for Name<'_> {}

/// A value as an argument: header and body, as `Value::encode` has them, without its copy.
pub(crate) struct Encoded<'a>(pub(crate) &'a Value);

impl ToRedisArgs for Encoded<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let mut buffer = out.bufmut_for_next_arg(HEADER_BYTES + self.0.body.len());
        buffer.put_slice(&self.0.header());
        buffer.put_slice(&self.0.body);
    }
}

impl ToSingleRedisArg for Encoded<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use bakeoff_strategy::Bytes;

    #[test]
    fn names_come_back_and_patterns_are_quoted() {
        let prefix = Prefix::new("a*b");
        let name = prefix.name(Key(0x0102_0304_0506_0708)).to_redis_args().remove(0);
        assert_eq!(name, b"a*b:\x08\x07\x06\x05\x04\x03\x02\x01");
        assert_eq!(prefix.name_bytes(), name.len());
        assert_eq!(prefix.key_of(&name), Some(Key(0x0102_0304_0506_0708)));
        assert_eq!(prefix.key_of(b"a*b:short"), None);
        assert_eq!(prefix.key_of(b"axb:12345678"), None);
        assert_eq!(prefix.pattern(), b"a\\*b:*");
    }

    #[test]
    fn a_value_looks_as_encode_makes_it() {
        let value = Value { key: Key(9), version: 4, body: Bytes::from_static(b"body") };
        assert_eq!(Encoded(&value).to_redis_args(), vec![value.encode().to_vec()]);
    }
}
