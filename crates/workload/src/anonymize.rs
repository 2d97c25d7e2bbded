//! Keys that say nothing: each replaced by a hash of it under a secret.
//!
//! Equal keys stay equal, so counts, hit ratios and bounds stay what they were; without the secret
//! nobody can try whether a known key is among them. Whoever keeps the secret can.

use serde::{Serialize, Serializer};

use crate::source::{Sink, SourceKey, SourceRequest, Stop};

/// What keys are hashed under.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A secret from any words or bytes.
    #[must_use]
    pub fn new(words: &[u8]) -> Self {
        Self(blake3::derive_key("bakeoff 2026 keys of an anonymous workload", words))
    }

    /// The number that stands for a key: 64 bits of keyed BLAKE3. Two of ten million keys come to
    /// the same number with a probability below 3 in a million.
    #[must_use]
    pub fn number(&self, key: SourceKey<'_>) -> u64 {
        let digest = match key {
            // Numbers and texts are told apart, as they are everywhere else.
            SourceKey::Number(number) => blake3::keyed_hash(&self.0, &number.to_le_bytes()),
            SourceKey::Text(text) => {
                blake3::Hasher::new_keyed(&self.0).update(b"text ").update(text).finalize()
            }
        };
        let mut first = [0; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    /// Tells secrets apart without telling them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&blake3::hash(&self.0).to_hex())
    }
}

/// Passes requests on with their keys replaced.
pub(crate) struct Anonymized<'a> {
    pub(crate) secret: &'a Secret,
    pub(crate) sink: &'a mut dyn Sink,
}

impl Sink for Anonymized<'_> {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        let key = SourceKey::Number(self.secret.number(request.key));
        self.sink.accept(&SourceRequest { key, ..*request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_decides_and_does_not_show() {
        let key = SourceKey::Text(b"user:17");
        let (secret, other) = (Secret::new(b"one"), Secret::new(b"two"));
        assert_eq!(secret.number(key), Secret::new(b"one").number(key));
        assert_ne!(secret.number(key), other.number(key));
        assert_ne!(secret.number(key), secret.number(SourceKey::Text(b"user:18")));
        let shown = serde_json::to_string(&secret).unwrap();
        assert!(!shown.contains("one") && format!("{secret:?}") == "Secret(…)", "{shown}");
    }
}
