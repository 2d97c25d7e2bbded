//! What stands in a message: who sends it, and which key it is about.

use std::hash::{BuildHasher, RandomState};

use bakeoff_patterns::Change;
use bakeoff_strategy::Key;

/// Bytes of a name, and of a key.
const WORD: usize = 8;

/// What tells an instance from all others: 64 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name([u8; WORD]);

impl Name {
    /// One that nobody else has.
    pub(crate) fn new() -> Self {
        // The standard library's source of randomness; it differs with every call.
        Self(RandomState::new().hash_one(std::process::id()).to_le_bytes())
    }

    /// The sender, and the key where it is about one.
    pub(crate) fn message(self, change: Change) -> Vec<u8> {
        let mut message = self.0.to_vec();
        if let Change::Key(key) = change {
            message.extend_from_slice(&key.0.to_le_bytes());
        }
        message
    }

    /// What a message says, unless we sent it ourselves. One that is none of ours is about
    /// everything: whoever sent it meant something by it.
    pub(crate) fn change(self, message: &[u8]) -> Option<Change> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_heard_and_oneself_is_not() {
        let (here, there) = (Name::new(), Name::new());
        assert_ne!(here, there);
        for change in [Change::Key(Key(7)), Change::All] {
            assert_eq!(there.change(&here.message(change)), Some(change));
            assert_eq!(here.change(&here.message(change)), None);
        }
        assert_eq!(here.change(b""), Some(Change::All));
        assert_eq!(here.change(b"a longer message than any of ours"), Some(Change::All));
    }
}
