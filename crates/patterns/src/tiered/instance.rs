//! What stands in a message between instances: who sends it, and which key it is about.

use std::hash::{BuildHasher, RandomState};

use bakeoff_strategy::Key;

use super::Change;

/// Bytes of a name, and of a key.
const WORD: usize = 8;

/// What tells an instance from all others: 64 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance([u8; WORD]);

impl Instance {
    /// One that nobody else is.
    #[must_use]
    pub fn new() -> Self {
        // The standard library's source of randomness; it differs with every call.
        Self(RandomState::new().hash_one(std::process::id()).to_le_bytes())
    }

    /// The sender, and the key where it is about one.
    #[must_use]
    pub fn message(self, change: Change) -> Vec<u8> {
        let mut message = self.0.to_vec();
        if let Change::Key(key) = change {
            message.extend_from_slice(&key.0.to_le_bytes());
        }
        message
    }

    /// What a message says, unless we sent it ourselves. One that is none of ours is about
    /// everything: whoever sent it meant something by it.
    #[must_use]
    pub fn change(self, message: &[u8]) -> Option<Change> {
        let Some((sender, key)) = message.split_first_chunk::<WORD>() else {
            return Some(Change::All);
        };
        if *sender == self.0 {
            return None;
        }
        match key.try_into() {
            Ok(key) => Some(Change::Key(Key(u64::from_le_bytes(key)))),
            Err(_) => Some(Change::All),
        }
    }

    /// The same message in letters, for a channel that carries text.
    #[must_use]
    pub fn text(self, change: Change) -> String {
        let message = self.message(change);
        message.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What a message in letters says, as [`change`](Self::change).
    #[must_use]
    pub fn change_in(self, text: &str) -> Option<Change> {
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes.map_or(Some(Change::All), |message| self.change(&message))
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_heard_and_oneself_is_not() {
        let (here, there) = (Instance::new(), Instance::new());
        assert_ne!(here, there);
        for change in [Change::Key(Key(7)), Change::All] {
            assert_eq!(there.change(&here.message(change)), Some(change));
            assert_eq!(here.change(&here.message(change)), None);
            assert_eq!(there.change_in(&here.text(change)), Some(change));
            assert_eq!(here.change_in(&here.text(change)), None);
        }
        assert_eq!(here.change(b""), Some(Change::All));
        assert_eq!(here.change(b"a longer message than any of ours"), Some(Change::All));
        assert_eq!(here.change_in("by hand, from a console"), Some(Change::All));
    }
}
