//! Encoding of keys and values, written directly into the buffer of a command.

use bakeoff_strategy::{HEADER_BYTES, Key, Value};
use bytes::BufMut;
use redis::{RedisWrite, ToRedisArgs, ToSingleRedisArg};

/// Prefix of every key on the server: the namespace and a colon.
#[derive(Clone, Debug)]
pub(crate) struct Prefix(Vec<u8>);

/// Length of the key in a name, in bytes: 64 bits, little-endian. In hexadecimal it would take 16
/// bytes, which would put each entry into the next size class of the server's allocator.
const KEY_BYTES: usize = 8;

impl Prefix {
    pub(crate) fn new(namespace: &str) -> Self {
        Self(format!("{namespace}:").into_bytes())
    }

    /// Returns the prefix, which is also the name of the namespace's channel.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the name of a key on the server.
    pub(crate) fn name(&self, key: Key) -> Name<'_> {
        Name { prefix: &self.0, key }
    }

    /// Returns the length of every name.
    pub(crate) fn name_bytes(&self) -> usize {
        self.0.len() + KEY_BYTES
    }

    /// Decodes a name; returns `None` if it is not an entry of this namespace.
    pub(crate) fn decode_name(&self, name: &[u8]) -> Option<Key> {
        let key = name.strip_prefix(self.0.as_slice())?;
        key.try_into().ok().map(|bytes| Key(u64::from_le_bytes(bytes)))
    }

    /// Returns the `SCAN` pattern for this namespace, with special characters escaped.
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

/// Name of a key, as the argument of a command.
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

/// Value as the argument of a command, encoded like `Value::encode`, without a copy.
pub(crate) struct EncodedValue<'a>(pub(crate) &'a Value);

impl ToRedisArgs for EncodedValue<'_> {
    fn write_redis_args<W: ?Sized + RedisWrite>(&self, out: &mut W) {
        let mut buffer = out.bufmut_for_next_arg(HEADER_BYTES + self.0.body.len());
        buffer.put_slice(&self.0.header());
        buffer.put_slice(&self.0.body);
    }
}

impl ToSingleRedisArg for EncodedValue<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use bakeoff_strategy::Bytes;

    #[test]
    fn names_decode_and_patterns_are_escaped() {
        let prefix = Prefix::new("a*b");
        let name = prefix.name(Key(0x0102_0304_0506_0708)).to_redis_args().remove(0);
        assert_eq!(name, b"a*b:\x08\x07\x06\x05\x04\x03\x02\x01");
        assert_eq!(prefix.name_bytes(), name.len());
        assert_eq!(prefix.decode_name(&name), Some(Key(0x0102_0304_0506_0708)));
        assert_eq!(prefix.decode_name(b"a*b:short"), None);
        assert_eq!(prefix.decode_name(b"axb:12345678"), None);
        assert_eq!(prefix.pattern(), b"a\\*b:*");
    }

    #[test]
    fn an_encoded_argument_equals_value_encode() {
        let value = Value { key: Key(9), version: 4, body: Bytes::from_static(b"body") };
        assert_eq!(EncodedValue(&value).to_redis_args(), vec![value.encode().to_vec()]);
    }
}
