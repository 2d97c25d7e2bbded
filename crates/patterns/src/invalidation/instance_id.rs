//! Encoding of invalidation messages: the sender, and the key if only one changed.

use std::hash::{BuildHasher, RandomState};

use bakeoff_strategy::Key;

use super::channel::ChangedKeys;

/// Length of an instance id and of a key, in bytes.
const WORD_BYTES: usize = 8;

/// Random 64-bit id of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceId([u8; WORD_BYTES]);

impl InstanceId {
    /// Creates a new id.
    #[must_use]
    pub fn new() -> Self {
        // Every `RandomState` has different random keys.
        Self(RandomState::new().hash_one(std::process::id()).to_le_bytes())
    }

    /// Encodes a change as a message: this instance's id, followed by the key if only one changed.
    #[must_use]
    pub fn encode(self, change: ChangedKeys) -> Vec<u8> {
        let mut message = self.0.to_vec();
        if let ChangedKeys::Key(key) = change {
            message.extend_from_slice(&key.0.to_le_bytes());
        }
        message
    }

    /// Decodes a message; returns `None` for messages of this instance. A message in an unknown
    /// format means that all keys have changed.
    #[must_use]
    pub fn decode(self, message: &[u8]) -> Option<ChangedKeys> {
        let Some((sender, key)) = message.split_first_chunk::<WORD_BYTES>() else {
            return Some(ChangedKeys::All);
        };
        if *sender == self.0 {
            return None;
        }
        match key.try_into() {
            Ok(key) => Some(ChangedKeys::Key(Key(u64::from_le_bytes(key)))),
            Err(_) => Some(ChangedKeys::All),
        }
    }

    /// Encodes a change as [`encode`](Self::encode) does, in hexadecimal, for channels that carry
    /// only text.
    #[must_use]
    pub fn encode_hex(self, change: ChangedKeys) -> String {
        let message = self.encode(change);
        message.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Decodes a message in hexadecimal, as [`decode`](Self::decode) does.
    #[must_use]
    pub fn decode_hex(self, text: &str) -> Option<ChangedKeys> {
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes.map_or(Some(ChangedKeys::All), |message| self.decode(&message))
    }
}

impl Default for InstanceId {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_other_instances_are_decoded_and_own_messages_ignored() {
        let (one, other) = (InstanceId::new(), InstanceId::new());
        assert_ne!(one, other);
        for change in [ChangedKeys::Key(Key(7)), ChangedKeys::All] {
            assert_eq!(other.decode(&one.encode(change)), Some(change));
            assert_eq!(one.decode(&one.encode(change)), None);
            assert_eq!(other.decode_hex(&one.encode_hex(change)), Some(change));
            assert_eq!(one.decode_hex(&one.encode_hex(change)), None);
        }
        assert_eq!(one.decode(b""), Some(ChangedKeys::All));
        assert_eq!(one.decode(b"a longer message than any of ours"), Some(ChangedKeys::All));
        assert_eq!(one.decode_hex("typed into a console"), Some(ChangedKeys::All));
    }
}
