//! What a namespace is called on the server.

/// The table, the function and the channel of one namespace. Names of PostgreSQL end after 63
/// bytes, in silence, and want quotes for most characters: so a hash stands for the namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    hash: u64,
}

impl Place {
    pub(crate) fn of(namespace: &str) -> Self {
        // FNV-1a: the same in every program.
        let hash = namespace.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self { hash }
    }

    /// The table of the entries.
    pub(crate) fn table(&self) -> String {
        format!("cache_{:016x}", self.hash)
    }

    /// The function that makes room in it.
    pub(crate) fn sweep(&self) -> String {
        format!("cache_{:016x}_sweep", self.hash)
    }

    /// The channel of notifications. Channels belong to the database, whatever the schema.
    pub(crate) fn channel(&self) -> String {
        format!("cache_{:016x}", self.hash)
    }

    /// The advisory lock of whoever makes the table, or room in it.
    pub(crate) fn lock(&self) -> i64 {
        self.hash.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_need_no_quotes_and_tell_namespaces_apart() {
        let (one, other) = (Place::of("Bake\"off:1:"), Place::of("Bake\"off:10:"));
        assert_ne!(one.table(), other.table());
        for name in [one.table(), one.sweep(), one.channel()] {
            assert!(name.len() < 63, "{name}");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
                "{name}"
            );
        }
    }
}
