//! Anonymization of traces: replaces each key by a keyed hash.
//!
//! Equal keys stay equal, so counts, hit ratios and bounds do not change. Testing whether a known
//! key occurs in the trace requires the secret.

use serde::{Serialize, Serializer};

use crate::source::{Sink, SinkStop, SourceKey, SourceRequest};

/// Secret key of the hash that replaces the keys of a trace.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Derives a secret from a passphrase of any length.
    #[must_use]
    pub fn new(passphrase: &[u8]) -> Self {
        Self(blake3::derive_key("bakeoff 2026 keys of an anonymous workload", passphrase))
    }

    /// Creates a random secret, which cannot be derived again.
    ///
    /// # Errors
    /// Error of the operating system's random number generator.
    pub fn random() -> std::io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        Ok(Self(secret))
    }

    /// Returns the first 64 bits of the keyed BLAKE3 hash of `key`.
    ///
    /// Among ten million keys, the probability of any collision is below 3 in a million.
    #[must_use]
    pub fn hash_key(&self, key: SourceKey<'_>) -> u64 {
        let digest = match key {
            // The prefix distinguishes a text from a number with the same bytes.
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
    /// Serializes a hash of the secret, which identifies it without revealing it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&blake3::hash(&self.0).to_hex())
    }
}

/// Sink that replaces the key of each request and forwards it.
pub(crate) struct AnonymizingSink<'a> {
    pub(crate) secret: &'a Secret,
    pub(crate) sink: &'a mut dyn Sink,
}

impl Sink for AnonymizingSink<'_> {
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        let key = SourceKey::Number(self.secret.hash_key(request.key));
        self.sink.accept(&SourceRequest { key, ..*request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_the_secret_and_do_not_reveal_it() {
        let key = SourceKey::Text(b"user:17");
        let (secret, other) = (Secret::new(b"one"), Secret::new(b"two"));
        assert_eq!(secret.hash_key(key), Secret::new(b"one").hash_key(key));
        assert_ne!(secret.hash_key(key), other.hash_key(key));
        assert_ne!(secret.hash_key(key), secret.hash_key(SourceKey::Text(b"user:18")));
        let shown = serde_json::to_string(&secret).unwrap();
        assert!(!shown.contains("one") && format!("{secret:?}") == "Secret(…)", "{shown}");
    }
}
